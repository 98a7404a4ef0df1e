"""Rules across resources, that no resource can see by itself."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from reconciler.kinds import managed
from reconciler.model import Address, Resource, Status

_ON = (Status.RUNNING, Status.PAUSED)


@dataclass(frozen=True, slots=True)
class Clash:
    """Two resources that cannot both run: `what` only one of them can hold."""

    later: Address
    earlier: Address
    what: str


def clashes(resources: Iterable[Resource]) -> list[Clash]:
    """Every push address, robot or session that more than one wanted resource would hold.

    The robot of the one would throw the other's out, for ever and in turns, and so would the
    pushes (reference semantics §1). Resources that are wanted stopped hold nothing.
    """
    holders: dict[str, Address] = {}
    found = []
    for resource in sorted(resources, key=lambda one: one.address):
        if resource.wanted not in _ON:
            continue
        kind = managed(resource.address)
        for key in sorted(kind.occupies(kind.spec.model_validate(resource.spec))):
            earlier = holders.setdefault(key, resource.address)
            if earlier != resource.address:
                found.append(Clash(resource.address, earlier, _words(key)))
    return found


_WORDS: Mapping[str, str] = {
    "push": "pushes to",
    "robot": "brings into its room the robot",
    "render": "pushes the session of",
}


def _words(key: str) -> str:
    word, _, rest = key.partition(" ")
    return f"{_WORDS.get(word, word)} {rest}"
