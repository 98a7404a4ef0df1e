"""What changes take over of others by a name alone: in doubt before, sure after, given back if not begun."""

from collections.abc import Mapping
from dataclasses import replace

from reconciler.applying.tools import Tools
from reconciler.errors import StateError
from reconciler.model import Address
from reconciler.moments import rfc3339
from reconciler.plan.model import Change
from reconciler.state.journal import Outcome
from reconciler.state.model import Entry
from reconciler.state.unanswered import taken_over


class ClaimTransfers:
    """The entries that changes of a run take over from others, in `entries` and in the journal."""

    def __init__(self, entries: dict[Address, Entry], tools: Tools) -> None:
        self._entries = entries
        self._tools = tools
        self._taken: dict[Address, dict[Address, tuple[Entry, Entry]]] = {}
        """For each change and what it takes over: the entry as it was, and as it is in doubt."""

    def take(self, change: Change) -> StateError | None:
        """Puts in doubt what the change is about to end of others; why that could not be written, if so."""
        at = rfc3339(self._tools.clock())
        taken = {
            address: (self._entries[address], taken_over(self._entries[address], at))
            for address in change.takes_over
            if address in self._entries
        }
        self._taken[change.address] = taken
        return self._record({address: doubtful for address, (_, doubtful) in taken.items()}, change)

    def settle(self, change: Change) -> StateError | None:
        """Takes that doubt away again, as the change's start has ended whatever they had."""
        sure = {}
        for address, (_, doubtful) in self._taken.get(change.address, {}).items():
            doubt, entry = doubtful.late_calls[-1], self._entries.get(address)
            if entry is not None and doubt in entry.late_calls:
                left = tuple(one for one in entry.late_calls if one != doubt)
                sure[address] = replace(entry, late_calls=left)
        return self._record(sure, change)

    def give_back(self, change: Change) -> StateError | None:
        """Records again, as it was, what the change would have ended of others: it was not begun."""
        back = {
            address: before
            for address, (before, doubtful) in self._taken.get(change.address, {}).items()
            if self._entries.get(address) == doubtful
        }
        return self._record(back, change)

    def _record(self, entries: Mapping[Address, Entry], change: Change) -> StateError | None:
        for address, entry in entries.items():
            self._entries[address] = entry
            try:
                at = rfc3339(self._tools.clock())
                self._tools.append(Outcome(address, str(change.address), "taken over", entry, at))
            except StateError as error:
                return error
        return None
