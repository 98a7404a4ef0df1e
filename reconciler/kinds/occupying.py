"""What a recorded resource occupies where it runs: what no other one of that cloud can use meanwhile."""

from reconciler.claims import Claim
from reconciler.errors import StateError
from reconciler.kinds.push import is_reference
from reconciler.kinds.records import claims_of, recorded
from reconciler.kinds.workspace.endpoint import SIMULATOR
from reconciler.model import Address, Status, digest
from reconciler.state.model import Entry

_MAY_RUN = (Status.RUNNING, Status.PAUSED, Status.UNCERTAIN)


def occupied(cloud: str, address: Address, entry: Entry) -> dict[str, str]:
    """By digest, in words, all that an entry occupies on a cloud: robots, push addresses, sessions.

    Nothing of what has ended, of a kind that this version does not know, and of an address that is a secret's
    name; and nothing where the cloud is a simulator inside each command, as each state has its own there.
    """
    if entry.status not in _MAY_RUN or cloud == SIMULATOR:
        return {}
    try:
        found = recorded(address, entry)
        specs = [found.spec, *(found.read(spec) for spec in entry.attempted)]
    except StateError:
        return {}
    claims = {claim for spec in specs for claim in claims_of(found.kind, spec).occupies}
    return {_digest(cloud, claim): str(claim) for claim in sorted(claims) if not is_reference(claim)}


def _digest(cloud: str, claim: Claim) -> str:
    return digest("claim", cloud, claim.kind, claim.key)
