"""Many threads write, one statement is under way: what comes meanwhile goes together with the next one.

No thread of its own is needed: whoever finds nobody writing writes for all that wait.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from threading import Condition

from reconciler.state.journal import Record


@dataclass
class _Group:
    records: list[Record] = field(default_factory=list)
    done: bool = False
    error: BaseException | None = None


class GroupCommit:
    """Hands records to `write` in groups, in the order in which they came."""

    def __init__(self, write: Callable[[Sequence[Record]], None]) -> None:
        self._write = write
        self._changed = Condition()
        self._writing = False
        self._next = _Group()

    def append(self, record: Record) -> None:
        """Returns once the record is written; raises what `write` raised for its group."""
        with self._changed:
            group = self._next
            group.records.append(record)
            while self._writing and not group.done:
                self._changed.wait()
            if not group.done:
                self._writing, self._next = True, _Group()
        if not group.done:
            self._lead(group)
        if group.error is not None:
            raise group.error

    def _lead(self, group: _Group) -> None:
        try:
            self._write(group.records)
        except BaseException as error:
            group.error = error
        finally:
            with self._changed:
                group.done, self._writing = True, False
                self._changed.notify_all()
