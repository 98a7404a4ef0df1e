"""A state's place as a path: only here is the text of a location one."""

from pathlib import Path

from reconciler.backends.protocol import StateLocation


def file_location(path: str | Path) -> StateLocation:
    """The location of a state that is kept in a file."""
    return StateLocation(str(Path(path)))


def path_of(location: StateLocation) -> Path:
    """The file of a location, as `file_location` was given it."""
    return Path(location.text)
