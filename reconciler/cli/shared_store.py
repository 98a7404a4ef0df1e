"""A state in a database as a command has it: its connection, its clock and its threads, put together."""

import time
import uuid
from collections.abc import Mapping
from pathlib import Path

from reconciler.backends.local.files import PosixFiles
from reconciler.backends.parts import KEEPING, Keeping
from reconciler.backends.postgres.backend import PostgresBackend
from reconciler.backends.postgres.client import Tools
from reconciler.backends.postgres.connecting import connector
from reconciler.backends.postgres.location import Place, is_postgres, parsed, place_of
from reconciler.backends.protocol import StateLocation
from reconciler.backends.spills import SpillFiles
from reconciler.cli.background import boot_time, spawn
from reconciler.cli.environment import current_environment
from reconciler.cli.placing import CONNECTION, VARIABLE
from reconciler.cli.world import conceal_state, occupied, state_home


def postgres_backend(location: StateLocation, keeping: Keeping = KEEPING) -> PostgresBackend:
    """The backend of a place in a database, which keeps so much of runs.

    Raises UsageError for what cannot be connected to.
    """
    variables = current_environment().variables
    place = place_of(location.text, "the state")
    connect = connector(place, _password(place, variables), variables, Path.read_text)
    tools = Tools(boot_time, time.sleep, _token, spawn)
    spills = SpillFiles(PosixFiles(), state_home(variables) / "spill")
    return PostgresBackend(place, connect, tools, conceal_state, spills, occupied, keeping)


def _password(place: Place, variables: Mapping[str, str]) -> str | None:
    """The password that a variable holds for this very server and user; libpq finds others by itself."""
    for name in (CONNECTION, VARIABLE):
        text = variables.get(name, "")
        if is_postgres(text):
            named, password = parsed(text, name)
            if password is not None and named.server == place.server:
                return password
    return None


def _token() -> str:
    return str(uuid.uuid4())
