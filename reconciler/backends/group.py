"""Many threads write, one statement is under way: what comes meanwhile goes together with the next one.

No thread of its own is needed: whoever finds nobody writing writes for all that wait.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from threading import Condition

from reconciler.state.journal import Record


@dataclass
class _Group:
    records: list[Record] = field(default_factory=list)
    done: bool = False
    error: BaseException | None = None
    refused: Mapping[int, Exception] = field(default_factory=dict)


class GroupCommit:
    """Hands records to `write` in groups, in the order in which they came.

    It gives back, by their places in the group, why some of them alone were not written.
    """

    def __init__(self, write: Callable[[Sequence[Record]], Mapping[int, Exception]]) -> None:
        self._write = write
        self._changed = Condition()
        self._writing = False
        self._next = _Group()

    def append(self, record: Record) -> None:
        """Returns once the record is written; raises what `write` raised for its group."""
        with self._changed:
            group, place = self._next, len(self._next.records)
            group.records.append(record)
            while self._writing and not group.done:
                self._changed.wait()
            if not group.done:
                self._writing, self._next = True, _Group()
        if not group.done:
            self._lead(group)
        if group.error is not None:
            raise group.error
        if place in group.refused:
            raise group.refused[place]

    def _lead(self, group: _Group) -> None:
        try:
            group.refused = self._write(group.records)
        except BaseException as error:
            group.error = error
        finally:
            with self._changed:
                group.done, self._writing = True, False
                self._changed.notify_all()
