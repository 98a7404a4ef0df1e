"""`reconciler watch`: keeps streams as declared until it is stopped; freezes and unfreezes a workspace."""

from dataclasses import replace
from importlib import import_module
from typing import Any

import click

from reconciler.backends.local.regular import Irregular, read_regular
from reconciler.backends.protocol import StateLocation
from reconciler.cli.durations import seconds
from reconciler.cli.groups import Group
from reconciler.cli.holding import say
from reconciler.cli.json_log import log_format_option
from reconciler.cli.options import (
    Consent,
    kept_option,
    new_state_option,
    paths_argument,
    plain_http_option,
    state_option,
)
from reconciler.cli.origin import user_name
from reconciler.cli.outages import outage_timeout_option
from reconciler.cli.state_shared import Which, held_for, is_begun, no_state, which_state, writing_options
from reconciler.cli.world import now_text
from reconciler.errors import SecretError, UsageError, installing
from reconciler.model import Impact

LEAST_INTERVAL = 5.0
"""Seconds between two rounds: each takes its share of the pace that an apply needs."""
MAX_TOKEN_BYTES = 4096
MOST_ROUNDS = 64
"""Rounds of a worker at a time: each has up to 16 threads for its calls."""
_RUN = "run"


class WatchGroup(Group):
    """What is no command of its own is a path of the manifests to watch."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Has `watch` and `watch --OPTION…` mean `watch run …`."""
        if not args or (args[0].startswith("-") and args[0] not in ("-h", "--help")):
            args = [_RUN, *args]
        return super().parse_args(ctx, args)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Has `watch PATH…` mean `watch run PATH…`."""
        given = args if args[0] in self.commands or ctx.resilient_parsing else [_RUN, *args]
        return super().resolve_command(ctx, given)


@click.group("watch", cls=WatchGroup)
def command() -> None:
    """Keep streams as declared until stopped, and show them on a page; freeze and unfreeze a workspace.

    `reconciler watch [PATH]...` is `reconciler watch run [PATH]...`.
    """


def _listen(ctx: click.Context, parameter: click.Parameter, text: str) -> tuple[str, int]:
    """(host, port); ("", 0) for `none`."""
    if text == "none":
        return "", 0
    host, colon, port = text.rpartition(":")
    if not colon or not (port.isascii() and port.isdigit() and int(port) <= 65535) or not host:
        raise UsageError(
            f"--listen {text!r} is not an address", "use HOST:PORT such as 127.0.0.1:9528, or none"
        )
    return host.removeprefix("[").removesuffix("]"), int(port)


def _proxies(ctx: click.Context, parameter: click.Parameter, texts: tuple[str, ...]) -> tuple[str, ...]:
    try:
        found: frozenset[str] = import_module("reconciler.watching.access").proxies_of(texts)
    except ValueError as error:
        raise UsageError(f"--proxy: {error}", "use an IP address such as 10.0.0.5") from error
    return tuple(sorted(found))


def _interval(ctx: click.Context, parameter: click.Parameter, text: str) -> float:
    found = seconds(ctx, parameter, text)
    if found < LEAST_INTERVAL:
        raise UsageError(
            f"--interval {text} is too short", f"use {LEAST_INTERVAL:g}s or more: each round asks the cloud"
        )
    return found


@command.command(_RUN)
@paths_argument
@state_option
@kept_option
@plain_http_option
@outage_timeout_option
@log_format_option
@new_state_option
@click.option(
    "--max-impact",
    type=click.Choice(["none", "reconnect", "restart"]),
    help="Leave changes with a higher impact than this for an apply by hand.",
)
@click.option(
    "--interval",
    default="30s",
    show_default=True,
    metavar="TIME",
    callback=_interval,
    help="How long to wait between two rounds; at least 5s. Changed files and callbacks start one at once.",
)
@click.option(
    "--listen",
    default="127.0.0.1:9528",
    show_default=True,
    metavar="HOST:PORT",
    callback=_listen,
    help="Serve the page, /healthz, /readyz and /metrics there; none serves nothing.",
)
@click.option(
    "--token-file",
    metavar="FILE",
    help="Serve only to requests with the token in this file (or in RECONCILER_WATCH_TOKEN).",
)
@click.option(
    "--proxy-header",
    default="",
    metavar="NAME",
    help="Serve requests with this header, which a reverse proxy sets for users that it knows.",
)
@click.option(
    "--proxy",
    "proxies",
    multiple=True,
    metavar="ADDRESS",
    callback=_proxies,
    help="The IP address of that proxy (repeatable); default: this machine's.",
)
@click.option(
    "--env-file",
    "variables",
    metavar="FILE",
    help="Read variables such as keys from this file before each round; with --fleet, {account} and "
    "{workspace} in its name stand for the workspace's label `account` and its name.",
)
@click.option(
    "--fleet",
    metavar="DIR",
    help="Share the workspaces in DIR, a directory each, through a database; PATH is part of each of them.",
)
@click.option(
    "--worker", default="", metavar="NAME", help="With --fleet: this worker's name; default: HOST-PID."
)
@click.option(
    "--rounds",
    type=click.IntRange(1, MOST_ROUNDS),
    default=8,
    show_default=True,
    help="With --fleet: how many workspaces to have at a time.",
)
def run(
    paths: tuple[str, ...],
    state_file: StateLocation | None,
    kept: bool,
    plain_http: bool,
    outage: float,
    new_state: bool,
    max_impact: str | None,
    interval: float,
    listen: tuple[str, int],
    token_file: str | None,
    proxy_header: str,
    proxies: tuple[str, ...],
    variables: str | None,
    fleet: str | None,
    worker: str,
    rounds: int,
) -> int:
    """Keep streams as the manifests declare them until stopped by SIGTERM (exit 0) or Ctrl-C (exit 130).

    Each round reads manifests, state and cloud, and applies what the gates allow; the rest is told and waits
    for an apply by hand. Manifests that do not validate leave the last good ones in force.
    """
    if worker and fleet is None:
        raise UsageError("--worker needs --fleet", "add --fleet DIR, or remove it")
    if "-" in paths:
        raise UsageError("watch cannot read manifests from standard input", "pass files or directories")
    watching = _module("watching")
    consent = Consent(max_impact=Impact(max_impact) if max_impact else None)
    watched = watching.Watched(paths, state_file, kept, plain_http, consent, outage, new_state, variables)
    access = watching.access_of(token_file, proxy_header, proxies, _token)
    listening = watching.Listening(*listen, access)
    if fleet is None:
        code: int = watching.watch(watched, interval, listening)
        return code
    shared = _module("fleet")
    options = shared.FleetOptions(fleet, worker, rounds, interval)
    done: int = shared.work_in_fleet(options, watched, listening)
    return done


@command.command("freeze")
@paths_argument
@writing_options
@click.option("--reason", default="", help="Why, for those who look.")
def freeze(paths: tuple[str, ...], state_file: StateLocation | None, patience: float, reason: str) -> int:
    """Have every watch of the workspace observe it and touch nothing, until it is unfrozen.

    An apply by hand is not kept from anything. The label `watch: frozen` of the Workspace document does the
    same.
    """
    words = f"{user_name()} at {now_text()}" + (f": {reason}" if reason else "")
    return _freeze(which_state(paths, state_file), patience, words)


@command.command("unfreeze")
@paths_argument
@writing_options
def unfreeze(paths: tuple[str, ...], state_file: StateLocation | None, patience: float) -> int:
    """Have watches of the workspace keep it as declared again."""
    return _freeze(which_state(paths, state_file), patience, "")


def _freeze(which: Which, patience: float, words: str) -> int:
    with held_for(which, "freeze" if words else "unfreeze", patience) as held:
        if not is_begun(held.snapshot):
            raise no_state(which)
        before = held.state.frozen
        if bool(before) is not bool(words):
            held.recover()
            held.finish(replace(held.state, frozen=words))
    if words:
        say(f"already frozen by {before}" if before else f"frozen by {words}", err=False)
    else:
        say(f"unfrozen; it was frozen by {before}" if before else "it was not frozen", err=False)
    return 0


def _token(file: str) -> str:
    try:
        text = read_regular(file, MAX_TOKEN_BYTES, follow=True).decode().strip()
    except (Irregular, OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "not UTF-8 text"
        raise SecretError(f"--token-file {file}: {reason}", "write the token to it, on one line") from error
    if not text:
        raise SecretError(f"--token-file {file}: it is empty", "write the token to it, on one line")
    return text


def _module(name: str) -> Any:
    """A module of this room that needs what is installed for a watch."""
    try:
        return import_module(f"reconciler.cli.{name}")
    except ModuleNotFoundError as error:
        if error.name is None or error.name.startswith("reconciler"):
            raise
        raise UsageError(
            f"watch needs {error.name}, which is not installed", f"install it with {installing('watch')}"
        ) from error
