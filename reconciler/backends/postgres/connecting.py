"""How a database is connected to: libpq's parameters, and never unencrypted to another machine."""

import os
from collections.abc import Mapping
from functools import partial
from importlib import import_module
from ipaddress import ip_address
from pathlib import Path
from typing import Any

from reconciler.backends.postgres.database import Connect
from reconciler.backends.postgres.location import Place
from reconciler.backends.postgres.services import Read, service_entries
from reconciler.errors import UsageError, installing

FULL = "verify-full"
_STEADY = {
    "application_name": "reconciler",
    "connect_timeout": "5",
    "keepalives": "1",
    "keepalives_idle": "5",
    "keepalives_interval": "3",
    "keepalives_count": "3",
    "tcp_user_timeout": "10000",
    "target_session_attrs": "primary",
}
"""What a connection has unless its URL says otherwise; a standby is behind, so it is not even read from."""


def connector(place: Place, password: str | None, variables: Mapping[str, str], read: Read) -> Connect:
    """Makes connections to a place; `read` reads libpq's files, `password` is one that a variable holds.

    Raises UsageError for what may not be, and where psycopg is not installed.
    """
    driver = _driver()
    given = parameters(place, variables, read, driver.knows_system_roots())
    secret = {} if password is None else {"password": password}
    return partial(driver.connected, place.server, {**given, **secret})


def parameters(
    place: Place, variables: Mapping[str, str], read: Read, knows_system_roots: bool
) -> dict[str, str]:
    """The parameters that go beside a place's URL; raises UsageError for a TLS mode that checks nothing.

    `knows_system_roots` tells whether libpq can take the roots that the system trusts.
    """
    steady = {key: value for key, value in _STEADY.items() if not place.option(key)}
    service = place.option("service") or variables.get("PGSERVICE", "")
    entries = service_entries(service, variables, read) if service else {}
    if all(map(is_near, _hosts(place, entries, variables))):
        return steady
    mode = place.option("sslmode")
    if mode not in ("", FULL):
        raise UsageError(
            f"{place.location} sets sslmode={mode}, which does not verify the server",
            f"remove it: {FULL} is the default for other machines; set the CA certificate with "
            "sslrootcert=FILE",
        )
    known = place.option("sslrootcert") or entries.get("sslrootcert") or variables.get("PGSSLROOTCERT")
    own = Path(os.path.expanduser("~/.postgresql/root.crt"))
    roots = {} if known or not knows_system_roots or _there(read, own) else {"sslrootcert": "system"}
    return {**steady, "sslmode": FULL, **roots}


def is_near(host: str) -> bool:
    """Whether a host is this machine: a socket's directory, `localhost` or a loopback address."""
    if host.startswith(("/", "@")) or host in ("", "localhost"):
        return True
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def _hosts(place: Place, entries: Mapping[str, str], variables: Mapping[str, str]) -> list[str]:
    """All that a connection may go to, in libpq's order of precedence, names and addresses alike."""
    named = [_without_port(one) for one in place.hosts.split(",")] if place.hosts else []
    queried = place.option("host")
    host = queried or ",".join(named) or entries.get("host") or variables.get("PGHOST", "")
    address = place.option("hostaddr") or entries.get("hostaddr") or variables.get("PGHOSTADDR", "")
    return [*host.split(","), *address.split(",")]


def _without_port(host: str) -> str:
    name, colon, port = host.rpartition(":")
    return name if colon and (port.isdigit() or not port) else host


def _there(read: Read, path: Path) -> bool:
    try:
        return bool(read(path))
    except (OSError, ValueError):
        return False


def _driver() -> Any:
    """The module that knows psycopg; raises UsageError where that is not installed."""
    try:
        return import_module("reconciler.backends.postgres.driver")
    except ImportError as error:
        raise UsageError(
            f"a state in PostgreSQL needs psycopg, which failed to load ({error})",
            f"install it with {installing('postgres')}",
        ) from error
