"""Paths -> the desired resources of one workspace, or every problem of all of them at once.

Documents are read and headed; the workspace's settings are found; what others refer to is
validated; then what is planned is validated and resolved. A problem in one document does not
hide those of another. Of many documents that are plain each is read no sooner than it is validated, and
nothing of it is kept but its resource (see deferring).
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from reconciler.errors import ManifestError, Problem
from reconciler.kinds import OVERRIDE, SETTINGS
from reconciler.kinds.base import Settings
from reconciler.kinds.override.spec import OverrideSpec
from reconciler.kinds.workspace.spec import WorkspaceSpec
from reconciler.manifests.loading.beside import ALONE, Beside, Found
from reconciler.manifests.loading.context import LoadContext
from reconciler.manifests.loading.declarations import Declaration, Declarations
from reconciler.manifests.loading.deferring import Deferring, NotPlain
from reconciler.manifests.loading.former_names import check_former_names
from reconciler.manifests.loading.helping import FEWEST
from reconciler.manifests.loading.meanings import NOTHING_LEARNT, Learnt, learn
from reconciler.manifests.loading.notes import Notes, told_of
from reconciler.manifests.loading.overriding import Overriding
from reconciler.manifests.loading.placeholders import check_placeholders
from reconciler.manifests.loading.resolving import Resolver, Surroundings
from reconciler.manifests.loading.settings import settings_document
from reconciler.manifests.loading.sources import Source, find_sources
from reconciler.manifests.loading.validating import (
    Surrounding,
    check_defaults,
    is_sound,
    validate,
)
from reconciler.manifests.loading.validation import Validation
from reconciler.manifests.reading.reader import Document, read_documents
from reconciler.manifests.reading.shapes import Shapes
from reconciler.model import Address, Resource


@dataclass(frozen=True, slots=True)
class Workspace:
    """Everything that one set of manifests says.

    `in_clear` are those of the warnings that tell of a secret in clear, each with what to write instead.
    `file` is the file of the document with the settings, `-` for standard input. `declared` are all
    documents, the one with the settings first, where the context keeps what each comes to. `learnt` is what
    each document means to others, where the context asks for that, and `known` has those that were not read.
    `labels` are those of the document with the settings.
    """

    name: str
    spec: WorkspaceSpec
    settings: Settings
    resources: tuple[Resource, ...]
    count: int
    warnings: tuple[Problem, ...] = ()
    in_clear: tuple[Problem, ...] = ()
    file: str = "-"
    declared: tuple[Declaration, ...] = ()
    learnt: Learnt = NOTHING_LEARNT
    known: Mapping[Address, Found] = field(default_factory=dict)
    labels: Mapping[str, str] = field(default_factory=dict)


def load(paths: Sequence[str], stdin: Callable[[], bytes], context: LoadContext) -> Workspace:
    """Everything that the paths' manifests say; raises ManifestError with every problem."""
    return load_sources(find_sources(paths, stdin), context)


def load_settings(paths: Sequence[str], stdin: Callable[[], bytes], context: LoadContext) -> WorkspaceSpec:
    """What the one Workspace below the paths says, whatever else stands there; raises ManifestError."""
    notes, declarations = Notes(), Declarations()
    for document in documents_of(find_sources(paths, stdin), notes, declarations):
        declarations.declare(document, notes)
    found, spec = _settings(declarations, context, notes)
    check_defaults(found, spec, notes)
    notes.check()
    return spec


@dataclass(frozen=True, slots=True)
class FoundSettings:
    """What the one Workspace says, its name and labels, and the file that it stands in."""

    name: str
    spec: WorkspaceSpec
    file: str
    labels: Mapping[str, str] = field(default_factory=dict)


def find_settings(sources: Iterable[Source], context: LoadContext) -> FoundSettings:
    """The one Workspace of the files, whatever else stands there; raises ManifestError."""
    notes, declarations = Notes(), Declarations()
    for document in documents_of(sources, notes, declarations):
        declarations.declare(document, notes)
    found, spec = _settings(declarations, context, notes)
    notes.check()
    metadata = found.header.metadata
    return FoundSettings(metadata.name, spec, found.document.file, metadata.labels)


def load_sources(sources: Iterable[Source], context: LoadContext) -> Workspace:
    """Everything that the files say, wherever they come from; raises ManifestError with every problem.

    Of many documents each is read when its turn has come, if that can be told from outside and nothing is
    wrong with any of them; else all are read at once.
    """
    sources = tuple(sources)
    if not context.keep:
        try:
            return _load_one_by_one(sources, context)
        except (NotPlain, ManifestError):
            pass  # what is wrong is told by what follows
    notes, declarations = Notes(), Declarations()
    for document in documents_of(sources, notes, declarations):
        check_placeholders(document, notes)
        declarations.declare(document, notes)
    return load_declared(declarations, context, notes)


def _load_one_by_one(sources: Iterable[Source], context: LoadContext) -> Workspace:
    """Everything that many documents say, each read when its turn has come.

    Raises NotPlain where they are few, or not plain, or with ManifestError where anything is wrong with them.
    """
    notes, declarations = Notes(), Declarations()
    deferring = Deferring(declarations, notes)
    deferring.begin(sources)
    if len(deferring.turns) < FEWEST:
        raise NotPlain
    return load_declared(declarations, context, notes, deferring=deferring)


def load_declared(
    declarations: Declarations,
    context: LoadContext,
    notes: Notes,
    beside: Beside = ALONE,
    deferring: Deferring | None = None,
) -> Workspace:
    """Everything that the documents say; raises ManifestError with every problem.

    `beside` is what is known of other documents of the workspace. Documents that are `deferring` their
    reading are declared as they are read; see Validation.run.
    """
    found, spec = _settings(declarations, context, notes)
    name = found.header.metadata.name
    settings, notes.defaults = spec.settings(name, context.region), spec.defaults
    wrong = check_defaults(found, spec, notes)
    _lay_overrides(declarations, context, notes)
    surroundings = Surroundings(settings, found.document.text, context.region or "")
    resolver = Resolver(declarations, surroundings, notes, planned=not context.check)
    Validation(resolver, wrong, Surrounding.of(spec), context, notes, deferring).run()
    check_former_names(declarations, notes)
    resolved = resolver.resolved()
    beside.recall(notes)
    notes.tell_of_workspace(found.document, beside.order_of(declarations.by_address))
    notes.settle(found.document)
    notes.check()
    return Workspace(
        name,
        spec,
        settings,
        resolved.resources,
        len(declarations.by_address) + len(beside.known),
        told_of((*notes.warnings, *beside.warnings)),
        told_of(notes.in_clear),
        found.document.file,
        _kept(found, declarations) if context.keep else (),
        learn(declarations, resolved, notes) if context.learn else NOTHING_LEARNT,
        beside.known,
        found.header.metadata.labels,
    )


def _kept(found: Declaration, declarations: Declarations) -> tuple[Declaration, ...]:
    """All documents that stand for something by themselves, the one with the settings first."""
    others = (one for one in declarations.by_address.values() if one.kind.name not in (SETTINGS, OVERRIDE))
    return (found, *others)


def documents_of(sources: Iterable[Source], notes: Notes, declarations: Declarations) -> Iterator[Document]:
    """The well-formed documents of the files; notes what is wrong with the others."""
    shapes = Shapes()
    for source in sources:
        try:
            yield from read_documents(source.data, source.name, is_sound, shapes=shapes)
        except ManifestError as error:
            notes.add(error.problems)
            declarations.hides_settings = True


def _lay_overrides(declarations: Declarations, context: LoadContext, notes: Notes) -> None:
    """Validates every override and lays it over what it names."""
    overriding = Overriding(declarations, notes)
    for one in declarations.overrides():
        spec = validate(one, Surrounding(), context, notes)
        if isinstance(spec, OverrideSpec):
            overriding.lay(one, spec)
    overriding.finish()


def _settings(
    declarations: Declarations, context: LoadContext, notes: Notes
) -> tuple[Declaration, WorkspaceSpec]:
    """The document with the workspace's settings, and what it says.

    Raises ManifestError: where there is not exactly one, of that alone; where it is wrong, of that and of
    values that are wrong in other documents by themselves, as nothing can be resolved.
    """
    found = settings_document(declarations, notes)
    if len(declarations.settings()) != 1 and not declarations.hides_settings:
        raise ManifestError(notes.problems[-1:])
    spec = validate(found, Surrounding(), context, notes) if found else None
    if found and isinstance(spec, WorkspaceSpec) and len(declarations.settings()) == 1:
        return found, spec
    for one in declarations.by_address.values():
        if one.kind.name != SETTINGS:
            validate(one, Surrounding(), context, notes, incomplete=True)
    raise ManifestError(notes.problems)
