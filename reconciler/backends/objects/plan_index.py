"""What a plan knows of unchanged manifests, as one object beside a workspace's log."""

from collections.abc import Callable
from dataclasses import dataclass

from reconciler.backends.objects.client import Client
from reconciler.backends.objects.failures import told
from reconciler.backends.objects.location import ObjectPlace
from reconciler.backends.objects.store import known_store

KEY = "plan-index"


@dataclass(frozen=True, slots=True)
class ObjectsPlanIndex:
    """The index of one workspace (a parts.PlanIndex); `client` gives a way to the bucket."""

    place: ObjectPlace
    client: Callable[[], Client]

    def read(self) -> bytes | None:
        """See PlanIndex.read."""
        client = self.client()
        known_store(self.place, client)
        with told(self.place):
            found = client.get(f"{self.place.base}{KEY}")
        return None if found is None else found.data

    def write(self, data: bytes) -> None:
        """See PlanIndex.write."""
        with told(self.place):
            self.client().put(f"{self.place.base}{KEY}", data)
