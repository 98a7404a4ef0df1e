"""Where an input comes from: what a resource that it refers to publishes, by the stream's name alone."""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from reconciler.kinds import KINDS
from reconciler.kinds.base import Fault, Managed, Scope
from reconciler.kinds.feeds import fed_streams
from reconciler.kinds.live import PushTarget
from reconciler.kinds.live_mix.spec import LiveMixSpec, MixInput
from reconciler.model import Address, Path


class Fed(NamedTuple):
    """What a resource publishes: by each stream's name, where that is known, its place on a push domain."""

    streams: Mapping[str, PushTarget | None]

    def only(self) -> str | None:
        """The name, if there is one alone."""
        return next(iter(self.streams)) if len(self.streams) == 1 else None


def source_references(spec: LiveMixSpec) -> Iterator[tuple[Path, Address]]:
    """The resources that inputs come from, each with the path of the reference."""
    for index, one in enumerate(spec.inputs):
        if one.source is not None:
            yield ("inputs", index, "from"), Address.parse(one.source)


def fed_by(source: str, scope: Scope) -> Fed:
    """What a resource publishes."""
    address = Address.parse(source)
    kind = KINDS[address.kind]
    return Fed(fed_streams(kind, scope.specs[address]) if isinstance(kind, Managed) else {})


def with_stream(one: MixInput, at: Path, scope: Scope) -> tuple[MixInput, list[Fault]]:
    """The input with the name of its stream, and what is wrong with where it comes from."""
    if one.source is None:
        return one, [] if one.stream else [Fault(at, "requires stream, its name, or from, what publishes it")]
    if not one.is_stream:
        return one, [
            Fault((*at, "from"), f"an input of type {one.kind} is no stream: remove from, or the type")
        ]
    fed = fed_by(one.source, scope)
    if not fed.streams:
        text = f"{one.source} publishes no stream whose name is known here: set stream instead"
        return one, [Fault((*at, "from"), text)]
    names = ", ".join(sorted(fed.streams))
    if one.stream is not None and one.stream not in fed.streams:
        return one, [Fault((*at, "stream"), f"{one.source} does not publish {one.stream!r}, but {names}")]
    found = one.stream or fed.only()
    if found is None:
        return one, [Fault((*at, "from"), f"{one.source} publishes {names}: set stream to one of them")]
    return one.model_copy(update={"stream": found}), []


def first_place(spec: LiveMixSpec, scope: Scope) -> PushTarget | None:
    """Where the first input is pushed whose place is known: what is made of it may be known there, too."""
    for one in spec.inputs:
        fed = fed_by(one.source, scope).streams if one.source is not None else {}
        found = next((place for name, place in fed.items() if place and one.stream in (None, name)), None)
        if found is not None:
            return found
    return None
