"""What goes wrong on purpose: which request is hit, and how."""

from dataclasses import asdict, dataclass
from typing import Any

from .parameters import integer, must, number, one_of, record, text, validate
from .store import Store

KINDS = ("error", "http-500", "delay", "drop-request", "drop-response", "late")
MOST_SECONDS = 86400 * 365
FAULT = record(
    {
        "action": must(text(r".+")),
        "nth": integer(1),
        "count": integer(1),
        "kind": must(one_of(*KINDS)),
        "code": text(r".+"),
        "message": text(r".+"),
        "seconds": number(low=0, high=MOST_SECONDS),
    }
)


@dataclass(slots=True)
class Fault:
    """One fault: it hits `count` matching requests, from the `nth` on, counted since the list was set."""

    action: str
    kind: str
    nth: int = 1
    count: int = 1
    code: str = "InternalError"
    message: str = "A configured fault produced this answer."
    seconds: float = 0.0
    seen: int = 0

    def hits(self, action: str) -> bool:
        """Count a request if it matches, and tell whether the fault strikes it."""
        if self.action not in ("*", action):
            return False
        self.seen += 1
        return self.nth <= self.seen < self.nth + self.count


class Faults:
    """The list in force, with its counters; it survives a restart."""

    def __init__(self, store: Store) -> None:
        """Keep the list among the store's settings."""
        self._store = store

    def replace(self, wanted: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Set a new list and tell it back with its defaults; an ApiError says what is wrong with it."""
        for index, given in enumerate(wanted):
            validate({str(index): given}, {str(index): FAULT}, "InvalidParameter")
        faults = [asdict(Fault(**given)) for given in wanted]
        self._store.keep_setting("faults", faults)
        return faults

    def strike(self, action: str) -> Fault | None:
        """Count an arriving request in every fault; the first that strikes is taken."""
        faults = [Fault(**kept) for kept in self._store.setting("faults", [])]
        if not faults:
            return None
        struck = [fault for fault in faults if fault.hits(action)]
        self._store.keep_setting("faults", [asdict(fault) for fault in faults])
        return struck[0] if struck else None
