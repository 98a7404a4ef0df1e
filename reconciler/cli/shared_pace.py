"""The slots of a store, as all of this process that use them at a time have them: by one connection.

What several runs want of a limit is one round trip then, as what several threads of a run want is.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Lock

from reconciler.backends.parts import Pace
from reconciler.backends.protocol import StateLocation
from reconciler.cli.placing import store_of
from reconciler.cli.world import backend_for


@dataclass
class _Used:
    """Slots in use, and by how many."""

    pace: Pace
    users: int = 0


@dataclass
class SharedPaces:
    """Those of every store that is used now."""

    _lock: Lock = field(default_factory=Lock)
    _used: dict[str, _Used] = field(default_factory=dict)

    @contextmanager
    def of(self, state: StateLocation) -> Iterator[Pace | None]:
        """Those of a state's store for a block; None where it has none."""
        key = str(store_of(state))
        with self._lock:
            used = self._used.get(key) or self._made(state)
            if used is not None:
                self._used[key] = used
                used.users += 1
        try:
            yield None if used is None else used.pace
        finally:
            if used is not None and self._left(key, used):
                used.pace.close()

    @staticmethod
    def _made(state: StateLocation) -> _Used | None:
        pace = backend_for(state).parts.pace
        return None if pace is None else _Used(pace)

    def _left(self, key: str, used: _Used) -> bool:
        """Whether nobody uses them any more."""
        with self._lock:
            used.users -= 1
            if used.users == 0:
                del self._used[key]
            return used.users == 0


PACES = SharedPaces()
"""Those of this process."""
