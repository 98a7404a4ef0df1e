"""Raw requests -> the documents that send the same, or every problem of all of them at once.

Each kind reads its own requests; here they are found, named, judged by the same models that will
read the manifest, and put together. What the manifest does otherwise than the request, and what is
left to do, is told as warnings.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any

from pydantic import TypeAdapter, ValidationError

from reconciler.calls import EnvSecret
from reconciler.kinds import KINDS
from reconciler.kinds.api import Spec, foreign_fields
from reconciler.kinds.base import Fault, Scope, Settings
from reconciler.kinds.capabilities import CanConvert
from reconciler.kinds.converting.neighbours import NEIGHBOURS
from reconciler.kinds.converting.reading import Note, Reading, Variables
from reconciler.kinds.converting.types import with_types
from reconciler.kinds.fields import Name
from reconciler.kinds.sites import Site
from reconciler.kinds.workspace.convert import NAME, SECRET_KEY, inferred_workspace, region_of
from reconciler.kinds.workspace.endpoint import site_of
from reconciler.manifests.converting.envelope import action_of, read_envelope
from reconciler.manifests.converting.requests import RawRequest
from reconciler.manifests.loading.messages import explain
from reconciler.manifests.loading.placeholders import placeholders_in
from reconciler.model import Address, Path
from reconciler.words import guess, path_text

API_VERSION = "reconciler/v1"
_NAMELESS = "stream"
_LONGEST_NAME = 240
"""Leaves room for what tells repeats apart."""


@dataclass(frozen=True, slots=True)
class Remark:
    """A warning or problem: where it stands, which document it is about, at which field, and the text."""

    file: str
    line: int
    about: str
    path: Path
    text: str

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.line else self.file
        return ": ".join(part for part in (place, self.about, path_text(self.path), self.text) if part)


@dataclass(frozen=True, slots=True)
class Converted:
    """The documents, in order; there are none where there is any problem."""

    documents: tuple[dict[str, Any], ...]
    warnings: tuple[Remark, ...]
    problems: tuple[Remark, ...]


@dataclass(slots=True)
class _Found:
    """A document that a request has become."""

    address: Address
    spec: Spec
    raw: RawRequest


@dataclass(slots=True)
class _Conversion:
    """What all requests of a run share."""

    now: float
    variables: Variables = field(default_factory=Variables)
    names: set[str] = field(default_factory=set)
    warnings: list[Remark] = field(default_factory=list)
    problems: list[Remark] = field(default_factory=list)
    user_sigs: list[Remark] = field(default_factory=list)


def is_name(text: str) -> bool:
    """Whether a document can be called this."""
    try:
        TypeAdapter(Name).validate_python(text)
    except ValidationError:
        return False
    return True


def convert(requests: Sequence[RawRequest], name: str | None, *, workspace: bool, now: float) -> Converted:
    """The requests as documents; `name` is that of the only one, `workspace` puts a fitting one first.

    `now` in unix seconds.
    """
    conversion = _Conversion(now)
    found = [one for request in requests if (one := _converted(request, name, conversion)) is not None]
    conversion.warnings += _left_out(conversion.user_sigs)
    if conversion.problems:
        return Converted((), tuple(conversion.warnings), tuple(conversion.problems))
    if not workspace:
        conversion.warnings += _abroad(found)
    documents = [_document(one.address, one.spec) for one in found]
    if workspace:
        documents = _with_workspace(found, conversion)
    return Converted(tuple(documents), tuple(conversion.warnings), ())


def _converted(raw: RawRequest, name: str | None, conversion: _Conversion) -> _Found | None:
    kind = _kind_of(raw)
    if isinstance(kind, str):
        conversion.problems.append(Remark(raw.file, raw.line, raw.action, raw.path, kind))
        return None
    address = Address(kind.name, name or _name(kind.title(raw.body), conversion.names))
    reading = Reading(address.name, conversion.variables, path=raw.path, now=conversion.now)
    body = with_types(raw.body, kind.spec, reading, told=not raw.envelope.is_text)
    written = kind.from_request(raw.action, body, reading)
    written |= read_envelope(raw.envelope, action_of(kind, raw.action), kind.spec, reading)
    reading.notes.places.setdefault((), raw.path)
    spec = _validated(kind, written, reading)
    if spec is not None and not reading.notes.problems:
        _judge(kind, spec, Scope(address, _settings(spec, raw), {}), reading)
    conversion.warnings += _told(raw, str(address), reading.notes.warnings)
    conversion.problems += _told(raw, str(address), reading.notes.problems)
    sigs = [Note(path, "") for path in reading.notes.user_sigs]
    conversion.user_sigs += _told(raw, str(address), sigs)
    return None if spec is None else _Found(address, spec, raw)


def _left_out(user_sigs: Sequence[Remark]) -> list[Remark]:
    """One warning for all UserSigs: each is made anew."""
    if not user_sigs:
        return []
    count = f" ({len(user_sigs)} in all)" if len(user_sigs) > 1 else ""
    text = f"is left out{count}: apply makes UserSigs from the application's secret key"
    return [replace(user_sigs[0], text=text)]


def _abroad(found: Sequence[_Found]) -> list[Remark]:
    """One warning for all that went to the international site, where no workspace is written that says so."""
    there = [one for one in found if site_of(one.raw.envelope.host) is Site.INTERNATIONAL]
    if not there:
        return []
    raw, count = there[0].raw, f" ({len(there)} in all)" if len(there) > 1 else ""
    text = f"was sent to {raw.envelope.host}{count}: the workspace needs endpoint: {Site.INTERNATIONAL}"
    return [Remark(raw.file, raw.line, str(there[0].address), raw.path, text)]


def _told(raw: RawRequest, about: str, notes: Iterable[Note]) -> list[Remark]:
    return [Remark(raw.file, raw.line, about, note.path, note.text) for note in notes]


def _kind_of(raw: RawRequest) -> CanConvert | str:
    """The kind whose documents send such a request, or why there is none."""
    kinds = _convertible()
    for kind in kinds:
        if raw.action in kind.declined:
            return f"cannot be converted: {kind.declined[raw.action]}"
        if kind.converts(raw.action, raw.body):
            return kind
    if raw.action in NEIGHBOURS:
        return f"cannot be converted: {NEIGHBOURS[raw.action]}"
    declare = sorted({one.name for kind in kinds for one in kind.actions if one.name not in kind.declined})
    meant = guess(raw.action, (*declare, *NEIGHBOURS), 0.8)
    return f"cannot be converted: no kind supports it; {meant}convertible: {', '.join(declare)}"


@cache
def _convertible() -> tuple[CanConvert, ...]:
    return tuple(kind for kind in KINDS.values() if isinstance(kind, CanConvert))


def _name(title: str, taken: set[str]) -> str:
    """A name after what the API knows it by; a repeat has a number behind it."""
    plain = re.sub(r"[^a-z0-9.-]", "-", title.lower())[:_LONGEST_NAME].strip("-.") or _NAMELESS
    name, number = plain, 1
    while name in taken:
        number += 1
        name = f"{plain}-{number}"
    taken.add(name)
    return name


def _validated(kind: CanConvert, written: Mapping[str, Any], reading: Reading) -> Spec | None:
    """The spec as the manifest will be read; what it refuses is noted where it stands in the request."""
    try:
        return kind.spec.model_validate(written)
    except ValidationError as error:
        for detail in error.errors(include_url=False):
            path, message = explain(detail, kind.spec, written)
            place = reading.notes.place(path)
            if not reading.notes.hopeless(place):
                reading.notes.problems.append(Note(place, message))
        return None


def _settings(spec: Any, raw: RawRequest) -> Settings:
    """Those of a workspace as it fits the request; the site only where it is known."""
    app, site = getattr(spec, "sdk_app_id", None), site_of(raw.envelope.host)
    key = EnvSecret(SECRET_KEY)
    return Settings(workspace=NAME, region=region_of(app), sdk_app_id=app, secret_key=key, site=site)


def _judge(kind: CanConvert, spec: Any, scope: Scope, reading: Reading) -> None:
    """Warns of the rules between fields for which the manifest will be refused as it stands."""
    foreign = [
        Fault(path, f"only valid with endpoint: {only}, but this was sent to the other site")
        for path, only, _ in foreign_fields(spec, scope.settings.site)
    ]
    holes = [Fault(path, words) for path, words in placeholders_in(_said(spec))]
    _, faults = kind.resolve(spec, scope)
    for fault in (*kind.faults(spec), *faults, *foreign, *holes):
        if not fault.warns:
            text = f"the manifest is invalid: {fault.message}"
            reading.notes.warnings.append(Note(reading.notes.place(fault.path), text))


def _document(address: Address, spec: Spec) -> dict[str, Any]:
    return _wrapped(address, _said(spec))


def _said(spec: Spec) -> dict[str, Any]:
    """A spec as a document has it."""
    return spec.model_dump(mode="json", by_alias=True, exclude_unset=True, exclude_none=True)


def _wrapped(address: Address, spec: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "apiVersion": API_VERSION,
        "kind": address.kind,
        "metadata": {"name": address.name},
        "spec": dict(spec),
    }


def _with_workspace(found: Sequence[_Found], conversion: _Conversion) -> list[dict[str, Any]]:
    inferred = inferred_workspace([one.spec for one in found], {one.raw.envelope.host for one in found})
    address = Address(inferred.kind, inferred.name)
    conversion.warnings += [Remark("", 0, str(address), note.path, note.text) for note in inferred.warnings]
    below = [_document(one.address, spec) for one, spec in zip(found, inferred.specs, strict=True)]
    return [_wrapped(address, inferred.spec), *below]
