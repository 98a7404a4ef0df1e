"""Who holds a state, in words."""

from collections.abc import Iterator, Mapping
from typing import Any


def said_of(holder: Mapping[str, Any]) -> str:
    """A holder in words: its process, machine, command and run."""
    try:
        words = f"process {holder['pid']} on {holder['host']} ({holder['command']}, since {holder['since']}"
    except KeyError:
        return "another run (it has not identified itself yet)"
    words = f"{words}, run {holder['run']})" if "run" in holder else f"{words})"
    return ", ".join([words, *_also_said(holder)])


def _also_said(holder: Mapping[str, Any]) -> Iterator[str]:
    """Its user, and the run of a pipeline that it is part of."""
    pipeline = holder.get("pipeline")
    if not isinstance(pipeline, Mapping):
        yield from [f"user {holder['user']}"] if "user" in holder else []
        return
    said = (str(pipeline.get(name, "")) for name in ("service", "run", "url"))
    by = f"by {pipeline['user']}" if "user" in pipeline else ""
    yield " ".join(filter(None, [*said, by]))
