"""What can be managed: a package a kind, each with a `KIND` in its module `kind`.

To add a kind, write its package and name it in PACKAGES; nothing else knows kinds by name. A kind is
imported when it is first asked for.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING

from reconciler.errors import StateError

if TYPE_CHECKING:  # what kinds can do is imported with the first of them
    from reconciler.calls import Action, Call
    from reconciler.kinds.base import Kind
    from reconciler.kinds.capabilities import Shows
    from reconciler.kinds.registration import Registered
    from reconciler.model import Address
    from reconciler.state.model import Entry

PACKAGES: Mapping[str, str] = {
    "Workspace": "workspace",
    "MixLayout": "mix_layout",
    "MixStream": "mix_stream",
    "LiveStream": "live_stream",
    "RelayStream": "relay_stream",
    "IngestStream": "ingest_stream",
    "RenderStream": "render_stream",
    "LiveMix": "live_mix",
    "PullStream": "pull_stream",
    "Recording": "recording",
    "Override": "override",
}
SETTINGS = "Workspace"
"""The kind that holds the settings of a set of manifests."""
OVERRIDE = "Override"
"""The kind that sets fields of other documents."""


class _Kinds(Mapping[str, "Kind"]):
    """Every kind by its name, imported when it is looked up."""

    def __getitem__(self, name: str) -> Kind:
        return _kind(name)

    def __contains__(self, name: object) -> bool:
        return name in PACKAGES

    def __iter__(self) -> Iterator[str]:
        return iter(PACKAGES)

    def __len__(self) -> int:
        return len(PACKAGES)


@cache
def _kind(name: str) -> Kind:
    kind: Kind = import_module(f"{__name__}.{PACKAGES[name]}.kind").KIND
    return kind


KINDS: Mapping[str, Kind] = _Kinds()


@cache
def registered(name: str) -> Registered | None:
    """The kind of that name with its capabilities; None if there is none whose resources are planned."""
    kind = KINDS[name] if name in PACKAGES else None
    able = import_module(f"{__name__}.registration")
    return able.register(kind) if isinstance(kind, able.Managed) else None


@cache
def shows(name: str) -> Shows | None:
    """The kind of that name as one that has a picture, whether its resources are planned or not."""
    kind = KINDS[name] if name in PACKAGES else None
    return kind if isinstance(kind, import_module(f"{__name__}.capabilities").Shows) else None


@cache
def registry() -> Mapping[str, Registered]:
    """Every kind whose resources are planned, by its name."""
    found = {name: registered(name) for name in PACKAGES}
    return {name: kind for name, kind in found.items() if kind is not None}


@cache
def actions() -> Mapping[tuple[str, str], Action]:
    """Every action that any kind can call, by service and name; a saved plan holds no others."""
    found = (action for one in registry().values() for action in one.kind.actions)
    return {(action.service, action.name): action for action in found}


class _Actions(Mapping[tuple[str, str], "Action"]):
    """The same, for which no kind is imported until one is looked up."""

    def __getitem__(self, names: tuple[str, str]) -> Action:
        return actions()[names]

    def __iter__(self) -> Iterator[tuple[str, str]]:
        return iter(actions())

    def __len__(self) -> int:
        return len(actions())


ACTIONS: Mapping[tuple[str, str], Action] = _Actions()


def question(call: Call) -> Call:
    """A call of the same service that changes nothing and is answered if the service answers at all.

    Every service that a kind calls has one: raises KeyError otherwise. The kind of the call goes first, as
    what a question says may be taken from it.
    """
    service, asking = call.action.service, [one for one in registry().values() if one.asks is not None]
    own = [one for one in asking if any(action.name == call.action.name for action in one.kind.actions)]
    for one in (*own, *asking):
        if one.asks is not None and any(action.service == service for action in one.kind.actions):
            return one.asks.question(call)
    raise KeyError(service)


def managed(address: Address, entry: Entry | None = None) -> Registered:
    """The kind of an address; raises StateError where this version cannot plan what is recorded."""
    found = registered(address.kind)
    if found is None:
        raise StateError(f"{address} is in the state, but {address.kind} is not a kind that can be planned")
    if entry is not None and entry.schema_version != found.kind.version:
        raise StateError(
            f"{address} was recorded with schema version {entry.schema_version} of {found.name}; this "
            f"version of reconciler supports {found.kind.version}",
            "use the version that wrote the state, or a newer one",
        )
    return found
