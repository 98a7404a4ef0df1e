"""What is worth telling of a round, each once: conditions that begin or end, and what was done."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from reconciler.applying.results import NOT_BEGUN, Result
from reconciler.plan.status import Condition, Health
from reconciler.watching.model import Doing, Round


class EventKind(StrEnum):
    """What can be told; a workspace's document names them so."""

    DOWN = "down"
    DOUBT = "doubt"
    RECOVERED = "recovered"
    APPLIED = "applied"
    FAILED = "failed"
    WAITING = "waiting"
    RESTARTING = "restarting"
    EXPIRING = "expiring"
    MANIFESTS = "manifests"
    TROUBLE = "trouble"
    FROZEN = "frozen"


@dataclass(frozen=True, slots=True)
class Event:
    """Something to tell, in a sentence; two with one `key` are one."""

    kind: EventKind
    key: str
    text: str


_HEALTHS = {Health.DOWN: EventKind.DOWN, Health.DOUBT: EventKind.DOUBT}


class Ledger:
    """What was told already: a condition is told when it begins, and again only after it has ended."""

    def __init__(self, told: Mapping[str, str] | None = None) -> None:
        self._told = dict(told or {})

    @property
    def told(self) -> Mapping[str, str]:
        """The conditions that last, each with its text, to be kept over a restart."""
        return dict(self._told)

    def news(self, made: Round) -> list[Event]:
        """What of a round nobody was told of yet; what has ended may be told again later."""
        lasting = {event.key: event for event in _lasting(made)}
        found = [event for key, event in lasting.items() if key not in self._told]
        ended = [key for key in self._told if key not in lasting and _can_tell(key, made)]
        found += _recoveries(ended, made)
        for key in ended:
            del self._told[key]
        self._told |= {key: event.text for key, event in lasting.items()}
        return [*found, *_done(made)]


def _can_tell(key: str, made: Round) -> bool:
    """Whether a round without a condition shows that it has ended; one that saw nothing does not."""
    kind = key.partition(":")[0]
    if kind in (EventKind.TROUBLE, EventKind.MANIFESTS):
        return True
    if kind in (EventKind.WAITING, EventKind.FROZEN):
        return made.seen is not None and made.doing is not Doing.STAND_BY
    return made.seen is not None


def _lasting(made: Round) -> Iterator[Event]:
    for text in made.problems:
        yield Event(
            EventKind.MANIFESTS, f"manifests:{text}", f"{text}; the last good manifests stay in force"
        )
    for text in made.troubles:
        yield Event(EventKind.TROUBLE, f"trouble:{text}", text)
    for text in made.waits:
        kind = EventKind.FROZEN if made.doing is Doing.FROZEN else EventKind.WAITING
        if text not in made.restrained.values():
            yield Event(kind, f"{kind}:{text}", text)
    for address, why in made.restrained.items():
        yield Event(EventKind.RESTARTING, f"restarting:{address}", why)
    for address, why in made.failing.items():
        yield Event(EventKind.FAILED, f"failed:{address}:{why}", f"{address}: {why}")
    yield from _stood(made)


def _stood(made: Round) -> Iterator[Event]:
    if made.seen is None:
        return
    for one in made.seen.report.resources:
        kind = _HEALTHS.get(one.health)
        if kind is not None:
            text = f"{one.address} is {one.status}: {one.evidence}"
            # What was told to be down is told again once it is not started again.
            given_up = ":failed" if one.status is Condition.FAILED else ""
            yield Event(kind, f"{kind}:{one.address}{given_up}", text)
        for end in one.ends:
            if end.soon or end.expired:
                words = f"{end.what} {'expired' if end.expired else 'ends'} at {end.at}"
                yield Event(EventKind.EXPIRING, f"expiring:{one.address}:{words}", f"{one.address}: {words}")


def _recoveries(ended: Iterable[str], made: Round) -> Iterator[Event]:
    stands = {} if made.seen is None else {str(one.address): one for one in made.seen.report.resources}
    for key in ended:
        kind, address = key.split(":")[:2]
        one = stands.get(address)
        if kind in (EventKind.DOWN, EventKind.DOUBT) and one is not None and one.health is Health.OK:
            yield Event(EventKind.RECOVERED, f"recovered:{address}", f"{address} is {one.status} again")


def _done(made: Round) -> Iterator[Event]:
    for one in made.results:
        change = one.change
        if one.result is Result.DONE:
            text = f"{change.address}: {change.verb} done ({change.reason})"
            yield Event(EventKind.APPLIED, f"applied:{made.run}:{change.address}", text)
        elif one.error is None and one.result not in NOT_BEGUN:
            text = f"{change.address}: {change.verb} {one.result}"
            yield Event(EventKind.FAILED, f"failed:{made.run}:{change.address}", text)
