"""The name of a mix's session, where the manifest leaves it to us (mixes §1 and §5)."""

from collections.abc import Mapping
from typing import Any

from reconciler.kinds.generated import generated_id, is_generated
from reconciler.model import Address

KEY = "sessionId"


def session_id(workspace: str, address: Address, number: int = 1) -> str:
    """A session's ID that is the same in every run: a digest, as names have `-` and `.`, which it cannot."""
    return generated_id(workspace, str(address), "session", number=number)


class NamesSessions:
    """What the kind knows of the IDs of its making."""

    def made_id(self, spec: Mapping[str, Any]) -> str | None:
        """The session's ID in a spec's JSON, if it is of our making."""
        found = spec.get(KEY)
        return found if isinstance(found, str) and is_generated(found) else None

    def make_id(self, workspace: str, address: Address, number: int) -> str:
        """The session's ID."""
        return session_id(workspace, address, number)

    def with_id(self, spec: Mapping[str, Any], made: str) -> Mapping[str, Any]:
        """The spec's JSON with another ID."""
        return {**spec, KEY: made}
