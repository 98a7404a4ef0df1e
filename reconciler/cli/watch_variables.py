"""Variables of a file that somebody else writes anew, as when a secret is rotated: read before each round."""

from dataclasses import replace
from importlib import import_module

import click

from reconciler.backends.local.regular import Irregular, read_regular
from reconciler.cli.environment import Environment, read_environment
from reconciler.errors import SecretError, UsageError, installing

MAX_VARIABLES_BYTES = 1024 * 1024


def refresh_variables(file: str | None) -> None:
    """Lets the command that runs have the variables of the file, over those that it was started with.

    Raises SecretError for a file that cannot be read.
    """
    context = click.get_current_context().find_root()
    started = context.meta.setdefault("reconciler.started", context.obj)
    before = started if isinstance(started, Environment) else read_environment()
    if file is not None:
        context.obj = replace(before, variables={**before.variables, **_variables(file)})


def _variables(file: str) -> dict[str, str]:
    """What the file sets, in lines of NAME=VALUE, as an EnvironmentFile of systemd has them."""
    try:
        text = read_regular(file, MAX_VARIABLES_BYTES, follow=True).decode()
    except (Irregular, OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "not UTF-8 text"
        raise SecretError(f"--env-file {file}: {reason}", "write NAME=VALUE lines to it") from error
    try:
        parser = import_module("dotenv")
    except ModuleNotFoundError as error:
        raise UsageError(
            "--env-file needs python-dotenv, which is not installed", f"install it with {installing('watch')}"
        ) from error
    stream = import_module("io").StringIO(text)
    found = parser.dotenv_values(stream=stream, interpolate=False)
    return {name: value for name, value in found.items() if value is not None}
