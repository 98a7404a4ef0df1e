"""A state as a file: sealed JSON in which each resource is a line of its own.

So one resource is found and read without the others, and a text diff of two states shows which ones changed.
Older versions wrote a line for each value; that is read as well.
"""

import json
from dataclasses import dataclass, replace

from reconciler.state.codec import state_from_json, state_to_json
from reconciler.state.lines import CLOSES, OPENS, entry_lines, written_lines
from reconciler.state.model import State
from reconciler.state.seal import checked, opened, seal, sealed

_NOTHING = b"  }\n}\n"


@dataclass(frozen=True, slots=True)
class Document:
    """What a file says: whose state, the state, and the file's checksum; "" of one that was edited."""

    workspace: str
    state: State
    checksum: str


def write_document(workspace: str, state: State) -> bytes:
    """The file of a state, its addresses in order."""
    head = state_to_json(workspace, replace(state, entries={}))
    if not state.entries:
        return seal(head)
    del head["resources"]
    above = json.dumps(head, indent=2).removeprefix("{\n").removesuffix("\n}").encode()
    return sealed(b"".join((above, OPENS, written_lines(state.entries), CLOSES)))


def read_document(data: bytes, source: str) -> Document:
    """The inverse; of a sealed file an entry is read when it is asked for, which then tells what is wrong.

    Raises Damaged for a checksum that does not fit, and for what is no JSON; StateError for what is no state.
    """
    checksum = checked(data)
    lines = entry_lines(data, source) if checksum else None
    if lines is None:
        workspace, state = state_from_json(opened(data, checksum).value, source)
        return Document(workspace, state, checksum)
    above = data[: data.index(OPENS)] + OPENS + _NOTHING
    workspace, state = state_from_json(opened(above, checksum).value, source)
    return Document(workspace, replace(state, entries=lines), checksum)


def former_document(workspace: str, state: State) -> bytes:
    """The file of a state as older versions wrote it: one that was kept elsewhere may bear its checksum."""
    return seal(state_to_json(workspace, state))


def checked_whole(state: State) -> State:
    """The state once each entry of it was read; raises StateError for one that is none.

    Whoever is to write a state does this before anything is sent: nothing may turn out unreadable at the end.
    """
    for entry in state.entries.values():
        assert entry
    return state
