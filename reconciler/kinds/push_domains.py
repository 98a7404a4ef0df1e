"""Push domains by name: what a workspace says once of a domain, and what a push by its name means.

A model that has a short form is written either in full or by the name of a push domain. The short form is
written out before anything is validated, so nothing else ever sees it.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Annotated, Any, ClassVar

from pydantic import BaseModel

from reconciler.kinds.address_parts import AppName, Domain
from reconciler.kinds.api import NOWHERE
from reconciler.kinds.base import Fault
from reconciler.kinds.fields import Duration, Name, SecretSource, TxTimeFormat
from reconciler.kinds.marks import (
    EACH,
    Model,
    change_effect_of,
    is_collection,
    models_at,
    models_in,
)
from reconciler.model import Path
from reconciler.words import guess

USUAL_APP = "live"
_SHOWN = 60
"""Characters of a name that is no push domain's; a longer one is not shown."""


class PushDomain(Model):
    """A push domain that pushes and live streams name, and how its pushes are signed."""

    domain: Annotated[Domain, NOWHERE]
    """The domain that streams are pushed to."""
    app_name: Annotated[AppName, NOWHERE] = USUAL_APP
    """The path of the streams: the part between the domain and the stream name."""
    key: Annotated[SecretSource | None, NOWHERE] = None
    """The domain's key, from which apply makes txSecret and txTime; without it, pushes are not signed."""
    valid_for: Annotated[Duration | None, NOWHERE] = None
    """How long a signature lets a push connect, counted from when it is sent; default: 24h."""
    is_tencent_cdn: Annotated[bool | None, NOWHERE] = None
    """Whether the domain belongs to Tencent's CDN; pushes to other CDNs are billed."""
    tx_time_format: Annotated[TxTimeFormat | None, NOWHERE] = None
    """How txTime is written: `hex` or `decimal`; default: hex."""

    def faults(self) -> list[Fault]:
        """What says how to sign goes with a key."""
        given = {"validFor": self.valid_for, "txTimeFormat": self.tx_time_format}
        return [
            Fault((name,), "only valid with key: add the domain's key, or remove this")
            for name, value in given.items()
            if value is not None and self.key is None
        ]

    def push(self, stream: str) -> dict[str, Any]:
        """A push to a stream of the domain, as a manifest has it in full."""
        said = {"key": self.key, "validFor": self.valid_for, "txTimeFormat": self.tx_time_format}
        auth = {
            name: value.to_json() if isinstance(value, SecretSource) else value
            for name, value in said.items()
            if value is not None
        }
        url = {"url": f"rtmp://{self.domain}/{self.app_name}/{stream}"}
        return {**url, "auth": auth} if self.key is not None else url


class _EveryDomain(Mapping[str, PushDomain]):
    """A push domain for each name."""

    def __getitem__(self, name: str) -> PushDomain:
        return _SOME

    def __iter__(self) -> Iterator[str]:
        return iter(())

    def __len__(self) -> int:
        return 0


_SOME = PushDomain.model_validate({"domain": "push.example", "key": {"env": "STREAM_PUSH_KEY"}})
EVERY_DOMAIN: Mapping[str, PushDomain] = _EveryDomain()
"""Where no workspace is known: whatever push domain is named, there is one."""
PushDomains = Annotated[dict[Name, PushDomain], NOWHERE]
"""A workspace's push domains by their names."""
DomainName = Annotated[str | None, NOWHERE]
"""A field that names a push domain; it is written out before a spec is validated, and never recorded."""


@dataclass(frozen=True, slots=True)
class ShortForm:
    """How something is written by the name of a push domain.

    `name` is the field that names it, `beside` are fields that go with it alone, and `given` those that the
    domain gives, the one that all of it can be written by first. `written_out` has the latter, of a domain
    and of what stands beside its name.
    """

    name: str
    beside: tuple[str, ...]
    given: tuple[str, ...]
    written_out: Callable[[PushDomain, Mapping[str, Any]], dict[str, Any]]


def place_of(domain: PushDomain, beside: Mapping[str, Any]) -> dict[str, Any]:
    """Where a stream of the domain is, as a manifest has it in full."""
    return {"domainName": domain.domain, "appName": domain.app_name}


def either_form(full: Sequence[str], short: Sequence[str]) -> dict[str, Any]:
    """Keywords of a JSON Schema: what is required of one form or of the other."""
    return {"required": [], "oneOf": [{"required": [*full]}, {"required": [*short]}]}


class Shortened(Model):
    """A model that can be written in a short form."""

    short_form: ClassVar[ShortForm]


@dataclass(slots=True)
class WrittenOut:
    """A value without short forms.

    `written` has, for each field that a domain gives, where a manifest says so. `wrong` has where a short
    form cannot be written out, and why; nothing else that is wrong at a path in `unknown` matters.
    """

    value: dict[str, Any]
    written: dict[Path, Path] = field(default_factory=dict)
    wrong: list[tuple[Path, str]] = field(default_factory=list)
    unknown: set[Path] = field(default_factory=set)


def written_out(spec: type[Model], value: dict[str, Any], domains: Mapping[str, PushDomain]) -> WrittenOut:
    """The value of a spec with every short form written out."""
    found = WrittenOut(value)
    for steps, form in short_forms(spec):
        writing = _Writing(found, form, domains)
        found.value = writing.below(found.value, steps, ())
    return found


@dataclass(frozen=True, slots=True)
class _Writing:
    """One short form being written out wherever it stands; what there is of it is noted in `found`."""

    found: WrittenOut
    form: ShortForm
    domains: Mapping[str, PushDomain]

    def below(self, value: Any, steps: tuple[str, ...], path: Path) -> Any:
        """The value with the mappings changed that the steps lead to; shared where nothing is."""
        if not steps:
            return self._whole(value, path) if isinstance(value, dict) else value
        step, rest = steps[0], steps[1:]
        if step == EACH and isinstance(value, list):
            return [self.below(inner, rest, (*path, index)) for index, inner in enumerate(value)]
        names = [] if not isinstance(value, dict) else list(value) if step == EACH else [step]
        changed = {name: self.below(value[name], rest, (*path, name)) for name in names if name in value}
        return {**value, **changed} if changed else value

    def _whole(self, here: dict[str, Any], path: Path) -> dict[str, Any]:
        form = self.form
        if (fault := _fault(here, form, self.domains)) is not None:
            self.found.wrong.append(((*path, fault[0]), fault[1]))
            given = {name for name in form.given if here.get(name) is None}
            self.found.unknown |= {(*path, name) for name in (fault[0], *given)}
        if fault is not None or here.get(form.name) is None:
            return here
        short = (form.name, *form.beside)
        self.found.written |= {(*path, given): (*path, form.name) for given in form.given}
        self.found.written[(*path, form.given[0])] = (*path, short[-1])
        rest = {name: value for name, value in here.items() if name not in short}
        return rest | form.written_out(self.domains[here[form.name]], here)


def partial_faults(
    spec: type[Model], value: Mapping[str, Any], domains: Mapping[str, PushDomain]
) -> Iterator[tuple[Path, str]]:
    """Where short forms are wrong in a part of a spec, to which a document adds the rest; and why."""
    for steps, form in short_forms(spec):
        for path in _places(value, steps):
            here = {**dict.fromkeys(form.beside, ""), **value_at(value, path)}
            if here.get(form.name) is not None and (fault := _fault(here, form, domains)) is not None:
                yield (*path, fault[0]), fault[1]


@cache
def short_forms(spec: type[Model]) -> tuple[tuple[tuple[str, ...], ShortForm], ...]:
    """Where a spec can hold a short form: field names, with EACH for each entry of a list or mapping."""
    return tuple(_short_forms(spec, ()))


def _short_forms(model: type[Model], steps: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], ShortForm]]:
    if issubclass(model, Shortened):
        yield steps, model.short_form
    for info in model.model_fields.values():
        each = (EACH,) if is_collection(info.annotation) else ()
        for inner in models_in(info.annotation):
            if issubclass(inner, Model):
                yield from _short_forms(inner, (*steps, str(info.alias), *each))


def _places(value: Any, steps: tuple[str, ...], path: Path = ()) -> Iterator[Path]:
    """Where mappings stand that the steps lead to."""
    if not steps:
        yield from [path] if isinstance(value, dict) else []
    elif steps[0] != EACH:
        if isinstance(value, dict) and steps[0] in value:
            yield from _places(value[steps[0]], steps[1:], (*path, steps[0]))
    elif isinstance(value, list | dict):
        for key, inner in enumerate(value) if isinstance(value, list) else value.items():
            yield from _places(inner, steps[1:], (*path, key))


def _fault(
    here: Mapping[str, Any], form: ShortForm, domains: Mapping[str, PushDomain]
) -> tuple[str, str] | None:
    """The field that is wrong with a short form, and why; None of a sound one, and where there is none."""
    said = {name for name, value in here.items() if value is not None}
    if form.name not in said:
        alone = next((name for name in form.beside if name in said), None)
        words = f"only valid with {form.name}: add it, or write {form.given[0]} instead"
        return None if alone is None else (alone, words)
    both = next((name for name in form.given if name in said), None)
    if both is not None:
        return both, f"cannot be combined with {form.name}, which gives it: remove one of the two"
    name = here[form.name]
    if not isinstance(name, str) or name not in domains:
        return form.name, _unknown(name, domains)
    missing = next((name for name in form.beside if name not in said), None)
    return None if missing is None else (form.name, f"requires {missing} beside it")


def _unknown(name: Any, domains: Mapping[str, PushDomain]) -> str:
    named = isinstance(name, str) and len(name) <= _SHOWN
    found = f"found {name!r}" if named else "not the name of a push domain"
    if not domains:
        return f"{found}, but the workspace has no spec.pushDomains: declare it there"
    meant = guess(name, domains, 0.6) if isinstance(name, str) else ""
    return f"{found}; {meant}the workspace's pushDomains are {', '.join(sorted(domains))}"


def instead_of(model: type[BaseModel], name: str) -> str:
    """The fields to write instead of a required one, where a push domain gives it: `a and b`; or ""."""
    form = model.short_form if issubclass(model, Shortened) else None
    return "" if form is None or name not in form.given else " and ".join((form.name, *form.beside))


def list_keys(spec: type[Model], path: Path) -> tuple[tuple[str, ...], ...]:
    """The properties that tell the entries of a list apart, one tuple for each form; () if nothing does."""
    effect, depth = change_effect_of(spec, path)
    if depth != len(path) or not effect.key:
        return ()
    forms = [model.short_form for model in models_at(spec, path) if issubclass(model, Shortened)]
    return (effect.key, *((form.name, *form.beside) for form in forms))


def value_at(value: Any, path: Path) -> Any:
    """What stands at a path; raises LookupError where nothing does."""
    for part in path:
        value = value[part]
    return value
