"""Resources that are started again and again: after some starts they are left alone until somebody acts.

Starts that follow the end of a task are not counted here: how often there are those is the workspace's to say
(`restarts`), and the state knows. What is left are starts that a plan asks for anew each time.
"""

from collections import deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from reconciler.applying.results import ChangeResult, Result
from reconciler.manifests.loading.loader import Workspace
from reconciler.model import Address, Verb, canonical_json, digest
from reconciler.plan.status import Condition, ResourceStatus
from reconciler.state.model import Entry

MOST_RESTARTS = 5
WITHIN = 600.0
"""Starts of one resource by a watch, in so many seconds, after which it is not started again."""

_STARTS = (Verb.START, Verb.REPLACE)


@dataclass
class _Starts:
    """When a resource was started by the watch, in unix seconds, and what is recorded of the last time.

    `declared` is the digest of what it was declared as then.
    """

    at: deque[float] = field(default_factory=lambda: deque(maxlen=MOST_RESTARTS))
    recorded: str | None = None
    declared: str = ""
    why: str = ""


class Restraint:
    """Counts what was started; `now` is unix seconds throughout."""

    def __init__(self) -> None:
        self._of: dict[Address, _Starts] = {}
        self._declared: Callable[[Address], str] = str

    def follow(self, workspace: Workspace) -> None:
        """Lets go of what is declared otherwise than before, or is not any more."""
        specs = {one.address: one.spec for one in workspace.resources}
        settings = repr(workspace.settings)
        self._declared = lambda address: digest(settings, canonical_json(specs.get(address)))
        self._of = {
            address: starts
            for address, starts in self._of.items()
            if starts.declared == self._declared(address)
        }

    def note(self, results: Iterable[ChangeResult], entries: Mapping[Address, Entry], now: float) -> None:
        """Counts the starts among the results of a run, after which so much is recorded."""
        for one in results:
            address = one.change.address
            if one.change.verb not in _STARTS or one.result is not Result.DONE or _follows_an_end(one):
                continue
            starts = self._of.setdefault(address, _Starts())
            starts.at.append(now)
            starts.recorded = entries[address].started_at if address in entries else None
            starts.declared = self._declared(address)
            if len(starts.at) == MOST_RESTARTS and now - starts.at[0] <= WITHIN:
                starts.why = (
                    f"{address} was started {MOST_RESTARTS} times within {WITHIN / 60:g} minutes and is not "
                    f"started again: change its manifest, or run `reconciler apply --replace {address}`"
                )

    def settle(self, stands: Iterable[ResourceStatus], now: float) -> None:
        """Lets go of what another run has started, and of what runs long enough since its last start."""
        for one in stands:
            starts = self._of.get(one.address)
            if starts is None or not starts.why or one.started_at is None:
                continue
            runs = one.status is Condition.RUNNING and now - starts.at[-1] > WITHIN
            if runs or one.started_at != starts.recorded:
                del self._of[one.address]

    def to_json(self) -> dict[str, Any]:
        """All of it, for whoever makes the next round; as `recall` reads it."""
        return {
            str(address): {**asdict(starts), "at": list(starts.at)} for address, starts in self._of.items()
        }

    def recall(self, kept: Mapping[str, Any]) -> None:
        """Makes it what another one was, of whoever made the round before."""
        self._of = {
            Address.parse(text): _Starts(
                deque(map(float, starts["at"]), maxlen=MOST_RESTARTS),
                starts["recorded"],
                str(starts["declared"]),
                str(starts["why"]),
            )
            for text, starts in kept.items()
        }

    @property
    def kept(self) -> Mapping[Address, str]:
        """What is left alone, each with why."""
        return {address: starts.why for address, starts in self._of.items() if starts.why}


def _follows_an_end(one: ChangeResult) -> bool:
    """Whether it is a restart that the state counts."""
    return one.change.entry is not None and bool(one.change.entry.restarts)
