"""Rules across resources, that no resource can see by itself."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from reconciler.claims import Claim, ClaimKind, Claims
from reconciler.kinds.feeds import MOST_MIXES, is_feed
from reconciler.kinds.live import stream_name
from reconciler.kinds.records import claims_of
from reconciler.kinds.registration import Registered
from reconciler.kinds.rooms import ALIKE, twin_of, user_words
from reconciler.model import Address, Status
from reconciler.plaintext import masked

_ON = (Status.RUNNING, Status.PAUSED)


@dataclass(frozen=True, slots=True)
class Clash:
    """Two resources that do not go together; one that `warns` is told and stops nothing.

    What is told of the later one is `what`, then the earlier one and its place, then `why`.
    """

    later: Address
    earlier: Address
    what: str
    why: str
    warns: bool = False

    def message(self, place: str) -> str:
        """The message, with the place that the earlier one is declared at."""
        return f"{self.what} {self.earlier} at {place} {self.why}"


@dataclass(frozen=True, slots=True)
class Claimant:
    """A desired resource with what it claims, which is all that the rules look at.

    `brought_back` are the robots that bring its stream back into rooms.
    """

    address: Address
    wanted: Status
    is_switch: bool
    claims: Claims
    distinct: frozenset[Claim] = frozenset()
    brought_back: frozenset[Claim] = frozenset()


def claimant(address: Address, kind: Registered, spec: Any, wanted: Status) -> Claimant:
    """What a resolved spec claims; worked out while the typed spec is at hand."""
    distinct = kind.distinct.distinct(spec) if kind.distinct else frozenset()
    back = kind.brings_back.brought_back(spec) if kind.brings_back else frozenset()
    return Claimant(address, wanted, kind.is_switch, claims_of(kind, spec), distinct, back)


@dataclass(frozen=True, slots=True)
class Ties:
    """What ties a resource to others, as texts: what it has, and what it needs of another that has it."""

    has: frozenset[str] = frozenset()
    needs: frozenset[str] = frozenset()


def ties_of(one: Claimant) -> Ties:
    """All by which a rule across resources, or a plan, could have to do with another one as well."""
    has = one.claims.occupies | one.claims.opens | one.distinct | one.brought_back
    needs = one.claims.needs | {twin for need in one.claims.needs if (twin := twin_of(need)) is not None}
    return Ties(_texts(has), _texts(needs))


def _texts(claims: Iterable[Claim]) -> frozenset[str]:
    """Claims as texts; a live stream also by its name alone, as a forbid goes by that."""
    listed = list(claims)
    names = {f"stream {name}" for one in listed if (name := stream_name(one)) is not None}
    return frozenset({*map(str, listed), *names})


def clashes(resources: Iterable[Claimant]) -> list[Clash]:
    """Everything that two wanted resources cannot both have; what is wanted stopped has nothing."""
    held = sorted(resources, key=lambda one: one.address)
    running = [one for one in held if one.wanted in _ON]
    switches = [one for one in held if one.is_switch]
    return [
        *_held_twice(running),
        *_set_twice(switches),
        *_closed(running, switches),
        *_same_names(running),
        *_twins(running),
        *_left_out_of_mixes(running),
        *_made_twice(running),
        *_mixed_too_often(running),
        *_recorded_twice(running),
    ]


def _held_twice(running: list[Claimant]) -> Iterator[Clash]:
    """Every push address, robot or session that more than one wanted resource would hold.

    The robot of the one would throw the other's out, for ever and in turns, and so would the
    pushes (reference semantics §1).
    """
    holders: dict[Claim, Address] = {}
    for one in running:
        for claim in sorted(one.claims.occupies):
            earlier = holders.setdefault(claim, one.address)
            if earlier != one.address:
                yield Clash(one.address, earlier, f"{_words(claim)}, as", "does: only one of them can run")


def _set_twice(switches: list[Claimant]) -> Iterator[Clash]:
    """Every live stream that is declared more than once."""
    setters: dict[Claim, Address] = {}
    for one in switches:
        for claim in sorted(one.claims.opens):
            earlier = setters.setdefault(claim, one.address)
            if earlier != one.address:
                yield Clash(one.address, earlier, f"{_words(claim)}, as", "does: keep one of them")


def _closed(running: list[Claimant], switches: list[Claimant]) -> Iterator[Clash]:
    """Every push to a live stream that is declared forbidden, or to another of the same name.

    By default a forbid is matched by the stream's name alone (reference semantics §14).
    """
    closed: dict[Claim, Address] = {}
    names: dict[str | None, Address] = {}
    for one in switches:
        for claim in one.claims.opens if one.wanted is Status.FORBIDDEN else ():
            closed.setdefault(claim, one.address)
            names.setdefault(stream_name(claim), one.address)
    for one in running if closed else ():
        for need in sorted(one.claims.needs):
            name = stream_name(need)
            does = "mixes" if need.kind is ClaimKind.FEED else "pushes to"
            if need in closed:
                why = "forbids: every push would be rejected; stop this resource, or allow the stream"
                yield Clash(one.address, closed[need], f"{does} {need.key}, which", why)
            elif name is not None and name in names:
                what = f"{does} {need.key}, whose stream name"
                why = "forbids: by default, the API matches the stream name alone"
                yield Clash(one.address, names[name], what, why, warns=True)


def _same_names(running: list[Claimant]) -> Iterator[Clash]:
    """Every name that should be one resource's own, though nothing documented breaks otherwise."""
    holders: dict[Claim, Address] = {}
    for one in running:
        for claim in sorted(one.distinct):
            if _is_room(claim):
                continue
            earlier = holders.setdefault(claim, one.address)
            if earlier != one.address:
                why = "does: the API expects a unique name per task"
                yield Clash(one.address, earlier, f"{_words(claim)}, as", why, warns=True)


def _twins(running: list[Claimant]) -> Iterator[Clash]:
    """Every user who is shown in one room and brought into that of the other kind with the same digits."""
    brought = {claim: one.address for one in running for claim in sorted(one.claims.opens)}
    for one in running:
        for need in sorted(one.claims.needs):
            twin = None if need in brought else twin_of(need)
            if twin is not None and brought.get(twin, one.address) != one.address:
                why = f"provides {user_words(twin)}: {ALIKE}"
                yield Clash(one.address, brought[twin], f"shows {user_words(need)}, and", why, warns=True)


def _left_out_of_mixes(running: list[Claimant]) -> Iterator[Clash]:
    """Every feedback robot that another stream shows which is itself brought back (semantics §6)."""
    robots = {claim: one.address for one in running for claim in sorted(one.brought_back)}
    for one in running:
        for need in sorted(one.claims.needs & robots.keys()) if one.brought_back else ():
            if robots[need] != one.address:
                why = (
                    "feeds it back with feedBackRooms: mixes that are fed back into rooms leave such robots "
                    "out"
                )
                yield Clash(one.address, robots[need], f"shows {user_words(need)}, and", why, warns=True)


def _made_twice(running: list[Claimant]) -> Iterator[Clash]:
    """Every new stream of a mix that something else pushes, under whatever domain (reference mixes §1)."""
    made = {claim: one.address for one in running for claim in _made(one)}
    for one in running if made else ():
        for claim in sorted(one.claims.opens & made.keys() - _made(one)):
            why = "makes of its inputs: give one of the two streams another name"
            yield Clash(one.address, made[claim], f"pushes to a stream {claim.key}, which", why)


def _made(one: Claimant) -> frozenset[Claim]:
    """The streams that a mix makes, which are no inputs."""
    outputs = {claim.key for claim in one.claims.occupies if claim.kind is ClaimKind.OUTPUT}
    return frozenset(claim for claim in one.claims.opens if is_feed(claim) and claim.key in outputs)


def _mixed_too_often(running: list[Claimant]) -> Iterator[Clash]:
    """Every mix beyond those that a stream can be in at once."""
    mixes: dict[Claim, list[Address]] = {}
    for one in running:
        for need in sorted(filter(is_feed, one.claims.needs)):
            others = mixes.setdefault(need, [])
            if len(others) >= MOST_MIXES:
                why = f"does: a stream can be in at most {MOST_MIXES} mixes at once"
                yield Clash(one.address, others[0], f"mixes {need.key}, as", why)
            others.append(one.address)


def _recorded_twice(running: list[Claimant]) -> Iterator[Clash]:
    """Every room that a stream records as well as a recording of its own: both are billed (recordings §5)."""
    streams = {claim: one.address for one in running for claim in sorted(one.distinct) if _is_room(claim)}
    for one in running if streams else ():
        for need in sorted(filter(_is_room, one.claims.needs & streams.keys())):
            why = "records as well: both recordings are billed; keep one of them"
            yield Clash(one.address, streams[need], "records a room that", why, warns=True)


def _is_room(claim: Claim) -> bool:
    return claim.kind is ClaimKind.ROOM


_WORDS: Mapping[ClaimKind, str] = {
    ClaimKind.PUSH: "pushes to",
    ClaimKind.ROBOT: "uses the robot",
    ClaimKind.NAME: "has a robot named",
    ClaimKind.SESSION: "pushes the session of",
    ClaimKind.LIVE: "sets",
    ClaimKind.FEED: "makes the live stream",
    ClaimKind.MIX: "mixes in the session",
    ClaimKind.OUTPUT: "mixes into the stream",
    ClaimKind.ROOM: "records",
}


def _words(claim: Claim) -> str:
    return f"{_WORDS[claim.kind]} {masked(claim.key)}"
