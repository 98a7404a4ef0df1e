"""Secrets in manifests: which variables may be named, and addresses that hold a secret in clear."""

from collections.abc import Mapping
from typing import Any

from reconciler.kinds.api import Spec
from reconciler.kinds.concealing import WrittenAddress, addresses_in, reference_for
from reconciler.kinds.fields import secret_sources
from reconciler.kinds.marks import Model
from reconciler.manifests.loading.composed import written_as
from reconciler.manifests.loading.context import SECRET_PREFIXES, LoadContext
from reconciler.manifests.loading.declarations import Declaration
from reconciler.manifests.loading.notes import Notes
from reconciler.manifests.loading.overlay import stands
from reconciler.manifests.reading.names import is_name
from reconciler.manifests.reading.reader import Document
from reconciler.model import Address, Path
from reconciler.plaintext import has_digest, secret_spans


def check_variables(
    one: Declaration, spec: Spec, written: Mapping[Path, Path], context: LoadContext, notes: Notes
) -> None:
    """Notes every variable that a secret is named by and that manifests may not name.

    `written` has what a push domain gives; what is wrong with that is told there.
    """
    for path, source in secret_sources(spec):
        name = source.env
        if name is None or context.allows(name) or written_as(written, path) != path:
            continue
        found = repr(name) if is_name(name) else "a plain string"
        notes.fault(
            one.document,
            ("spec", *path, "env"),
            f"found {found}; allowed: a variable that begins with {' or '.join(SECRET_PREFIXES)}, or one "
            "listed in RECONCILER_SECRETS outside the manifests",
        )


def check_addresses(one: Declaration, value: Mapping[str, Any], notes: Notes) -> None:
    """Notes every address with a secret in clear that stands in the document itself."""
    for address in addresses_in(one.kind.spec, value):
        if stands(one.header.spec, address.path):  # else it is of the defaults, and told there
            _check_address(one.document, ("spec", *address.path), address, one.address, notes)


def check_default_addresses(
    one: Declaration, kind: str, model: type[Model], value: Mapping[str, Any], notes: Notes
) -> None:
    """Notes every address with a secret in clear that stands in the workspace's defaults of a kind."""
    about = Address(kind, f"{one.address.name}-{kind}")
    for address in addresses_in(model, value):
        at = ("spec", "defaults", kind, *address.path)
        _check_address(one.document, at, address, about, notes)


def _check_address(document: Document, at: Path, address: WrittenAddress, of: Address, notes: Notes) -> None:
    """Notes what is wrong with an address of the document, or of the defaults, that is named."""
    if has_digest(address.text):
        message = "contains a digest from a state instead of the secret: use a reference to the secret"
        notes.fault(document, at, message)
    elif address.has_secret:
        why = "contains a plain-text secret"
        if not secret_spans(address.text):
            why = "an address of another network is a secret as a whole, but is in plain text here"
        message = f"{why}: use {reference_for(of, address.path)} instead, and set that "
        message += "variable to the whole text; until then, no plan with it can be saved"
        notes.warn_in_clear(document, at, message)
