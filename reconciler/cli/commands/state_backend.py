"""`reconciler state backend`: the store of many states itself, made and looked after by whoever runs it."""

from pathlib import Path

import click

from reconciler.backends.parts import Admin
from reconciler.backends.protocol import Backend, StateLocation
from reconciler.cli.connection import connect
from reconciler.cli.groups import Group
from reconciler.cli.holding import say
from reconciler.cli.main import ERROR
from reconciler.cli.options import paths_argument, state_option
from reconciler.cli.placing import state_given, state_of, store_given, store_of
from reconciler.cli.world import DEFAULT_PATHS, Target, backend_for, read_workspace
from reconciler.cloud.tencentdb import asks, failover_of
from reconciler.errors import UsageError


@click.group("backend", cls=Group)
def group() -> None:
    """Manage the database or bucket that keeps the states of many workspaces."""


@group.command("init")
@paths_argument
@state_option
def init(paths: tuple[str, ...], state_file: StateLocation | None) -> int:
    """Create the store in a database or bucket, after testing it; an existing store is left unchanged."""
    location, _, admin = _store(paths, state_file)
    admin.init()
    say(f"{location} is ready", err=False)
    return 0


@group.command("upgrade")
@paths_argument
@state_option
def upgrade(paths: tuple[str, ...], state_file: StateLocation | None) -> int:
    """Upgrade the store to this version's format; runs of the previous version can continue meanwhile."""
    location, _, admin = _store(paths, state_file)
    done = admin.upgrade()
    for line in done or ["already up to date"]:
        say(f"{location}: {line}", err=False)
    return 0


@group.command("check")
@paths_argument
@state_option
@click.option(
    "--instance",
    metavar="ID",
    help="ID of the store's TencentDB for PostgreSQL instance, such as postgres-1a2b3c4d.",
)
@click.option("--region", metavar="REGION", help="Region of that instance, such as ap-guangzhou.")
def check(
    paths: tuple[str, ...], state_file: StateLocation | None, instance: str | None, region: str | None
) -> int:
    """Show what the store supports and any problems; exit 1 if there are problems.

    A TencentDB instance does not report its replication mode: --instance asks Tencent Cloud for it.
    """
    if (instance is None) != (region is None):
        raise UsageError("--instance and --region must be used together", "pass both, or neither")
    location, backend, admin = _store(paths, state_file)
    for line in _abilities(backend):
        say(f"{location}: {line}", err=False)
    problems = list(admin.check())
    for notice in backend.notices:
        say(f"note: {notice}", err=False)
    loses, words = _at_failover(location, backend, instance, region)
    if loses:
        problems.append(words)
    elif words:
        say(f"{location}: {words}", err=False)
    for problem in problems:
        say(f"problem: {problem}", err=False)
    return ERROR if problems else 0


@group.command("list")
@paths_argument
@state_option
def list_command(paths: tuple[str, ...], state_file: StateLocation | None) -> int:
    """List the workspaces that have a state in the store."""
    for name in _store(paths, state_file)[2].workspaces():
        say(name, err=False)
    return 0


def _store(paths: tuple[str, ...], state_file: StateLocation | None) -> tuple[StateLocation, Backend, Admin]:
    """The store that is named, or that of the manifests; raises UsageError for a file, which is none."""
    given = state_given(state_file)
    if given is None and (paths or Path(DEFAULT_PATHS[0]).exists()):
        given = state_of(read_workspace(paths), None)
    named = given or store_given()
    if named is None:
        raise UsageError(
            "no store specified", "add --state postgresql://HOST/DATABASE or s3://BUCKET/PREFIX, or a PATH"
        )
    location = store_of(named)
    backend = backend_for(location)
    if backend.parts.admin is None:
        raise UsageError(
            f"{location} is a file, which needs no setup",
            "pass a database or a bucket: --state postgresql://HOST/DATABASE or s3://BUCKET/PREFIX",
        )
    return location, backend, backend.parts.admin


def _at_failover(
    location: StateLocation, backend: Backend, instance: str | None, region: str | None
) -> tuple[bool, str]:
    """(whether a failover can lose what was acknowledged, that in words); no words of a store without one.

    `instance` in `region` is asked for at Tencent Cloud, at the endpoint of RECONCILER_ENDPOINT.
    """
    if instance is not None:
        asked = asks(instance, region or "")
        with connect(Target("tencentcloud", location)) as cloud:
            return failover_of(cloud.send(asked, dict(asked.request)))
    if backend.parts.replication is None:
        return False, ""
    found = backend.parts.replication.at_failover()
    return found.loses, found.words


def _abilities(backend: Backend) -> list[str]:
    """What the store can do, in words."""
    can = backend.capabilities
    after = "never" if can.frees_after is None else f"after {can.frees_after:g} s"
    return [
        "rejects writes from a run that has lost its hold"
        if can.fenced
        else "does not reject writes from a run that has lost its hold",
        f"releases the hold of a dead run {after if can.frees_after != 0 else 'immediately'}",
        "shares the API's rate limit among all machines"
        if can.shares_pace
        else "does not share the API's rate limit among machines: calls of parallel applies may be rejected "
        "and retried",
    ]
