"""What a run is to do, and how it ended: what is kept of it beside its calls."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


@dataclass(frozen=True, slots=True)
class Intended:
    """What a run is to carry out: how many changes of each verb, and the plan's digest."""

    changes: Mapping[str, int] = field(default_factory=dict)
    digest: str = ""


NOTHING_INTENDED = Intended()


class Ending(StrEnum):
    """How a run ended; `unfinished` is one that was killed, or that could not write its state."""

    DONE = "done"
    FAILED = "failed"
    INTERRUPTED = "interrupted"
    UNFINISHED = "unfinished"


@dataclass(frozen=True, slots=True)
class Ended:
    """How a run ended, and how many of its changes ended how."""

    ending: Ending = Ending.DONE
    results: Mapping[str, int] = field(default_factory=dict)


SIMPLY_DONE = Ended()


@dataclass(frozen=True, slots=True)
class End:
    """The last record of a run that is over: no journal has it, only what is kept of the run.

    `at` is RFC 3339 UTC, `serial` that of the state which has what the run did. `by` is the run that
    found this one unfinished and took over what it had done, "" for one that ended by itself.
    """

    at: str
    ended: Ended
    serial: int
    by: str = ""


def end_to_json(end: End) -> dict[str, Any]:
    """The record as it is kept."""
    by = {"by": end.by} if end.by else {}
    results = dict(end.ended.results)
    return {"at": end.at, "ending": str(end.ended.ending), "serial": end.serial, "results": results, **by}


def end_from_json(data: Mapping[str, Any]) -> End:
    """The inverse of end_to_json; raises KeyError, TypeError or ValueError on other shapes."""
    ended = Ended(Ending(data["ending"]), counts_from_json(data["results"]))
    texts = (data["at"], data.get("by", ""))
    if not (all(isinstance(text, str) for text in texts) and isinstance(data["serial"], int)):
        raise TypeError("not the end of a run")
    return End(texts[0], ended, data["serial"], texts[1])


def counts_from_json(data: Any) -> dict[str, int]:
    """How many of each there are; raises TypeError for what says nothing of the kind."""
    if not isinstance(data, dict) or not all(isinstance(count, int) for count in data.values()):
        raise TypeError("expected a count for each result")
    return data
