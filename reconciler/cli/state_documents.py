"""States as files that are given: as they were written, or edited by hand."""

from importlib import import_module

from reconciler.backends.local.packing import unpacked
from reconciler.backends.local.regular import MAX_BYTES
from reconciler.backends.protocol import Replacement
from reconciler.cli.standard_input import read_source
from reconciler.errors import StateError
from reconciler.state.document import checked_whole, read_document
from reconciler.state.seal import Damaged, checked


def given_state(source: str) -> Replacement:
    """The state in a file, or on standard input (-); compressed, as a copy in a history is, or not.

    One that is as it was written is taken as it is; of any other each key and value is looked at. Raises
    UsageError for what cannot be read, StateError, after telling everything that is wrong with it.
    """
    data = _unpacked(read_source(source, MAX_BYTES), source)
    try:
        sealed = bool(checked(data))
        found = read_document(data, source) if sealed else None
    except Damaged:
        found = None
    if found is None:
        return _edited(data, source)
    return Replacement(checked_whole(found.state), found.workspace, found.checksum)


def _unpacked(data: bytes, source: str) -> bytes:
    try:
        return unpacked(data)
    except Damaged as error:
        raise StateError(f"{source}: {error}", "use another copy, or the output of `state pull`") from error


def _edited(data: bytes, source: str) -> Replacement:
    """The same where each key and value is looked at, for which the kinds are needed."""
    found: Replacement = import_module("reconciler.cli.edited_documents").edited(data, source)
    return found
