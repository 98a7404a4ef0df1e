"""What a run cannot record while it goes on, kept beside it for a later one."""

from collections.abc import Iterable
from contextlib import suppress
from threading import Lock

from reconciler.backends.spills import Spilled, Spills
from reconciler.model import Address
from reconciler.state.journal import Intent, Outcome, Record


class Spilling:
    """The outcomes of one run that could not be recorded, each with the intent that it answers."""

    def __init__(self, spills: Spills, notices: list[str]) -> None:
        self._spills = spills
        self._notices = notices
        self._intents: dict[Address, int] = {}
        self._kept: list[Spilled] = []
        self._lineage = self._run = self._place = ""
        self._mutex = Lock()

    def begin(self, lineage: str, run: str) -> None:
        """Whose outcomes they are from here on."""
        self._lineage, self._run = lineage, run
        self._intents.clear()
        self._kept.clear()

    def recorded(self, numbered: Iterable[tuple[int, Record]]) -> None:
        """These are in the journal, each with its number there."""
        for number, record in numbered:
            if isinstance(record, Intent):
                self._intents[record.address] = number
            elif isinstance(record, Outcome):
                self._intents.pop(record.address, None)

    def keep(self, outcome: Outcome) -> None:
        """An outcome could not be recorded; one that answers no call tells nothing that is lost."""
        with self._mutex:
            intent = self._intents.get(outcome.address)
            if intent is None:
                return
            self._kept.append(Spilled(self._lineage, self._run, intent, outcome))
            try:
                self._place = self._spills.keep(self._run, self._kept)
            except (OSError, ValueError) as error:
                self._notices.append(f"unrecorded answers cannot be saved to a file: {error}")

    def end(self) -> None:
        """All is recorded."""
        if self._kept:
            self._kept.clear()
            with suppress(OSError, ValueError):  # what stays adopts nothing: its intents are closed
                self._spills.drop(self._run)

    def tell(self) -> None:
        """Notices for the end of a run that could not be recorded: where they are, and each as a line."""
        if not self._kept:
            return
        many = f"{len(self._kept)} answer{'s' if len(self._kept) != 1 else ''} from the cloud"
        here = f"the next apply on this machine takes them from {self._place}; " if self._place else ""
        self._notices.append(
            f"{many} could not be recorded: {here}to record them from any machine, run `reconciler state "
            "recover FILE` before another apply, where FILE is any file that has the lines below, such as a "
            "job's log"
        )
        self._notices += [one.line for one in self._kept]
