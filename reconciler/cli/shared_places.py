"""Places in stores that many share: a workspace in a schema of a database, or below a prefix of a bucket."""

from dataclasses import replace

from reconciler.backends.objects.location import ObjectPlace, is_objects, object_place
from reconciler.backends.postgres.location import Place, is_postgres, parsed, place_of
from reconciler.backends.protocol import StateLocation
from reconciler.errors import UsageError

SharedPlace = Place | ObjectPlace
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
