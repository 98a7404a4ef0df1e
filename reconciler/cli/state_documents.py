"""States as files that are given: as they were written, or edited by hand."""

from importlib import import_module

from reconciler.backends.local.regular import MAX_BYTES
from reconciler.backends.protocol import Replacement
from reconciler.cli.standard_input import read_source
from reconciler.state.codec import state_from_json
from reconciler.state.seal import Damaged, unseal


def read_document(source: str) -> Replacement:
    """The state in a file, or on standard input (-).

    One that is as it was written is taken as it is; of any other each key and value is looked at. Raises
    UsageError for what cannot be read, StateError, after telling everything that is wrong with it.
    """
    data = read_source(source, MAX_BYTES)
    try:
        sealed = unseal(data)
    except Damaged:
        return _edited(data, source)
    if not sealed.checksum:
        return _edited(data, source)
    workspace, state = state_from_json(sealed.value, source)
    return Replacement(state, workspace, sealed.checksum)


def _edited(data: bytes, source: str) -> Replacement:
    """The same where each key and value is looked at, for which the kinds are needed."""
    found: Replacement = import_module("reconciler.cli.edited_documents").edited(data, source)
    return found
