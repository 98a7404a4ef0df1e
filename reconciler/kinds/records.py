"""A resource as planning sees it: its kind, its validated spec, and what it claims; each worked out once."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from reconciler.claims import Claim, Claims
from reconciler.errors import StateError
from reconciler.kinds import managed
from reconciler.kinds.registration import Registered
from reconciler.model import Address, Resource, Status
from reconciler.state.model import Entry, State

_ALIVE = (Status.RUNNING, Status.PAUSED)


def claims_of(kind: Registered, spec: Any) -> Claims:
    """What a validated spec claims."""
    return Claims(kind.kind.occupies(spec), kind.kind.needs(spec), kind.kind.opens(spec))


@dataclass(frozen=True)
class Recorded:
    """What is recorded of one resource.

    The spec is validated when it is first asked for: of what has not changed nothing asks.
    """

    address: Address
    kind: Registered
    entry: Entry

    @cached_property
    def spec(self) -> Any:
        """The recorded spec, validated; raises StateError where it is none of this version's."""
        return self.read(self.entry.spec)

    @cached_property
    def claims(self) -> Claims:
        """What the recorded spec claims."""
        return claims_of(self.kind, self.spec)

    @cached_property
    def identity(self) -> Claim | None:
        """What a second start of the recorded spec ends the first by; None for a switch."""
        return None if self.kind.starts is None else self.kind.starts.identity(self.spec)

    @property
    def alive(self) -> bool:
        """Whether its task is recorded as running or paused."""
        return self.entry.status in _ALIVE

    def read(self, spec: Mapping[str, Any]) -> Any:
        """Another recorded spec of the same resource, validated: of a late call, or of an update in doubt."""
        try:
            return self.kind.read(spec)
        except ValueError as error:
            raise StateError(
                f"{self.address}: its entry in the state is not a valid {self.kind.name} spec in this "
                "version",
                "use the version of reconciler that wrote the state, or restore an intact state with "
                "`reconciler state push`",
            ) from error

    def with_entry(self, entry: Entry) -> "Recorded":
        """The same resource with another entry; what was worked out of an equal spec is kept."""
        found = Recorded(self.address, self.kind, entry)
        if entry.spec is self.entry.spec:
            known = {
                name: value for name, value in vars(self).items() if name in ("spec", "claims", "identity")
            }
            vars(found).update(known)
        return found

    def identity_of(self, spec: Mapping[str, Any]) -> Claim | None:
        """The identity of another recorded spec; None for a switch."""
        return None if self.kind.starts is None else self.kind.starts.identity(self.read(spec))


@dataclass(frozen=True)
class Desired:
    """What the manifests want of one resource; its spec is validated when it is first asked for."""

    kind: Registered
    resource: Resource

    @property
    def address(self) -> Address:
        """The resource's address."""
        return self.resource.address

    @cached_property
    def spec(self) -> Any:
        """The resolved spec as the kind's model."""
        return self.kind.read(self.resource.spec)

    @cached_property
    def claims(self) -> Claims:
        """What the desired spec claims: mostly worked out when it was read."""
        return self.resource.claims or claims_of(self.kind, self.spec)

    def as_recorded(self, entry: Entry) -> Recorded:
        """An entry of the desired spec, with what was worked out of it."""
        found = Recorded(self.address, self.kind, entry)
        vars(found).update({name: value for name, value in vars(self).items() if name in ("spec", "claims")})
        if (claims := self.resource.claims) is not None:
            vars(found)["claims"] = claims
        return found


def recorded(address: Address, entry: Entry) -> Recorded:
    """What is recorded of a resource, as a value; raises StateError as `kinds.managed` does."""
    return Recorded(address, managed(address, entry), entry)


def records_of(state: State) -> dict[Address, Recorded]:
    """Every record of a state as a value, in the state's order; raises StateError as `kinds.managed` does."""
    return {address: recorded(address, entry) for address, entry in state.entries.items()}
