"""The store itself: made, and looked at. Its owner asks for this, and no run does."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from urllib.parse import unquote

from reconciler.backends.objects.bucket import Bucket
from reconciler.backends.objects.client import Client
from reconciler.backends.objects.failures import told
from reconciler.backends.objects.location import COS, WORKSPACES, ObjectPlace
from reconciler.backends.objects.probe import probed
from reconciler.backends.objects.store import FORMAT, known_store, make_store, note_probed, read_store
from reconciler.errors import StateError

TRIED = ("SeaweedFS", "moto")
"""The stores that the tests of this release run on."""

_LACKS = (
    "unlike a database, a bucket has no rate limit shared among machines, no work queue, and no claims "
    "across workspaces on what only one of them can use, such as a push address"
)


@dataclass(frozen=True, slots=True)
class ObjectsAdmin:
    """One prefix of a bucket (a parts.Admin); `server` is through what it is reached, `notices` are told."""

    place: ObjectPlace
    bucket: Bucket
    client: Callable[[], Client]
    server: str
    notices: list[str]

    def init(self) -> None:
        """See parts.Admin.init: the store is probed first; refused where it does not keep what it says."""
        client = self.client()
        if read_store(self.place, client) is not None:
            known_store(self.place, client)
        probed(self.place, self.bucket, client.tools.token())
        make_store(self.place, client, self.server)
        note_probed(self.place, client, self.server)

    def upgrade(self) -> Sequence[str]:
        """See parts.Admin.upgrade: there is one format so far."""
        info, _ = known_store(self.place, self.client())
        assert info.format >= FORMAT
        return []

    def check(self) -> Sequence[str]:
        """See parts.Admin.check: the store is probed."""
        client = self.client()
        known_store(self.place, client)
        self.notices.extend([_LACKS, self._unverified()])
        try:
            probed(self.place, self.bucket, client.tools.token())
        except StateError as error:
            return [error.message]
        return []

    def workspaces(self) -> Sequence[str]:
        """See parts.Admin.workspaces."""
        return workspaces(self.place, self.client())

    def _unverified(self) -> str:
        if self.place.scheme == COS:
            return (
                "unverified: appends to Tencent COS follow its documentation, and were tested only against "
                "an emulator; the probe shows how COS behaves here"
            )
        return (
            f"unverified, unless this is one of {', '.join(TRIED)}: no other store was tested with this "
            f"release; the probe shows how it behaves here"
        )


def workspaces(place: ObjectPlace, client: Client) -> list[str]:
    """The workspaces that have written anything below a prefix; raises StateError."""
    known_store(place, client)
    root = f"{place.root}{WORKSPACES}"
    with told(place):
        return sorted(unquote(folder.removeprefix(root).rstrip("/")) for folder in client.folders(root))
