"""What other states beside it say of what a plan starts: that it is on its way here, or runs there."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace

from reconciler.backends.parts import Neighbour
from reconciler.errors import StateError
from reconciler.kinds import registered
from reconciler.kinds.robots import is_generated_robot
from reconciler.model import Address, Status, Verb
from reconciler.plan.model import Plan, Refusal
from reconciler.planning.limits import Gate
from reconciler.planning.robots import robots_in
from reconciler.running.moving import departures
from reconciler.state.model import Entry

_ALIVE = (Status.RUNNING, Status.PAUSED, Status.UNCERTAIN)


def with_neighbours(plan: Plan, cloud: str, neighbours: Callable[[], Iterable[Neighbour]]) -> Plan:
    """The plan with a refusal for each start of what another state records; `cloud` is where calls go.

    Other states are read only where anything is started. That they cannot be read is warned of.
    """
    started = {
        change.address: change.entry
        for change in plan.changes
        if change.verb is Verb.START and change.before is None and change.entry is not None
    }
    if not started:
        return plan
    try:
        others = list(neighbours())
    except StateError as error:
        return replace(plan, warnings=(*plan.warnings, f"{error.message}; {error.hint}"))
    found: list[Refusal] = []
    for other in others:
        if other.state.lineage != plan.lineage and other.owner.cloud in ("", cloud):
            found += _coming(other, plan.lineage, started)
            found += _running(other, started)
    return replace(plan, refusals=(*plan.refusals, *found))


def _coming(other: Neighbour, lineage: str, started: Mapping[Address, Entry]) -> Iterator[Refusal]:
    """What a run that did not finish was moving here."""
    for address, departure in departures(other.state).items():
        if departure.lineage == lineage and departure.address in started:
            yield Refusal(
                Gate.STATE,
                f"{departure.address} would be started, but {other.location} records {address}, which an "
                f"unfinished run was moving here: complete the move with `reconciler state mv {address} "
                f"--state {other.location} --to {departure.state}`",
                (departure.address,),
            )


def _running(other: Neighbour, started: Mapping[Address, Entry]) -> Iterator[Refusal]:
    """What runs there by a robot that would be started here, as after its record was moved there."""
    ours = {name: address for address, entry in started.items() for name in _made_names(address, entry)}
    told = set[Address]()
    for address, entry in other.state.entries.items():
        known = _made_names(address, entry) if entry.status in _ALIVE and entry.departure is None else ()
        for mine in {ours[name] for name in known if name in ours} - told:
            told.add(mine)
            yield Refusal(
                Gate.STATE,
                f"starting {mine} would end {address}, which uses the same robot in {other.location} of "
                f"workspace {other.owner.workspace}: if its entry was moved there, remove its document from "
                "these manifests; if both are to run, give this one its own robot (userId)",
                (mine,),
            )


def _made_names(address: Address, entry: Entry) -> Iterable[str]:
    kind = registered(address.kind)
    named = () if kind is None else robots_in(kind.kind.spec, entry.spec)
    return [one.name for one in named if is_generated_robot(one.name)]
