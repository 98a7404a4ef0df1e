"""What a round of a watch works with, and what came of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from reconciler.applying.results import ChangeResult
from reconciler.backends.snapshots import Standing
from reconciler.manifests.loading.loader import Workspace
from reconciler.model import Address
from reconciler.plan.model import Plan
from reconciler.plan.status import StatusReport
from reconciler.running.run import RunResult


@dataclass(frozen=True, slots=True)
class Reading:
    """Manifests as they were read; another `version` tells that the files have changed."""

    version: str
    workspace: Workspace


@dataclass(frozen=True, slots=True)
class Seen:
    """What a round saw: how all stands, and what an apply would do.

    `interrupted` tells that a run left what is not recorded yet, `frozen` in words who keeps a watch from
    touching anything, "" for nobody. `due_at` is when, after the beginning of the look, the clock alone
    makes something to be done, in unix seconds: what has ended may start again, a schedule opens or closes,
    or a protection ends. None where nothing waits for the clock.
    """

    report: StatusReport
    plan: Plan
    cloud: str
    standing: Standing
    interrupted: bool = False
    frozen: str = ""
    due_at: float | None = None


class Doing(StrEnum):
    """What a round does about what it saw."""

    NOTHING = "nothing"
    APPLY = "apply"
    WAIT = "wait"
    FROZEN = "frozen"
    STAND_BY = "stand-by"


@dataclass(frozen=True, slots=True)
class Decision:
    """What to do, why something of it waits (in sentences), and the resources that an apply leaves out."""

    doing: Doing
    waits: tuple[str, ...] = ()
    held_back: frozenset[Address] = frozenset()


@dataclass(frozen=True, slots=True)
class Round:
    """What came of a round.

    `at` is unix seconds, `seconds` how long it took. `seen` is None where nothing could be seen. `troubles`
    and `problems` (of the manifests) are sentences; `busy` tells that another run has the state. `failing`
    has, by address, why the last attempt at a change failed.
    """

    at: float
    doing: Doing
    seen: Seen | None = None
    waits: tuple[str, ...] = ()
    results: Sequence[ChangeResult] = ()
    troubles: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()
    busy: str = ""
    run: str = ""
    seconds: float = 0.0
    failing: Mapping[Address, str] = field(default_factory=dict)
    restrained: Mapping[Address, str] = field(default_factory=dict)

    @property
    def outcome(self) -> str:
        """The round in a word, for metrics: ok, waiting, trouble or busy."""
        if self.troubles or self.problems:
            return "trouble"
        if self.busy:
            return "busy"
        return "waiting" if self.waits else "ok"


class Desk(Protocol):
    """What a round is made with; everything that it does goes through here.

    Each method may raise any ReconcilerError.
    """

    def read(self) -> Reading | None:
        """The manifests; None while something is at work in them. Raises ManifestError."""
        ...

    def look(self, reading: Reading) -> Seen:
        """How everything stands; asks the cloud, changes nothing and holds nothing."""
        ...

    def apply(self, reading: Reading, held_back: frozenset[Address]) -> RunResult | None:
        """Carries out what is planned, but for some resources, while it holds the state.

        None if nothing was done. Raises LockedError if another run has the state.
        """
        ...
