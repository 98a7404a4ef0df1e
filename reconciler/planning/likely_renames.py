"""A stop and a start in one plan of what is likely one resource under another name, and how to say so."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from reconciler.claims import ClaimKind
from reconciler.model import Address, Status, Verb
from reconciler.plan.model import Change, LikelyRename
from reconciler.planning.ordering import Moves
from reconciler.words import listed

_EACH = 3
"""Up to so many are told with a warning each; more with one for all."""

_ALIVE = (Status.RUNNING, Status.PAUSED, Status.UNCERTAIN)
_WORDS: Mapping[ClaimKind, str] = {
    ClaimKind.ROBOT: "robot",
    ClaimKind.SESSION: "session",
    ClaimKind.PUSH: "push address",
}
"""What tells that two are one, the surest first."""

Key = tuple[str, str]
"""A kind, and what of its resources have in common, in words."""


@dataclass(slots=True)
class _Pairing:
    """What stops and what starts, as long as nothing was found to go with it."""

    stops: dict[Address, Change]
    starts: dict[Address, Change]
    found: list[LikelyRename] = field(default_factory=list)

    def pair(self, one: Address, other: Address, shared: str) -> None:
        del self.stops[one], self.starts[other]
        self.found.append(LikelyRename(one, other, shared))


def likely_renames(
    changes: Iterable[Change], moves: Mapping[Address, Moves], declared: frozenset[Address]
) -> tuple[LikelyRename, ...]:
    """Each stop of what is not `declared` any more with the start that takes what it had, if there is one.

    What they share is a robot, a session or a push address, or else a room where nothing else comes or goes.
    """
    made = list(changes)
    stops = {one.address: one for one in made if _leaves(one) and one.address not in declared}
    if not stops:
        return ()
    starts = {one.address: one for one in made if one.verb is Verb.START and one.before is None}
    pairing = _Pairing(stops, starts)
    for kind in _WORDS:
        _pair_by_claims(pairing, moves, kind)
    _pair_by_rooms(pairing)
    return tuple(sorted(pairing.found, key=lambda one: one.former))


def _leaves(change: Change) -> bool:
    return change.verb is Verb.STOP and change.before is not None and change.before.status in _ALIVE


def _pair_by_claims(pairing: _Pairing, moves: Mapping[Address, Moves], kind: ClaimKind) -> None:
    takers = {
        (address.kind, claim.key): address
        for address in pairing.starts
        for claim in sorted(moves[address].takes)
        if claim.kind is kind
    }
    for address in list(pairing.stops):
        keys = sorted(claim.key for claim in moves[address].releases if claim.kind is kind)
        for key in keys:
            taker = takers.get((address.kind, key))
            if taker in pairing.starts and address in pairing.stops:
                pairing.pair(address, taker, f"{_WORDS[kind]} {key}")


def _pair_by_rooms(pairing: _Pairing) -> None:
    stops, starts = (_by_room(one) for one in (pairing.stops, pairing.starts))
    for key in stops.keys() & starts.keys():
        if len(stops[key]) == len(starts[key]) == 1:
            pairing.pair(stops[key][0], starts[key][0], key[1])


def _by_room(changes: Mapping[Address, Change]) -> Mapping[Key, list[Address]]:
    found: dict[Key, list[Address]] = defaultdict(list)
    for address, change in changes.items():
        entry = change.entry if change.verb is Verb.START else change.before
        if entry is not None and "room" in entry.spec:
            words = f"room {entry.spec['room']!r} of application {entry.spec.get('sdkAppId')}"
            found[address.kind, words].append(address)
    return found


def told_of(renames: tuple[LikelyRename, ...]) -> Iterator[str]:
    """The warnings that tell of them, with the two ways to say that they are renames."""
    unneeded = "to avoid the interruption, write"
    if len(renames) > _EACH:
        names = listed([f"{one.former} → {one.address}" for one in renames], _EACH)
        yield (
            f"{len(renames)} resources would stop while others start with what they used: {names}; if one "
            f"was only renamed, {unneeded} its old name into the new manifest, as in `metadata: "
            "{renamedFrom: [OLD]}`, or first run `reconciler state mv KIND/OLD KIND/NEW`"
        )
        return
    for one in renames:
        former, address = one.former, one.address
        yield (
            f"{former} would stop and {address} start with the same {one.shared}; if it was only renamed, "
            f"{unneeded} `renamedFrom: [{former.name}]` below metadata in the manifest of {address}, or run "
            f"`reconciler state mv {former} {address}` before apply"
        )
