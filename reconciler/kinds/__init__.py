"""What can be managed: one module or package a kind, each with a `KIND`.

To add a kind, write its module and name it in MODULES; nothing else knows kinds by name.
"""

from importlib import import_module

from reconciler.errors import StateError
from reconciler.kinds import workspace
from reconciler.kinds.base import CanAsk, Kind, Managed
from reconciler.model import Action, Address, Call
from reconciler.state import Entry

MODULES = (
    "workspace",
    "mix_layout",
    "mix_stream",
    "live_stream",
    "relay_stream",
    "ingest_stream",
    "render_stream",
)

SETTINGS_KIND: Kind = workspace.KIND
KINDS: dict[str, Kind] = {
    module.KIND.name: module.KIND for module in (import_module(f"{__name__}.{name}") for name in MODULES)
}
# Looked up, as asking a protocol takes longer than all else that is done to a small document.
MANAGED: dict[str, Managed] = {name: kind for name, kind in KINDS.items() if isinstance(kind, Managed)}


def actions() -> dict[tuple[str, str], Action]:
    """Every action that any kind can call, by service and name; a saved plan holds no others."""
    found = (action for kind in MANAGED.values() for action in kind.actions)
    return {(action.service, action.name): action for action in found}


def question(call: Call) -> Call:
    """A call of the same service that changes nothing and is answered if the service answers at all.

    Every service that a kind calls has one: raises KeyError otherwise.
    """
    service = call.action.service
    for kind in MANAGED.values():
        if isinstance(kind, CanAsk) and any(action.service == service for action in kind.actions):
            return kind.question(call)
    raise KeyError(service)


def managed(address: Address, entry: Entry | None = None) -> Managed:
    """The kind of an address; raises StateError where this version cannot plan what is recorded."""
    kind = MANAGED.get(address.kind)
    if kind is None:
        raise StateError(f"{address} is recorded, but {address.kind} is not a kind that is planned")
    if entry is not None and entry.schema_version != kind.version:
        raise StateError(
            f"{address} was recorded under schema version {entry.schema_version} of {kind.name}; "
            f"this version of reconciler knows {kind.version}",
            "use the version that wrote the state, or a newer one",
        )
    return kind
