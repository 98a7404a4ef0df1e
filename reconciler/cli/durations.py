"""How long to wait, as options take it: a number and a unit."""

import re

import click

from reconciler.errors import UsageError

_DURATION = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m|h)")
_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}


def seconds(context: click.Context, parameter: click.Parameter, text: str) -> float:
    """The seconds that a text like 30s means; raises UsageError for any other."""
    match = _DURATION.fullmatch(text)
    if match is None:
        raise UsageError(f"{text!r} is not a duration", "use a number with ms, s, m or h, such as 30s")
    return float(match[1]) * _UNITS[match[2]]
