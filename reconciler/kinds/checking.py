"""What is recorded of a resource, as an edit by hand left it: whether its kind could have recorded that."""

from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import ValidationError

from reconciler.kinds import PACKAGES, registered
from reconciler.kinds.concealing import addresses_in, reference_for
from reconciler.model import Address, Path
from reconciler.plaintext import secret_spans
from reconciler.words import guess


def record_problems(
    address: Address, entry: Mapping[str, Any]
) -> Iterator[tuple[Path, str | ValidationError]]:
    """(path below the entry, what is wrong with it); for a spec that is none of its kind, what pydantic says.

    The entry is one in which each key has a value of its type.
    """
    kind = registered(address.kind)
    if kind is None:
        planned = [name for name in PACKAGES if registered(name) is not None]
        meant = guess(address.kind, planned, 0.6)
        yield (), f"no kind {address.kind} is ever recorded; {meant}allowed: {', '.join(planned)}"
        return
    if entry["kind"] != kind.name:
        yield ("kind",), f"found {entry['kind']} at an address of {kind.name}; allowed: {kind.name}"
    if entry["schemaVersion"] != kind.kind.version:
        yield (
            ("schemaVersion",),
            f"found {entry['schemaVersion']}; allowed: {kind.kind.version}, which this version knows",
        )
        return
    try:
        kind.read(entry["spec"])
    except ValidationError as error:
        yield ("spec",), error
    for path, text in addresses_in(kind.kind.spec, entry["spec"]):
        if secret_spans(text):
            yield (
                ("spec", *path),
                "a secret in clear, which no state may hold: keep the digest (*hmac-…*) that stood there, or "
                f"write {reference_for(address, path)}",
            )
