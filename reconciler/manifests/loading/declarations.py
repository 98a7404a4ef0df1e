"""Documents -> what they declare: each with its header and kind, under its address."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pydantic import ValidationError

from reconciler.kinds import KINDS, OVERRIDE, SETTINGS
from reconciler.kinds.api import Spec
from reconciler.kinds.base import Kind
from reconciler.kinds.push_domains import EVERY_DOMAIN, written_out
from reconciler.manifests.loading.header import Header
from reconciler.manifests.loading.messages import explanations, shown
from reconciler.manifests.loading.notes import Notes
from reconciler.manifests.reading.reader import Document
from reconciler.model import Address
from reconciler.words import guess

_SMALL = 4096
"""So many characters are read once more for a place in them, rather than kept with all their marks."""
_NAMES_TOLD = 10
_SAVED_PLAN = {"formatVersion", "nonce", "changes"}


@dataclass(slots=True)
class Declaration:
    """A document with its header and kind; `spec` is there once it is validated.

    `whole` is that spec as it was validated, with defaults, overrides and push domains in it, where it is
    kept. `address` is that of what it declares.
    """

    document: Document
    header: Header
    kind: Kind
    spec: Spec | None = None
    whole: Mapping[str, Any] = field(default_factory=dict)
    address: Address = field(init=False)
    _place: str = ""

    def __post_init__(self) -> None:
        self.address = Address(self.header.kind, self.header.metadata.name)

    @property
    def place(self) -> str:
        """Where it is declared, for what is told of others; found once, as many may be told of it."""
        if not self._place:
            self._place = f"{self.document.file}:{self.document.where(('metadata', 'name'))[0]}"
        return self._place

    def lighten(self) -> None:
        """Drops what a validated spec has all of; it would be kept for each of thousands."""
        self.document, self.header = self.document.lightened(), self.header.model_copy(update={"spec": {}})


@dataclass(slots=True)
class Declarations:
    """What all documents declare.

    `broken` are addresses of documents whose header is wrong: they are there, but cannot be used.
    `repeated` are documents that declare once more what another declares, each with what to tell of it.
    `hides_settings` tells that what cannot be used, which is told, may be the document with the settings.
    """

    by_address: dict[Address, Declaration] = field(default_factory=dict)
    broken: set[Address] = field(default_factory=set)
    repeated: list[tuple[Document, str]] = field(default_factory=list)
    hides_settings: bool = False
    _names: dict[str, str] = field(default_factory=dict)

    def declare(self, document: Document, notes: Notes) -> None:
        """Adds what the document declares, or notes what is wrong with its header."""
        if document.value.keys() >= _SAVED_PLAN:
            message = "a saved plan, not a manifest: pass it alone to `reconciler apply`"
            notes.fault(document, (), message)
            return
        try:
            header = Header.model_validate(document.value)
        except ValidationError as error:
            for path, message, key in explanations(error, Header, document.value):
                notes.fault(document, path, message, key=key)
            self._check_headless(document, notes)
            named = str(document.value.get("kind"))
            self.hides_settings |= named == SETTINGS or named not in KINDS
            return
        kind = KINDS.get(header.kind)
        if kind is None:
            notes.fault(document, ("kind",), _unknown_kind(header.kind))
            self.hides_settings |= SETTINGS in guess(header.kind, KINDS, 0.6)
            return
        self._add(document, header, kind)

    def settings(self) -> list[Declaration]:
        """Those that declare the workspace's settings."""
        return [one for one in self.by_address.values() if one.kind.name == SETTINGS]

    def overrides(self) -> list[Declaration]:
        """Those that set fields of others."""
        return [one for one in self.by_address.values() if one.kind.name == OVERRIDE]

    def names_of(self, kind: str) -> str:
        """The names of the kind's documents, the first few of them if they are many."""
        if kind not in self._names:
            names = sorted(address.name for address in self.by_address if address.kind == kind)
            more = [f"{len(names) - _NAMES_TOLD} others"] if len(names) > _NAMES_TOLD else []
            self._names[kind] = ", ".join([*names[:_NAMES_TOLD], *more]) or "none of that kind"
        return self._names[kind]

    def _add(self, document: Document, header: Header, kind: Kind) -> None:
        # The header's copy of a large spec would be kept beside the document's.
        header = header.model_copy(update={"spec": document.value.get("spec", {})})
        small = len(document.text) < _SMALL
        self.add(Declaration(document.lightened() if small else document, header, kind))

    def add(self, one: Declaration) -> None:
        """Adds what declares an address, unless another does."""
        first = self.by_address.setdefault(one.address, one)
        if first is not one:
            self.repeated.append((one.document, f"{one.address} is already declared at {first.place}"))

    def _check_headless(self, document: Document, notes: Notes) -> None:
        """A document with a wrong header is not used, but what is wrong in its spec is told all the same."""
        value = document.value
        kind, spec, metadata = KINDS.get(str(value.get("kind"))), value.get("spec"), value.get("metadata")
        if kind is None or not isinstance(spec, dict):
            return
        if isinstance(metadata, dict):
            self.broken.add(Address(kind.name, str(metadata.get("name"))))
        whole = written_out(kind.spec, spec, EVERY_DOMAIN)
        try:
            kind.spec.model_validate(whole.value)
        except ValidationError as error:
            for path, message, key in explanations(error, kind.spec, whole.value):
                if path not in whole.unknown:
                    notes.fault(document, ("spec", *path), message, key=key)


def _unknown_kind(name: str) -> str:
    return f"found {shown(name)}; {guess(name, KINDS, 0.6)}allowed: {', '.join(sorted(KINDS))}"
