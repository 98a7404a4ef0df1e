"""A document's spec over the workspace's defaults, validated, or what is wrong with it where it stands."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Self

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from reconciler.kinds import KINDS, OVERRIDE, SETTINGS
from reconciler.kinds.api import Spec, foreign_fields
from reconciler.kinds.base import Settings
from reconciler.kinds.marks import Model
from reconciler.kinds.push_domains import EVERY_DOMAIN, PushDomain, WrittenOut, partial_faults, written_out
from reconciler.kinds.sites import Site
from reconciler.kinds.workspace.spec import WorkspaceSpec
from reconciler.manifests.loading.composed import composed, written_as
from reconciler.manifests.loading.context import LoadContext
from reconciler.manifests.loading.declarations import Declaration
from reconciler.manifests.loading.header import Header
from reconciler.manifests.loading.messages import explanations
from reconciler.manifests.loading.notes import Notes
from reconciler.manifests.loading.overlay import merged, stands
from reconciler.manifests.loading.secret_checks import (
    check_addresses,
    check_default_addresses,
    check_variables,
)
from reconciler.manifests.reading.reader import Document
from reconciler.model import Path
from reconciler.words import guess, path_text

_UNKNOWN = 300
"""So many unknown fields of a spec are looked at."""
_DEFAULTED = 100
"""So many problems of a spec are looked at for whether the workspace's defaults may mend them."""
_SITES = {Site.MAINLAND: "mainland", Site.INTERNATIONAL: "international"}


@dataclass(frozen=True, slots=True)
class Surrounding:
    """What the workspace says around every spec: the defaults by kind, and the push domains by name."""

    defaults: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    push_domains: Mapping[str, PushDomain] = field(default_factory=dict)

    @classmethod
    def of(cls, workspace: WorkspaceSpec) -> Self:
        """What a workspace says around each spec."""
        return cls(workspace.defaults, workspace.push_domains)


def validate(
    one: Declaration, around: Surrounding, context: LoadContext, notes: Notes, *, incomplete: bool = False
) -> Spec | None:
    """The document's spec over the defaults of its kind; None where it is wrong, which is noted.

    `incomplete` tells that the defaults are not known: then only values are wrong that stand there.
    """
    below = around.defaults.get(one.kind.name, {})
    whole = WrittenOut(merged(below, _bounded(one.kind.spec, one.header.spec)))
    if not incomplete:
        whole = written_out(one.kind.spec, whole.value, around.push_domains)
        _check_short_forms(one, whole, below, notes)
    try:
        spec = one.kind.spec.model_validate(whole.value)
    except ValidationError as error:
        for path, message, key in explanations(error, one.kind.spec, whole.value):
            at = written_as(whole.written, path)
            if path in whole.unknown or (incomplete and not (path and stands(whole.value, path))):
                continue
            # What is wrong in the defaults is told there, once, and not for each document.
            if not stands(below, at) or stands(one.header.spec, at):
                notes.fault(one.document, ("spec", *path), message, key=key)
        return None
    if whole.wrong:
        return None
    if not incomplete:
        notes.add_faults(one.document, one.kind.faults(spec), one.address)
    check_variables(one, spec, whole.written, context, notes)
    check_addresses(one, whole.value, notes)
    one.whole = whole.value if context.keep else {}
    one.lighten()
    return spec


def _check_short_forms(one: Declaration, whole: WrittenOut, below: Mapping[str, Any], notes: Notes) -> None:
    """Notes what is wrong with short forms, and keeps where the others stand."""
    for path, message in whole.wrong:
        if stands(one.header.spec, path):
            notes.fault(one.document, ("spec", *path), message)
        else:
            where = f"spec.defaults.{path_text((one.kind.name, *path))}"
            notes.fault(one.document, ("spec", *path), f"{message} (the workspace has it in {where})")
    if whole.written:
        one.document = composed(one.document, short=whole.written)


def check_site(one: Declaration, settings: Settings, notes: Notes) -> None:
    """Notes every field that the workspace's site does not know."""
    for path, site, instead in foreign_fields(one.spec, settings.site) if one.spec is not None else ():
        here = f"this workspace's endpoint is {settings.site}"
        text = f"only supported on the {_SITES[site]} site (endpoint: {site}), but {here}: remove it"
        if instead:
            text = f"only supported on the {_SITES[site]} site (endpoint: {site}), but {here}, where it is "
            text += f"deprecated: {instead}"
        notes.fault(one.document, ("spec", *path), text, key=True)


def check_defaults(one: Declaration, spec: WorkspaceSpec, notes: Notes) -> frozenset[str]:
    """Notes what is wrong in the workspace's defaults themselves; what they leave out may stand elsewhere.

    Gives the names of the kinds whose defaults are wrong: what they lack is not known.
    """
    wrong = set[str]()
    for name, value in spec.defaults.items():
        if name not in KINDS or name in (SETTINGS, OVERRIDE):
            allowed = sorted(KINDS.keys() - {SETTINGS, OVERRIDE})
            message = f"not a kind; {guess(name, allowed, 0.6)}allowed: {', '.join(allowed)}"
            notes.fault(one.document, ("spec", "defaults", name), message, key=True)
            wrong |= KINDS.keys()  # whichever was meant
            continue
        check_default_addresses(one, name, KINDS[name].spec, value, notes)
        for path, message in partial_faults(KINDS[name].spec, value, spec.push_domains):
            notes.fault(one.document, ("spec", "defaults", name, *path), message)
            wrong.add(name)
        for path, message, key in _wrong_values(KINDS[name].spec, value):
            notes.fault(one.document, ("spec", "defaults", name, *path), message, key=key)
            wrong.add(name)
    return frozenset(wrong)


def _wrong_values(model: type[Spec], value: Mapping[str, Any]) -> Iterator[tuple[Path, str, bool]]:
    try:
        model.model_validate(value)
    except ValidationError as error:
        for path, message, key in explanations(error, model, value):
            if path and stands(value, path):
                yield path, message, key


def is_sound(document: Document) -> bool:
    """Whether it is a manifest, but perhaps for what its workspace's defaults add to it."""
    try:
        header = Header.model_validate(document.value)
    except ValidationError:
        return False
    kind = KINDS.get(header.kind)
    try:
        if kind is None:
            return False
        whole = written_out(kind.spec, header.spec, EVERY_DOMAIN)
        return not whole.wrong and bool(kind.spec.model_validate(whole.value))
    except ValidationError as error:
        few = error.error_count() <= _DEFAULTED
        return few and all(map(_defaults_may_mend, error.errors(include_url=False, include_input=False)))


def _defaults_may_mend(detail: ErrorDetails) -> bool:
    """What is missing may stand there, unless it is in a list, and so may what a rule of the whole asks."""
    inside_list = any(isinstance(step, int) for step in detail["loc"])
    return not detail["loc"] or (detail["type"] == "missing" and not inside_list)


def _bounded(model: type[Model], value: dict[str, Any]) -> dict[str, Any]:
    """The value with only so many unknown fields: each would cost memory, and says the same."""
    if len(value) <= _UNKNOWN:
        return value
    known = {info.alias or name for name, info in model.model_fields.items()}
    unknown = [key for key in value if key not in known]
    spare = {*unknown[_UNKNOWN:]}
    return {key: inner for key, inner in value.items() if key not in spare}
