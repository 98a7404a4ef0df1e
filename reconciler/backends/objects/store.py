"""What a prefix of a bucket is for: an object says its format, and through which servers it was probed."""

import json
from dataclasses import dataclass, replace

from reconciler.backends.objects.bucket import Rejected
from reconciler.backends.objects.client import Client
from reconciler.backends.objects.failures import strange, told, uninitialised
from reconciler.backends.objects.location import ObjectPlace
from reconciler.errors import StateError
from reconciler.model import canonical_json

FORMAT = 1
"""What this release makes, reads and writes."""

NEEDS = "0.1.0"
"""The release that brought it."""

STORE = "store"


@dataclass(frozen=True, slots=True)
class StoreInfo:
    """The format, the least that one has to know to write, the release that knows it, and what was probed."""

    format: int = FORMAT
    least: int = FORMAT
    needs: str = NEEDS
    probed: tuple[str, ...] = ()

    @property
    def line(self) -> bytes:
        """The line that says it."""
        said = {"format": self.format, "least": self.least, "needs": self.needs, "probed": list(self.probed)}
        return f"{canonical_json(said)}\n".encode()


def read_store(place: ObjectPlace, client: Client) -> tuple[StoreInfo, str] | None:
    """(what the store says of itself, that object's version); None where there is none. Raises StateError."""
    key = f"{place.root}{STORE}"
    with told(place):
        found = client.get(key)
    if found is None:
        return None
    if not found.data:  # what a store has kept of a write that was cut off
        return StoreInfo(), found.version
    try:
        said = json.loads(found.data.rstrip(b"\n").rpartition(b"\n")[2])
        info = StoreInfo(
            int(said["format"]), int(said["least"]), str(said["needs"]), tuple(map(str, said["probed"]))
        )
    except (ValueError, KeyError, TypeError) as error:
        raise strange(place, key, error) from error
    return info, found.version


def known_store(place: ObjectPlace, client: Client) -> tuple[StoreInfo, str]:
    """The same of a store that there is, and that this release knows; raises StateError."""
    found = read_store(place, client)
    if found is None:
        raise uninitialised(place)
    if found[0].least > FORMAT:
        raise StateError(
            f"{place.location}: the store has format {found[0].format}, and this reconciler knows {FORMAT}",
            f"use reconciler {found[0].needs} or later here; nothing was changed",
        )
    return found


def note_probed(place: ObjectPlace, client: Client, server: str) -> None:
    """Notes that the store was probed through a server; raises StateError."""
    key, refused = f"{place.root}{STORE}", ""
    while True:
        info, version = known_store(place, client)
        if server in info.probed:
            return
        with told(place):
            if version == refused:
                raise Rejected(f"{key} cannot be replaced, although nobody else has changed it")
            if client.swap(key, version, replace(info, probed=(*info.probed, server)).line) is not None:
                return
        refused = version


def make_store(place: ObjectPlace, client: Client, server: str) -> None:
    """Says of a prefix that it is for states; one that is there is left as it is. Raises StateError."""
    with told(place):
        client.create(f"{place.root}{STORE}", StoreInfo(probed=(server,)).line)
