"""What is wanted at a moment: a resource with a schedule is in its declared state only while that is open."""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from reconciler.kinds.timing import Timing, timing_of
from reconciler.model import Resource, Status
from reconciler.moments import rfc3339

_OTHERWISE: Mapping[Status, Status] = {
    Status.ALLOWED: Status.FORBIDDEN,
    Status.FORBIDDEN: Status.ALLOWED,
}
"""The state of a switch outside its schedule; a task is stopped."""
_TIMES = ("schedule", "protect")


def schedule_of(resource: Resource | None, now: float) -> Timing | None:
    """How a resource's schedule stands at a moment in unix seconds; None without one."""
    return None if resource is None else timing_of(resource.spec, "schedule", now)


def scheduled(resources: Iterable[Resource], now: float) -> list[Resource]:
    """The resources as they are wanted at a moment in unix seconds."""
    return [_scheduled(one, now) for one in resources]


def _scheduled(resource: Resource, now: float) -> Resource:
    timing = schedule_of(resource, now)
    if timing is None or timing.is_open:
        return resource
    return replace(resource, wanted=_OTHERWISE.get(resource.wanted, Status.STOPPED))


def next_change(resources: Iterable[Resource], now: float) -> float | None:
    """When the clock next changes what is wanted, or what may be done of it, in unix seconds; None for never.

    That is where a schedule opens or closes, or a protection ends.
    """
    named = [(name, one.spec) for one in resources for name in _TIMES if name in one.spec]
    timings = ((name, timing_of(spec, name, now)) for name, spec in named)
    changes = (one.changes for name, one in timings if one and (one.is_open or name == "schedule"))
    return min((one for one in changes if one is not None), default=None)


def occasion_of(resource: Resource, now: float) -> str:
    """What an end that is forgotten is of: the declared document, and the time that it is scheduled for."""
    timing = schedule_of(resource, now)
    if timing is None or timing.since is None:
        return resource.digest
    return f"{resource.digest} since {rfc3339(timing.since)}"


def open_words(timing: Timing) -> str:
    """Since when and until when a schedule wants a resource in its declared state."""
    began = "" if timing.since is None else f" since {rfc3339(timing.since)}"
    until = "" if timing.changes is None else f" until {rfc3339(timing.changes)}"
    return f"scheduled{began}{until}"


def closed_words(timing: Timing) -> str:
    """That a schedule does not want it now, and when it does again."""
    if timing.changes is None:
        return "its schedule is over"
    return f"outside its schedule, which begins again at {rfc3339(timing.changes)}"
