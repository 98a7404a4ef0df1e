"""libpq's service file, as far as it says where a connection goes: libpq tells it only when it is there."""

import os
from collections.abc import Callable, Mapping
from pathlib import Path

Read = Callable[[Path], str]
"""A file's text; raises OSError or ValueError where it cannot be read."""


def service_entries(name: str, variables: Mapping[str, str], read: Read) -> Mapping[str, str]:
    """The parameters that a service has; empty where none is found, and libpq says so then."""
    for path in _files(variables):
        try:
            entries = _section(read(path), name)
        except (OSError, ValueError):
            continue
        if entries is not None:
            return entries
    return {}


def _files(variables: Mapping[str, str]) -> list[Path]:
    own = variables.get("PGSERVICEFILE") or os.path.expanduser("~/.pg_service.conf")
    everybody = variables.get("PGSYSCONFDIR")
    return [Path(own), *([Path(everybody) / "pg_service.conf"] if everybody else [])]


def _section(text: str, name: str) -> dict[str, str] | None:
    """The `key=value` lines below `[name]`; None where there is no such line."""
    found: dict[str, str] | None = None
    for line in map(str.strip, text.splitlines()):
        if line.startswith("["):
            if found is not None:
                break
            found = {} if line == f"[{name}]" else None
        elif found is not None and line and not line.startswith("#"):
            key, _, value = line.partition("=")
            found[key.strip()] = value.strip()
    return found
