"""Who holds a state, in words."""

from collections.abc import Mapping
from typing import Any


def said_of(holder: Mapping[str, Any]) -> str:
    """A holder in words: its process, machine, command and run."""
    try:
        words = f"process {holder['pid']} on {holder['host']} ({holder['command']}, since {holder['since']}"
    except KeyError:
        return "another run that has not said who it is"
    return f"{words}, run {holder['run']})" if "run" in holder else f"{words})"
