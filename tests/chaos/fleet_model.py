"""What a virtual fleet works on: accounts with limits, workspaces with journals; see fleet_virtual."""

from collections import Counter, deque
from dataclasses import dataclass, field

from reconciler.errors import StateError
from reconciler.pacing.slots import Limit, RateWindow


@dataclass
class Account:
    """What runs there and when calls came, the slots of its limit, and how long something waited for them."""

    limit: Limit
    window: RateWindow = field(default_factory=RateWindow)
    running: Counter[str] = field(default_factory=Counter)
    fullest: int = 0
    waiting: int = 0
    busy: float = 0.0
    served: int = 0
    _since: float = 0.0
    _arrived: deque[float] = field(default_factory=deque)

    def arrive(self, stream: str, now: float) -> None:
        """A start that has reached the cloud."""
        self.running[stream] += 1
        self._arrived.append(now)
        while self._arrived[0] <= now - 1.0:
            self._arrived.popleft()
        self.fullest = max(self.fullest, len(self._arrived))
        self.served += self.waiting > 0

    def waits(self, change: int, now: float) -> None:
        """One more, or one fewer, that waits for a slot."""
        if self.waiting:
            self.busy += now - self._since
        self.waiting, self._since = self.waiting + change, now


@dataclass
class Workspace:
    """What is declared and recorded, the intents without an outcome, and the hold of the run that has it."""

    account: Account
    declared: set[str] = field(default_factory=set)
    recorded: set[str] = field(default_factory=set)
    open: set[str] = field(default_factory=set)
    token: str = ""
    beat: float = 0.0

    def take(self, token: str, now: float, ttl: float) -> bool:
        """Holds it, unless another run has it that was heard of."""
        if self.token and self.beat + ttl > now:
            return False
        self.token, self.beat = token, now
        return True

    def write(self, token: str, now: float) -> None:
        """What every record begins with: the fence."""
        if self.token != token:
            raise StateError("this run lost its hold")
        self.beat = now

    def free(self, token: str) -> None:
        if self.token == token:
            self.token = ""
