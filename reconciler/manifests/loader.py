"""Paths -> the desired resources of one workspace, or every problem of all of them at once.

Documents are read and headed; the workspace's settings are found; what others refer to is
validated; then what is planned is validated and resolved. A problem in one document does not
hide those of another.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal

from pydantic import Field, ValidationError
from pydantic_core import ErrorDetails

from reconciler.checks import clashes
from reconciler.errors import ManifestError, Problem
from reconciler.kinds import KINDS, MANAGED, SETTINGS_KIND
from reconciler.kinds.api import Site, Spec, strangers
from reconciler.kinds.base import Fault, Kind, Managed, Scope, Settings
from reconciler.kinds.concealing import addresses_in, reference_for
from reconciler.kinds.fields import Name, secret_sources
from reconciler.kinds.forms import worded
from reconciler.kinds.marks import Model
from reconciler.kinds.workspace import WorkspaceSpec
from reconciler.manifests.hidden import is_name
from reconciler.manifests.messages import explain, shown
from reconciler.manifests.reader import Document, read_documents
from reconciler.manifests.sources import Source, find_sources
from reconciler.model import Address, Location, Path, Resource, digest, path_text
from reconciler.plaintext import has_digest, secret_spans
from reconciler.words import guess

SECRET_PREFIXES = ("TRTC_", "STREAM_")
MAX_PROBLEMS = 5000
_UNKNOWN = 300
"""So many unknown fields of a spec are looked at."""
_SMALL = 4096
"""So many characters are read once more for a place in them, rather than kept with all their marks."""
"""Of all manifests together, and as many warnings: each takes time to place, and nobody reads more."""
_DEFAULTED = 100
"""So many problems of a spec are looked at for whether the workspace's defaults may mend them."""
_NAMES_TOLD = 10
_LABEL = r"[A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?"
LabelKey = Annotated[
    str,
    worded(
        rf"([a-z0-9][a-z0-9.-]{{0,251}}/)?{_LABEL}",
        "not a label: at most 63 letters, digits, - _ and ., beginning and ending with a letter or digit; "
        "a prefix such as example.org/ may stand before it",
    ),
]
LabelValue = Annotated[
    str,
    worded(
        rf"({_LABEL})?",
        "not a label's value: at most 63 letters, digits, - _ and ., "
        "beginning and ending with a letter or digit",
    ),
]


class Metadata(Model):
    """Name, labels and annotations, by the usual rules of Kubernetes."""

    name: Name
    """What the resource is called, unique among those of its kind in the workspace."""
    labels: dict[LabelKey, LabelValue] = Field(default_factory=dict)
    """What resources are chosen by, with --select."""
    annotations: dict[str, str] = Field(default_factory=dict)
    """Notes that nothing is chosen by."""


class Header(Model):
    """What every document has around its spec."""

    api_version: Literal["reconciler/v1"]
    """The version of this format."""
    kind: str
    """What the document declares."""
    metadata: Metadata
    """The resource's name, and what is noted of it."""
    spec: dict[str, Any] = Field(default_factory=dict)
    """The fields of its kind."""


@dataclass(frozen=True, slots=True)
class Outside:
    """What manifests are read with that does not stand in them.

    `region` is used where neither resource nor workspace names one; `secret_names` are the
    variables that manifests may name beside those with our prefixes; None, where no secret is ever
    read, lets any variable's name pass.
    """

    region: str | None = None
    secret_names: frozenset[str] | None = frozenset()

    def lets(self, name: str) -> bool:
        """Whether a manifest may name this variable beside those with our prefixes."""
        return is_name(name) if self.secret_names is None else name in self.secret_names


@dataclass(frozen=True, slots=True)
class Workspace:
    """Everything that one set of manifests says.

    `in_clear` are those of the warnings that tell of a secret in clear, each with what to write instead.
    """

    name: str
    spec: WorkspaceSpec
    settings: Settings
    resources: tuple[Resource, ...]
    count: int
    warnings: tuple[Problem, ...] = ()
    in_clear: tuple[Problem, ...] = ()


@dataclass(slots=True)
class _Headed:
    document: Document
    header: Header
    kind: Kind
    spec: Spec | None = None
    _place: str = ""

    @property
    def address(self) -> Address:
        return Address(self.header.kind, self.header.metadata.name)

    @property
    def place(self) -> str:
        """Where it is declared, for what is told of others; found once, as many may be told of it."""
        if not self._place:
            self._place = f"{self.document.file}:{self.document.where(('metadata', 'name'))[0]}"
        return self._place


@dataclass(slots=True)
class _Load:
    outside: Outside
    problems: list[Problem] = field(default_factory=list)
    warnings: list[Problem] = field(default_factory=list)
    in_clear: list[Problem] = field(default_factory=list)
    headed: dict[Address, _Headed] = field(default_factory=dict)
    broken: set[Address] = field(default_factory=set)
    twice: list[tuple[Document, str]] = field(default_factory=list)
    names: dict[str, str] = field(default_factory=dict)

    def fault(self, document: Document, path: Path, message: str, *, key: bool = False) -> None:
        self.add([_problem(document, path, message, key=key)])

    def add(self, problems: Sequence[Problem]) -> None:
        """Notes the problems; raises ManifestError with all there are if that is more than enough."""
        self.problems.extend(problems)
        if len(self.problems) >= MAX_PROBLEMS:
            message = f"found {len(self.problems)} problems and looked no further; fix these first"
            raise ManifestError([*self.problems, Problem("manifests", 0, 0, "", message)])

    def names_of(self, kind: str) -> str:
        """The names of the kind's documents, the first few of them if they are many."""
        if kind not in self.names:
            names = sorted(address.name for address in self.headed if address.kind == kind)
            more = [f"{len(names) - _NAMES_TOLD} others"] if len(names) > _NAMES_TOLD else []
            self.names[kind] = ", ".join([*names[:_NAMES_TOLD], *more]) or "none of that kind"
        return self.names[kind]


def _problem(document: Document, path: Path, message: str, *, key: bool = False) -> Problem:
    line, column = document.where_key(path) if key else document.where(path)
    return Problem(document.file, line, column, path_text(path), message)


def load(paths: Sequence[str], stdin: Callable[[], bytes], outside: Outside) -> Workspace:
    """Everything that the paths' manifests say; raises ManifestError with every problem."""
    return load_sources(find_sources(paths, stdin), outside)


def load_sources(sources: Iterable[Source], outside: Outside) -> Workspace:
    """Everything that the files say, wherever they come from; raises ManifestError with every problem."""
    state = _Load(outside)
    for document in _documents(sources, state):
        _head(document, state)
    settings_document = _settings_document(state)
    spec = _validated(settings_document, {}, state) if settings_document else None
    several = sum(one.kind is SETTINGS_KIND for one in state.headed.values()) > 1
    if not isinstance(spec, WorkspaceSpec) or settings_document is None or several:
        _check_unsettled(state)
        raise ManifestError(state.problems)
    settings = spec.settings(settings_document.header.metadata.name, outside.region)
    for one in state.headed.values():
        if one is not settings_document:
            one.spec = _validated(one, spec.defaults, state)
            _check_site(one, settings, state)
    _check_defaults(settings_document, spec, state)
    resources = _resources(state, settings, settings_document)
    for clash in clashes(resources):
        message = clash.told(state.headed[clash.earlier].place)
        _add(state.headed[clash.later].document, ("spec",), message, clash.warns, state)
    if state.problems:
        raise ManifestError(state.problems)
    name = settings_document.header.metadata.name
    warnings = tuple(sorted(set(state.warnings)))
    in_clear = tuple(sorted(set(state.in_clear)))
    return Workspace(name, spec, settings, tuple(resources), len(state.headed), warnings, in_clear)


def _documents(sources: Iterable[Source], state: _Load) -> Iterable[Document]:
    for source in sources:
        try:
            yield from read_documents(source.data, source.name, is_sound)
        except ManifestError as error:
            state.add(error.problems)


def _head(document: Document, state: _Load) -> None:
    if {"formatVersion", "nonce", "changes"} <= document.value.keys():
        state.fault(
            document, (), "a saved plan, no manifest: give it, and nothing else, to `reconciler apply`"
        )
        return
    try:
        header = Header.model_validate(document.value)
    except ValidationError as error:
        for path, message, key in _explained(error, Header, document.value):
            state.fault(document, path, message, key=key)
        _check_headless(document, state)
        return
    kind = KINDS.get(header.kind)
    if kind is None:
        meant = guess(header.kind, KINDS, 0.6)
        allowed = ", ".join(sorted(KINDS))
        state.fault(document, ("kind",), f"found {shown(header.kind)}; {meant}allowed: {allowed}")
        return
    # The header's copy of a large spec would be kept beside the document's.
    header = header.model_copy(update={"spec": document.value.get("spec", {})})
    one = _Headed(document.lightened() if len(document.text) < _SMALL else document, header, kind)
    first = state.headed.setdefault(one.address, one)
    if first is not one:
        state.twice.append((one.document, f"{one.address} is declared already at {first.place}"))


def is_sound(document: Document) -> bool:
    """Whether it is a manifest, but perhaps for what its workspace's defaults add to it."""
    try:
        header = Header.model_validate(document.value)
    except ValidationError:
        return False
    kind = KINDS.get(header.kind)
    try:
        return kind is not None and bool(kind.spec.model_validate(header.spec))
    except ValidationError as error:
        few = error.error_count() <= _DEFAULTED
        return few and all(map(_defaults_may_mend, error.errors(include_url=False, include_input=False)))


def _defaults_may_mend(detail: ErrorDetails) -> bool:
    """What is missing may stand there, unless it is in a list, and so may what a rule of the whole asks."""
    inside_list = any(isinstance(step, int) for step in detail["loc"])
    return not detail["loc"] or (detail["type"] == "missing" and not inside_list)


def _check_headless(document: Document, state: _Load) -> None:
    """A document whose head is wrong is not used, but what is wrong in its spec is told all the same."""
    value = document.value
    kind, spec, metadata = KINDS.get(str(value.get("kind"))), value.get("spec"), value.get("metadata")
    if kind is None or not isinstance(spec, dict):
        return
    if isinstance(metadata, dict):
        state.broken.add(Address(kind.name, str(metadata.get("name"))))
    try:
        kind.spec.model_validate(spec)
    except ValidationError as error:
        for path, message, key in _explained(error, kind.spec, spec):
            state.fault(document, ("spec", *path), message, key=key)


def _settings_document(state: _Load) -> _Headed | None:
    found = [one for one in state.headed.values() if one.kind is SETTINGS_KIND]
    for extra in found[1:2]:
        more = f" ({len(found) - 2} more follow)" if len(found) > 2 else ""
        state.fault(
            extra.document,
            ("kind",),
            f"a second {SETTINGS_KIND.name}{more}; manifests that are planned together have exactly one, "
            f"and {found[0].document.file}:{found[0].document.line} has it; name one directory of manifests",
        )
    # What several workspaces declare each for itself is not declared twice.
    for document, message in state.twice if len(found) < 2 else ():
        state.fault(document, ("metadata", "name"), message)
    if not found:
        files = sorted({one.document.file for one in state.headed.values()})
        message = (
            f"no {SETTINGS_KIND.name} among the manifests; add a document with kind: {SETTINGS_KIND.name} "
            "and a metadata.name, or name its directory"
        )
        state.problems.append(Problem(files[0] if files else "manifests", 0, 0, "", message))
    return found[0] if found else None


def _check_unsettled(state: _Load) -> None:
    """Without one workspace nothing can be resolved, but what is wrong by itself is told all the same."""
    for one in state.headed.values():
        if one.kind is not SETTINGS_KIND:
            _validated(one, {}, state)


def _validated(one: _Headed, defaults: Mapping[str, Any], state: _Load) -> Spec | None:
    below = defaults.get(one.kind.name, {})
    value = _merged(below, _bounded(one.kind.spec, one.header.spec))
    try:
        spec = one.kind.spec.model_validate(value)
    except ValidationError as error:
        for path, message, key in _explained(error, one.kind.spec, value):
            # What is wrong in the defaults is told there, once, and not for each document.
            if not _stands(below, path) or _stands(one.header.spec, path):
                state.fault(one.document, ("spec", *path), message, key=key)
        return None
    _note(one, one.kind.faults(spec), state)
    _check_secrets(one, spec, state)
    _check_addresses(one, value, state)
    # The spec has all that the document said; the rest would be kept for each of thousands.
    one.document, one.header = one.document.lightened(), one.header.model_copy(update={"spec": {}})
    return spec


def _bounded(model: type[Model], value: dict[str, Any]) -> dict[str, Any]:
    """The value with only so many unknown fields: each would cost memory, and says the same."""
    if len(value) <= _UNKNOWN:
        return value
    known = {info.alias or name for name, info in model.model_fields.items()}
    unknown = [key for key in value if key not in known]
    spare = {*unknown[_UNKNOWN:]}
    return {key: inner for key, inner in value.items() if key not in spare}


def _explained(error: ValidationError, model: type[Model], value: Any) -> Iterable[tuple[Path, str, bool]]:
    """(path, message, whether it is about the key itself) of everything that pydantic found."""
    for detail in error.errors(include_url=False):
        yield (*explain(detail, model, value), detail["type"] == "extra_forbidden")


def _stands(value: Any, path: Path) -> bool:
    """Whether something stands at the path."""
    for part in path:
        if isinstance(value, list):
            value = dict(enumerate(value))
        if not isinstance(value, Mapping) or part not in value:
            return False
        value = value[part]
    return True


def _merged(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    """`above` over `below`: mappings are merged, anything else of `above` replaces."""
    result = dict(below)
    for key, value in above.items():
        old = result.get(key)
        if isinstance(old, Mapping) and isinstance(value, Mapping):
            value = _merged(old, value)
        result[key] = value
    return result


def _note(one: _Headed, faults: Iterable[Fault], state: _Load) -> None:
    for fault in faults:
        _add(one.document, ("spec", *fault.path), fault.message, fault.warns, state)


def _add(document: Document, path: Path, message: str, warns: bool, state: _Load) -> None:
    if not warns:
        state.fault(document, path, message)
    elif len(state.warnings) < MAX_PROBLEMS:
        state.warnings.append(_problem(document, path, message))


_SITES = {Site.MAINLAND: "mainland", Site.INTERNATIONAL: "international"}


def _check_site(one: _Headed, settings: Settings, state: _Load) -> None:
    """No field that the workspace's site does not know."""
    for path, site in strangers(one.spec, settings.site) if one.spec is not None else ():
        text = f"known to the {_SITES[site]} site only (endpoint: {site}), and this workspace's is "
        text += f"{settings.site}: leave it out"
        state.fault(one.document, ("spec", *path), text, key=True)


def _check_secrets(one: _Headed, spec: Spec, state: _Load) -> None:
    for path, source in secret_sources(spec):
        name = source.env
        if name is None or name.startswith(SECRET_PREFIXES) or state.outside.lets(name):
            continue
        found = repr(name) if is_name(name) else "a plain text"
        state.fault(
            one.document,
            ("spec", *path, "env"),
            f"found {found}; allowed: a variable that begins with {' or '.join(SECRET_PREFIXES)}, "
            "or one that RECONCILER_SECRETS lists outside the manifests",
        )


def _check_addresses(one: _Headed, value: Mapping[str, Any], state: _Load) -> None:
    """Tells of every address with a secret in clear, where it stands."""
    for path, text in addresses_in(one.kind.spec, value):
        if _stands(one.header.spec, path):  # else it is of the defaults, and told there
            _check_address(one, one.address, path, ("spec",), text, state)


def _check_address(one: _Headed, about: Address, path: Path, above: Path, text: str, state: _Load) -> None:
    if has_digest(text):
        message = "a digest stands where the secret was, as in a state: write a reference to the secret"
        state.fault(one.document, (*above, *path), message)
    elif secret_spans(text) and len(state.in_clear) < MAX_PROBLEMS:
        message = f"holds a secret in clear: write {reference_for(about, path)} instead, and set that "
        message += "variable to the whole text; until then no plan of it can be saved"
        state.in_clear.append(_problem(one.document, (*above, *path), message))
        _add(one.document, (*above, *path), message, True, state)


def _check_defaults(one: _Headed, spec: WorkspaceSpec, state: _Load) -> None:
    for name in spec.defaults:
        if name not in KINDS or KINDS[name] is SETTINGS_KIND:
            allowed = ", ".join(sorted(kind for kind in KINDS if KINDS[kind] is not SETTINGS_KIND))
            state.fault(one.document, ("spec", "defaults", name), f"not a kind; allowed: {allowed}", key=True)
            continue
        for path, text in addresses_in(KINDS[name].spec, spec.defaults[name]):
            at = ("spec", "defaults", name)
            _check_address(one, Address(name, f"{one.address.name}-{name}"), path, at, text, state)
        try:
            KINDS[name].spec.model_validate(spec.defaults[name])
        except ValidationError as error:
            for path, message, key in _explained(error, KINDS[name].spec, spec.defaults[name]):
                if _stands(spec.defaults[name], path) and path:
                    state.fault(one.document, ("spec", "defaults", name, *path), message, key=key)


def _resources(state: _Load, settings: Settings, settings_document: _Headed) -> list[Resource]:
    specs = {address: one.spec for address, one in state.headed.items() if one.spec is not None}
    managed = [
        (one, MANAGED[one.kind.name])
        for address, one in state.headed.items()
        if address in specs and one.kind.name in MANAGED
    ]
    referred = {address for one, kind in managed for _, address in kind.references(one.spec)}
    found = []
    for one, kind in managed:
        resource = _resource(one, kind, specs, settings, settings_document, state)
        if resource is not None:
            found.append(resource)
        if one.address not in referred:
            # Not kept beside its resource for each of thousands.
            del specs[one.address]
            one.spec = None
    return found


def _resource(
    one: _Headed,
    kind: Managed,
    specs: Mapping[Address, Spec],
    settings: Settings,
    settings_document: _Headed,
    state: _Load,
) -> Resource | None:
    uses = _uses(one, kind, specs, state)
    if uses is None:
        return None
    spec, faults = kind.resolve(one.spec, Scope(one.address, settings, specs))
    _note(one, faults, state)
    if not all(fault.warns for fault in faults):
        return None
    texts = [state.headed[address].document.text for address in uses]
    return Resource(
        address=one.address,
        spec=spec.to_json(),
        wanted=kind.wanted(spec),
        labels=one.header.metadata.labels,
        digest=digest(
            str(kind.version),
            state.outside.region or "",
            settings_document.document.text,
            one.document.text,
            *texts,
        ),
        uses={address: digest(text) for address, text in zip(uses, texts, strict=True)},
        location=Location(one.document.file, one.document.line),
        annotations=one.header.metadata.annotations,
    )


def _uses(
    one: _Headed, kind: Managed, specs: Mapping[Address, Spec], state: _Load
) -> tuple[Address, ...] | None:
    """The documents it refers to; None if one of them cannot be used, which is then noted."""
    sound = True
    references = kind.references(one.spec)
    for path, address in references:
        if address not in state.headed and address not in state.broken:
            message = f"there is no {address}; the manifests have {state.names_of(address.kind)}"
            state.fault(one.document, ("spec", *path), message)
        sound = sound and address in specs
    return tuple(sorted({address for _, address in references})) if sound else None
