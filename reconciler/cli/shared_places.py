"""Places in stores that many share: a workspace in a schema of a database, or below a prefix of a bucket."""

from dataclasses import replace

from reconciler.backends.objects.location import COS, ObjectPlace, is_objects, object_place
from reconciler.backends.postgres.location import Place, is_postgres, parsed, place_of
from reconciler.backends.protocol import StateLocation
from reconciler.errors import UsageError
from reconciler.kinds.workspace.place import ObjectsStore, PostgresStore

SharedPlace = Place | ObjectPlace
Declared = PostgresStore | ObjectsStore
_OF_A_SERVER = ("endpoint", "region", "addressing")


def is_shared(text: str) -> bool:
    """Whether a text names a place in a store that many share."""
    return is_postgres(text) or is_objects(text)


def shared_place(text: str, by: str) -> SharedPlace:
    """The place that a URL names, without a password; `by` is what it stands in. Raises UsageError."""
    return object_place(text, by) if is_objects(text) else place_of(text, by)


def place_in_variable(text: str, by: str) -> SharedPlace:
    """The same of a variable, whose URL may hold a password: it is no part of the place."""
    return object_place(text, by) if is_objects(text) else parsed(text, by)[0]


def place_at(location: StateLocation) -> SharedPlace:
    """The place that a location of such a store says."""
    return shared_place(location.text, "the state")


def declared_place(declared: Declared, connection: SharedPlace | None) -> SharedPlace:
    """What a document names, on the server that `connection`, or else the environment or a service names.

    Raises UsageError where the two are of different sorts, or no bucket is named.
    """
    if isinstance(declared, PostgresStore):
        return _in_database(declared, connection)
    return _in_bucket(declared, connection)


def on_connection(planned: SharedPlace, connection: SharedPlace) -> SharedPlace:
    """The state that a saved plan names, on the server that is named outside it; raises UsageError."""
    if isinstance(planned, Place) and isinstance(connection, Place):
        return replace(connection, schema=planned.schema, workspace=planned.workspace)
    if isinstance(planned, ObjectPlace) and isinstance(connection, ObjectPlace):
        on = replace(planned, **{name: getattr(connection, name) for name in _OF_A_SERVER})
        if planned.scheme == connection.scheme:
            return on
    raise UsageError(
        f"the plan was made for {planned.location}, but RECONCILER_STATE_URL is {connection.location}",
        "set it to its value when the plan was made, or pass the state with --state",
    )


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
