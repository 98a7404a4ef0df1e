"""How the state stands, told in a plan: missing, never written, or kept under a former name; pure."""

import shlex
from collections.abc import Iterable
from dataclasses import dataclass, replace

from reconciler.backends.snapshots import Snapshot, Standing
from reconciler.model import Address
from reconciler.plan.model import Plan, Refusal
from reconciler.planning.limits import Gate
from reconciler.words import listed

_SHOWN = 3


@dataclass(frozen=True, slots=True)
class Former:
    """Another state, which records what the manifests want to start; `is_own`: it is of this workspace."""

    location: str
    workspace: str
    addresses: tuple[Address, ...]
    is_own: bool = False


@dataclass(frozen=True, slots=True)
class Place:
    """Where the state is and where calls go, in words; and what is asked of a state that was never written.

    `real` tells that calls cost money, `sends` that they are to be sent, `new_state` that the state is meant
    to be a new one.
    """

    location: str = ""
    cloud: str = ""
    real: bool = False
    sends: bool = False
    new_state: bool = False


NOWHERE = Place()


def with_standing(
    plan: Plan, snapshot: Snapshot, place: Place, former: Iterable[Former] = (), *, starts: bool = True
) -> Plan:
    """The plan with how its state stands, and with the refusals and warnings that follow from that.

    `former` are looked at only where no state was ever written; on this machine, where a mistake costs
    nothing, another of the same workspace is only told of. Without `starts` nothing that is not recorded
    is wanted, so that a state may be new.
    """
    refusals, warnings = plan.refusals, plan.warnings
    if snapshot.missing is not None:
        refusals = (Refusal(Gate.STATE, _words(snapshot)), *refusals)
    elif snapshot.standing is Standing.NEW and not place.new_state:
        others = list(former)
        refusing = [one for one in others if place.real or not one.is_own]
        if refusing:
            found = refusing[0]
            refusals = (Refusal(Gate.STATE, _elsewhere(place, found), found.addresses), *refusals)
        elif others:
            warnings = (_elsewhere(place, others[0]), *warnings)
        elif place.real and place.sends and starts:
            refusals = (Refusal(Gate.NEW_STATE, _never(place)), *refusals)
        elif place.real:
            warnings = (_never(place), *warnings)
    return replace(
        plan,
        refusals=refusals,
        warnings=warnings,
        state_location=place.location,
        state_status=str(snapshot.standing),
        cloud=place.cloud,
    )


def _words(snapshot: Snapshot) -> str:
    missing = snapshot.missing
    return f"{missing.message}; {missing.hint}" if missing is not None else ""


def _never(place: Place) -> str:
    return (
        f"no state was ever written at {place.location}, so the tasks running on {place.cloud} are unknown: "
        "if the state is elsewhere, pass it with --state; if there is none yet, add --new-state"
    )


def _elsewhere(place: Place, former: Former) -> str:
    take = f"take over its entries with `reconciler state rebind --from {shlex.quote(former.location)}`"
    ways = (
        f"pass that with --state, or {take}; to use both, add --new-state"
        if former.is_own
        else f"if the workspace was renamed, {take}; if it is a different workspace, add --new-state"
    )
    return (
        f"no state was ever written at {place.location}, but {former.location} of workspace "
        f"{former.workspace} records {listed(list(map(str, former.addresses)), _SHOWN)}; starting would "
        f"interrupt or duplicate running tasks; {ways}"
    )
