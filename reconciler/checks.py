"""Rules across resources, that no resource can see by itself."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from reconciler.kinds import MANAGED, managed
from reconciler.kinds.base import CanStart, Distinct, Managed
from reconciler.kinds.live import stream_name
from reconciler.model import Address, Resource, Status

_ON = (Status.RUNNING, Status.PAUSED)
_SWITCHES = frozenset(name for name, kind in MANAGED.items() if not isinstance(kind, CanStart))
_DISTINCT = {name: kind for name, kind in MANAGED.items() if isinstance(kind, Distinct)}


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

    def told(self, place: str) -> str:
        """The message, with the place that the earlier one is declared at."""
        return f"{self.what} {self.earlier} at {place} {self.why}"


@dataclass(frozen=True, slots=True)
class _Held:
    address: Address
    kind: Managed
    spec: Any
    wanted: Status


def clashes(resources: Iterable[Resource]) -> list[Clash]:
    """Everything that two wanted resources cannot both have; what is wanted stopped has nothing."""
    held = [
        _Held(one.address, kind, kind.spec.model_validate(one.spec), one.wanted)
        for one in sorted(resources, key=lambda one: one.address)
        for kind in (managed(one.address),)
    ]
    running = [one for one in held if one.wanted in _ON]
    switches = [one for one in held if one.kind.name in _SWITCHES]
    return [*_held_twice(running), *_set_twice(switches), *_closed(running, switches), *_same_names(running)]


def _held_twice(running: list[_Held]) -> Iterator[Clash]:
    """Every push address, robot or session that more than one wanted resource would hold.

    The robot of the one would throw the other's out, for ever and in turns, and so would the
    pushes (reference semantics §1).
    """
    holders: dict[str, Address] = {}
    for one in running:
        for key in sorted(one.kind.occupies(one.spec)):
            earlier = holders.setdefault(key, one.address)
            if earlier != one.address:
                yield Clash(one.address, earlier, f"{_words(key)}, as", "does: only one of them can run")


def _set_twice(switches: list[_Held]) -> Iterator[Clash]:
    """Every live stream that is declared more than once."""
    setters: dict[str, Address] = {}
    for one in switches:
        for key in sorted(one.kind.opens(one.spec)):
            earlier = setters.setdefault(key, one.address)
            if earlier != one.address:
                yield Clash(one.address, earlier, f"{_words(key)}, as", "does: keep one of them")


def _closed(running: list[_Held], switches: list[_Held]) -> Iterator[Clash]:
    """Every push to a live stream that is declared forbidden, or to another of the same name.

    By default a forbid is matched by the stream's name alone (reference semantics §14).
    """
    closed: dict[str, Address] = {}
    names: dict[str | None, Address] = {}
    for one in switches:
        for key in one.kind.opens(one.spec) if one.wanted is Status.FORBIDDEN else ():
            closed.setdefault(key, one.address)
            names.setdefault(stream_name(key), one.address)
    for one in running if closed else ():
        for need in sorted(one.kind.needs(one.spec)):
            name = stream_name(need)
            if need in closed:
                why = "forbids: it would try in vain for as long as it runs; stop it, or allow the stream"
                yield Clash(one.address, closed[need], f"pushes to {_rest(need)}, which", why)
            elif name is not None and name in names:
                what = f"pushes to {_rest(need)}, which has the name of what"
                why = "forbids: by default a forbid is matched by the stream's name alone"
                yield Clash(one.address, names[name], what, why, warns=True)


def _same_names(running: list[_Held]) -> Iterator[Clash]:
    """Every name that should be one resource's own, though nothing documented breaks otherwise."""
    holders: dict[str, Address] = {}
    for one in running:
        kind = _DISTINCT.get(one.kind.name)
        for key in sorted(kind.distinct(one.spec)) if kind else ():
            earlier = holders.setdefault(key, one.address)
            if earlier != one.address:
                why = "does: the API wants each task's to be its own"
                yield Clash(one.address, earlier, f"{_words(key)}, as", why, warns=True)


_WORDS: Mapping[str, str] = {
    "push": "pushes to",
    "robot": "brings into its room the robot",
    "name": "has a robot of the name",
    "render": "pushes the session of",
    "live": "sets",
}


def _words(key: str) -> str:
    word, _, _ = key.partition(" ")
    return f"{_WORDS.get(word, word)} {_rest(key)}"


def _rest(key: str) -> str:
    return key.partition(" ")[2]
