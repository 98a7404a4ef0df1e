"""What a round does about what it saw; pure."""

from collections.abc import Mapping

from reconciler.backends.snapshots import Standing
from reconciler.model import Address
from reconciler.planning.limits import Gate
from reconciler.watching.model import Decision, Doing, Seen

SINGLE = frozenset({Gate.IMPACT, Gate.PREVENT, Gate.CLAIMED})
"""Gates that refuse single changes, so that the others can be made without them.

Those that count speak against the plan as a whole: what is left of it after half of the streams went missing
from the manifests is no safer.
"""

BY_HAND = "apply it by hand"


def decide(
    seen: Seen,
    restrained: Mapping[Address, str],
    again_later: frozenset[Address] = frozenset(),
    *,
    confirmed: bool,
) -> Decision:
    """What to do; `confirmed` allows a first state, `restrained` has what is left alone, each with why.

    What is to be tried `again_later` has failed not long ago.
    """
    plan = seen.plan
    if seen.frozen:
        return Decision(Doing.FROZEN, (f"frozen by {seen.frozen}: observed and not touched",))
    if seen.standing is Standing.NEW and plan.changes and not confirmed:
        return Decision(Doing.WAIT, (_first(seen),))
    refused = tuple(f"{one.message}; {BY_HAND}" for one in plan.refusals)
    if any(one.gate not in SINGLE or not one.addresses for one in plan.refusals):
        return Decision(Doing.WAIT, refused)
    changed = {change.address for change in plan.changes}
    kept = {address: why for address, why in restrained.items() if address in changed}
    failed = again_later & changed
    refusing = {address for one in plan.refusals for address in one.addresses}
    held_back = frozenset(refusing | kept.keys() | failed)
    waits = (*refused, *kept.values())
    if changed - held_back or seen.interrupted:
        return Decision(Doing.APPLY, waits, held_back)
    return Decision(Doing.WAIT if waits or failed else Doing.NOTHING, waits, held_back)


def _first(seen: Seen) -> str:
    count = len(seen.plan.changes)
    where = f" at {seen.plan.state_location}" if seen.plan.state_location else ""
    return (
        f"no state was ever written{where}, so what runs already is unknown: {count} "
        f"change{'' if count == 1 else 's'} wait for `reconciler apply --new-state`, or for a watch that is "
        "started with --new-state"
    )
