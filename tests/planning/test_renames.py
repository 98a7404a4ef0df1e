"""What is told of former names that are still in the state beside the new one."""

import pytest

from reconciler.model import Address, Resource, Status
from reconciler.planning.renames import follow_renames
from reconciler.state.model import Entry, State

HALL = Address("MixStream", "hall")
ENTRY = Entry("MixStream", 1, "sha256:0", Status.RUNNING, {}, task_id="task")
BOTH = [
    (["a"], "MixStream/a counts as removed from the manifests"),
    (["a", "b"], "MixStream/a, MixStream/b count as removed from the manifests"),
]


@pytest.mark.parametrize(("former", "words"), BOTH)
def test_former_names_beside_the_new_one_count_as_removed(former: list[str], words: str) -> None:
    names = [HALL, *(Address("MixStream", name) for name in former)]
    state = State(entries=dict.fromkeys(names, ENTRY))
    renamed = Resource(HALL, {}, Status.RUNNING, {}, "sha256:0", renamed_from=tuple(former))
    (note,) = follow_renames([renamed], state).notes
    assert note.endswith(words)
