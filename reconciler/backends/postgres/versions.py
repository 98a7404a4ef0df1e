"""Which versions of a store this release reads and writes: a newer one is refused as an older one is."""

from reconciler.backends.postgres.location import Place
from reconciler.errors import StateError

RELEASES = {1: "0.1.0", 2: "0.2.0", 3: "0.2.0"}
"""The release that brought each version of a store, which is the number of its last migration."""

VERSION = max(RELEASES)
"""The version that this release makes, reads and writes."""


def check_version(place: Place, version: int, least: int, needs: str) -> None:
    """Raises StateError where a store of that version is not one that this release knows.

    `least` is the version that one has to know to do what is to be done, `needs` the release that knows it.
    """
    if least > VERSION:
        raise StateError(
            f"{place.location}: the store has version {version}, but this reconciler supports {VERSION}",
            f"use reconciler {needs} or later here; nothing was changed",
        )
    if version < VERSION:
        raise StateError(
            f"{place.location}: the store has version {version}, but this reconciler needs {VERSION}",
            "upgrade it with `reconciler state backend upgrade`; runners of the previous release keep "
            "working; nothing was changed",
        )
