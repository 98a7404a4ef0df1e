"""Places in stores that many share, as a document names them."""

from dataclasses import replace

from reconciler.backends.objects.location import COS, ObjectPlace
from reconciler.backends.postgres.location import Place
from reconciler.cli.shared_places import SharedPlace
from reconciler.errors import UsageError
from reconciler.kinds.workspace.stores import ObjectsStore, PostgresStore

Declared = PostgresStore | ObjectsStore


def declared_place(declared: Declared, connection: SharedPlace | None) -> SharedPlace:
    """What a document names, on the server that `connection`, or else the environment or a service names.

    Raises UsageError where the two are of different sorts, or no bucket is named.
    """
    if isinstance(declared, PostgresStore):
        return _in_database(declared, connection)
    return _in_bucket(declared, connection)


def _in_database(declared: PostgresStore, connection: SharedPlace | None) -> Place:
    if connection is None:
        connection = Place(options=(("service", declared.service),) if declared.service else ())
    if not isinstance(connection, Place):
        raise _differs(declared, connection)
    return replace(connection, schema=declared.schema_) if declared.schema_ else connection


def _in_bucket(declared: ObjectsStore, connection: SharedPlace | None) -> ObjectPlace:
    """What is named outside wins, of the server; of bucket and prefix it is what is left out."""
    if connection is not None and not isinstance(connection, ObjectPlace):
        raise _differs(declared, connection)
    if connection is not None and declared.api not in ("", connection.scheme):
        raise _differs(declared, connection)
    api = declared.api or COS
    if connection is None and declared.bucket is None:
        raise UsageError(
            f"spec.state of the workspace has backend: {declared.backend} but no bucket",
            f"add bucket: NAME, or set RECONCILER_STATE_URL to {api}://BUCKET/PREFIX?region=REGION",
        )
    place = connection or ObjectPlace(api, declared.bucket or "")
    if not place.endpoint:
        place = replace(place, endpoint=(declared.endpoint or "").rstrip("/"))
    place = replace(place, region=place.region or declared.region or "")
    if declared.bucket is None:
        return place if declared.prefix is None else replace(place, prefix=declared.prefix)
    return replace(place, bucket=declared.bucket, prefix=declared.prefix or "")


def _differs(declared: Declared, connection: SharedPlace) -> UsageError:
    return UsageError(
        f"spec.state of the workspace has backend: {declared.backend}, but RECONCILER_STATE_URL is "
        f"{connection.location}",
        "correct one of them, or pass the state with --state",
    )
