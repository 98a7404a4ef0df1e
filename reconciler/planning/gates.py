"""What may be done without being asked for by name: how much may stop, what is protected, how grave it is.

A plan that a gate refuses is shown like any other, with the refusals; nothing of it is carried out.
"""

from collections.abc import Iterable, Iterator, Mapping

from reconciler.kinds.timing import timing_of
from reconciler.model import Address, Impact, Status, Verb
from reconciler.moments import rfc3339
from reconciler.plan.model import Change, Refusal
from reconciler.planning.limits import Gate, Limits, Most
from reconciler.state.model import Entry
from reconciler.words import listed

FROM = 10
"""From how many running tasks on a share is looked at: of a few, any is a large one."""
_SHOWN = 5
_ALIVE = (Status.RUNNING, Status.PAUSED, Status.UNCERTAIN)
_INTERRUPTS = {
    Impact.RECONNECT: "reconnect",
    Impact.RESTART: "restart",
    Impact.PAUSE: "pause",
    Impact.STOP: "stop",
}
_PREVENTED = {Verb.STOP: "stop", Verb.PAUSE: "stop", Verb.REPLACE: "restart"}


def refusals(
    changes: Iterable[Change],
    entries: Mapping[Address, Entry],
    limits: Limits,
    now: float,
    beside: int = 0,
) -> tuple[Refusal, ...]:
    """Why the changes are not made without being asked for by name; empty if they are.

    `entries` are all that the state records, also those that the plan leaves out, but for as many running
    tasks `beside` them; `now` in unix seconds.
    """
    listed = list(changes)
    known = beside + sum(entry.status in _ALIVE for entry in entries.values())
    running = known + sum(map(_is_lost, listed))
    counted = (
        (Gate.STOPS, limits.stops, [one for one in listed if _ends(one)]),
        (Gate.REPLACES, limits.replaces, [one for one in listed if _replaces(one) or _is_lost(one)]),
    )
    found = [refusal for case in counted for refusal in _counted(*case, running)]
    found += _prevented(listed)
    found += [] if limits.on_air else on_air(listed, now)
    if limits.max_impact is not None:
        found += too_grave(listed, limits.max_impact)
    return tuple(found)


def on_air(changes: Iterable[Change], now: float) -> Iterator[Refusal]:
    """What would interrupt something that its manifest protects at a moment in unix seconds.

    As its manifest says, or as was recorded: to take a protection back is no way around it.
    """
    for change in changes:
        if _gravity(change).rank < Impact.RECONNECT.rank:
            continue
        entries = [entry for entry in (change.before, change.entry) if entry is not None]
        timings = [timing_of(entry.spec, "protect", now) for entry in entries]
        until = [timing.changes for timing in timings if timing is not None and timing.is_open]
        if until:
            ends = f"until {rfc3339(until[0])}" if until[0] is not None else "for good"
            text = f"{change.address} is protected {ends} (spec.protect), and this would "
            text += f"{_INTERRUPTS[change.impact]} it; add --allow-on-air if this is intended"
            yield Refusal(Gate.ON_AIR, text, (change.address,))


def may_interrupt(change: Change) -> bool:
    """Whether it starts what may run already, which ends that."""
    return change.verb is Verb.START and change.impact is Impact.RESTART


def _is_lost(change: Change) -> bool:
    """Whether what may run already is in no record; a start that is in doubt is one that was asked for."""
    return may_interrupt(change) and change.before is None


def _ends(change: Change) -> bool:
    """Whether it ends a task that runs, or may run; a switch that forbids is not one of them.

    Nor is one that ends with its schedule, which asks for that.
    """
    forbids = change.entry is not None and change.entry.status is Status.FORBIDDEN
    alive = change.before is not None and change.before.status in _ALIVE
    return (
        change.verb is Verb.STOP
        and alive
        and change.impact is Impact.STOP
        and not (forbids or change.scheduled)
    )


def _gravity(change: Change) -> Impact:
    """The impact as the gate sees it: a start interrupts nothing, unless it may end what runs."""
    return Impact.NONE if change.impact is Impact.START else change.impact


def _ends_what_may_run(change: Change) -> bool:
    """Whether a start first ends, by its old name, a task whose own start was never answered."""
    uncertain = change.before is not None and change.before.status is Status.UNCERTAIN
    return change.verb is Verb.START and uncertain and any(step.gone_is_done for step in change.steps)


def _replaces(change: Change) -> bool:
    """Whether it replaces a task; a renewal is asked for by the workspace's window already."""
    return change.verb is Verb.REPLACE and not change.renewal


def _counted(gate: Gate, most: Most, touched: list[Change], running: int) -> Iterator[Refusal]:
    names = tuple(change.address for change in touched)
    words = "stop" if gate is Gate.STOPS else "replace"
    words = "interrupt" if any(map(_is_lost, touched)) else words
    share = len(touched) * 100
    if most.count is not None and len(touched) > most.count:
        tasks = "1 task" if len(touched) == 1 else f"{len(touched)} tasks"
        text = f"it would {words} {tasks}; the limit without --allow is {most.count}"
        yield Refusal(gate, text, names)
    elif most.percent is not None and running >= FROM and share > most.percent * running:
        text = f"it would {words} {len(touched)} of {running} running tasks ({share // running} percent); "
        yield Refusal(gate, f"{text}the limit without --allow is {most.percent} percent", names)


def _prevented(changes: Iterable[Change]) -> Iterator[Refusal]:
    """What a resource forbids to be done to it, as its manifest says, or as was recorded if it has none."""
    for change in changes:
        restarts = _ends_what_may_run(change) or _is_lost(change)
        word = "restart" if restarts else _PREVENTED.get(change.verb)
        if word is None:
            continue
        says = [entry.spec.get("prevent") or () for entry in (change.before, change.entry) if entry]
        if any(word in one for one in says):
            text = f"{change.address} would {word}, which its spec.prevent forbids; "
            text += "remove that from spec.prevent and apply first, then make this change"
            yield Refusal(Gate.PREVENT, text, (change.address,))


def too_grave(changes: Iterable[Change], most: Impact) -> Iterator[Refusal]:
    """What goes further than an impact; a start interrupts nothing, and so always passes."""
    graver = [one for one in changes if _gravity(one).rank > most.rank]
    if graver:
        names = tuple(change.address for change in graver)
        worst = max(map(_gravity, graver), key=lambda impact: impact.rank)
        text = f"{len(graver)} of its changes would exceed the highest allowed impact, {most} (up to {worst})"
        yield Refusal(Gate.IMPACT, f"{text}: {listed(names, _SHOWN)}", names)
