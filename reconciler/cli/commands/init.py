"""`reconciler init`: a workspace to begin with, which plans at once."""

import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from pkgutil import get_data
from shlex import quote
from string import Template
from typing import Any

import click
from pydantic import TypeAdapter, ValidationError

from reconciler.cli.environment import current_environment
from reconciler.errors import UsageError
from reconciler.kinds.fields import Name
from reconciler.kinds.regions import PUBLISH
from reconciler.kinds.sites import Site
from reconciler.kinds.workspace.endpoint import SIMULATOR, SITES
from reconciler.kinds.workspace.place import FOLDER
from reconciler.manifests.converting.writer import is_ambiguous
from reconciler.manifests.loading.header import Header
from reconciler.reports.escape import safe
from reconciler.schema import manifest_schema, schema_text

_REGIONS = {Site.INTERNATIONAL.value: "ap-singapore"}
_REGION = "ap-guangzhou"
_EXAMPLE_APP = 1400188366
"""The application that the vendor's examples have; the simulator takes any."""
_NAMELESS = "streams"
_MANIFESTS, _IGNORE, _SCHEMA = "manifests", ".gitignore", "manifest.schema.json"
_ENVIRONMENTS, _STREAMS = "envs", "streams"
_ENDINGS = (".yaml", ".yml")
Files = Mapping[Path, str]
"""Files below a directory, and what they hold."""


def _checked_name(value: Any) -> str:
    """The text, if a workspace can be called so; raises BadParameter."""
    try:
        return str(TypeAdapter(Name).validate_python(value))
    except ValidationError as error:
        raise click.BadParameter(
            f"{value!r} is not a valid name: use lowercase letters, digits, - and ."
        ) from error


def _name_option(context: click.Context, parameter: click.Parameter, value: str | None) -> str | None:
    return None if value is None else _checked_name(value)


def _environments_option(
    context: click.Context, parameter: click.Parameter, value: str | None
) -> tuple[str, ...]:
    names = [_checked_name(name.strip()) for name in (value or "").split(",") if name.strip()]
    if len(set(names)) < len(names):
        raise click.BadParameter("the same environment twice: name each once")
    if value is not None and not names:
        raise click.BadParameter("no environment: use names such as staging,production")
    return tuple(names)


_APP = click.IntRange(1, 2**32 - 1)
_ENDPOINT, _IN = click.Choice([SIMULATOR, *SITES]), click.Choice(PUBLISH[Site.MAINLAND])


@dataclass(frozen=True, slots=True)
class _Asker:
    """Asks for what no option says; takes the default where nobody can be asked."""

    can_ask: bool

    def __call__(self, given: Any, what: str, default: Any, **how: Any) -> Any:
        """`how` is as click.prompt has it."""
        if given is not None or not self.can_ask:
            return default if given is None else given
        return click.prompt(what, default, err=True, **how)


@click.command("init")
@click.argument("directory", default=".", type=click.Path(path_type=Path, file_okay=False))
@click.option(
    "--name",
    callback=_name_option,
    metavar="NAME",
    help="Name of the workspace (default: the directory's name).",
)
@click.option("--endpoint", type=_ENDPOINT, help="Endpoint for API calls (default: simulator).")
@click.option("--region", type=_IN, metavar="REGION", help="Region for resources without one.")
@click.option("--sdk-app-id", type=_APP, metavar="NUMBER", help="The TRTC application's ID.")
@click.option(
    "--environments",
    callback=_environments_option,
    metavar="NAME,NAME",
    help="A workspace for each of these environments, beside streams that all of them share.",
)
@click.option("--no-input", is_flag=True, help="Do not prompt; use the defaults.")
def command(
    directory: Path,
    environments: tuple[str, ...],
    name: str | None,
    endpoint: str | None,
    region: str | None,
    sdk_app_id: int | None,
    no_input: bool,
) -> int:
    """Create a workspace with an example stream in DIRECTORY (default: the current directory). On a terminal,
    prompts for values that are not given as options. Never overwrites a file.
    """
    beside = (_STREAMS, *(f"{_ENVIRONMENTS}/{one}" for one in environments))
    for folder in beside if environments else (_MANIFESTS,):
        _check_free(directory / folder)
    ask = _Asker(not no_input and current_environment().is_terminal("stdin"))
    name = ask(name, "Name of the workspace", _name_of(directory), value_proc=_checked_name)
    endpoint = ask(endpoint, "Endpoint", SIMULATOR, type=_ENDPOINT)
    region = _region(ask, region, str(endpoint))
    example = _EXAMPLE_APP if endpoint == SIMULATOR else None
    app = ask(sdk_app_id, "TRTC application ID (sdkAppId)", example, type=_APP)
    if app is None:
        raise UsageError(f"{endpoint} needs the ID of your TRTC application", "pass it with --sdk-app-id")
    answers = {"name": str(name), "endpoint": endpoint, "region": region, "sdk_app_id": app}
    files = _shared_files(answers, environments) if environments else _files(answers)
    _write(directory, files, _first_plan(environments))
    return 0


def _files(answers: Mapping[str, Any]) -> Files:
    """A workspace and a stream, in one directory."""
    plain = {**answers, "name": _plain(answers["name"])}
    return {Path(_MANIFESTS, file): _filled(file, plain) for file in ("workspace.yaml", "streams.yaml")}


def _shared_files(answers: Mapping[str, Any], environments: Sequence[str]) -> Files:
    """A workspace for each environment, what differs in the first of them, and the streams of all."""
    files = {Path(_STREAMS, "streams.yaml"): _filled("shared-streams.yaml", answers)}
    for one in environments:
        name = _plain(_checked_name(f"{answers['name']}-{one}"))
        given = {**answers, "name": name, "environment": one}
        files[Path(_ENVIRONMENTS, one, "workspace.yaml")] = _filled("environment.yaml", given)
    first = environments[0]
    files[Path(_ENVIRONMENTS, first, "overrides.yaml")] = _filled("overrides.yaml", {"environment": first})
    return files


def _first_plan(environments: Sequence[str]) -> str:
    paths = f" {_ENVIRONMENTS}/{environments[0]} {_STREAMS}" if environments else ""
    return f"reconciler plan{paths}"


def _region(ask: _Asker, given: str | None, endpoint: str) -> str:
    """The region that is given or asked for; raises UsageError for one that the site does not serve."""
    allowed = PUBLISH.get(endpoint, PUBLISH[Site.MAINLAND])
    usual = _REGIONS.get(endpoint, _REGION)
    region = ask(given, "Region", usual, type=click.Choice(allowed), show_choices=False)
    if region not in allowed:
        raise UsageError(
            f"{endpoint} does not serve streams in {region}", f"choose one of {', '.join(allowed)}"
        )
    return str(region)


def _name_of(directory: Path) -> str:
    """A name like the directory's."""
    plain = re.sub(r"[^a-z0-9.-]+", "-", directory.resolve().name.lower()).strip("-.")[:63].strip("-.")
    return plain or _NAMELESS


def _plain(text: str) -> str:
    """The text as a manifest says it: a name can look like a number."""
    return f'"{text}"' if is_ambiguous(text) else text


def _check_free(folder: Path) -> None:
    """Raises UsageError where manifests are already: a second workspace among them would be refused."""
    try:
        found = sorted(entry for entry in os.listdir(folder) if entry.endswith(_ENDINGS))
    except FileNotFoundError:
        return
    except OSError as error:
        raise UsageError(f"{safe(str(folder))} cannot be read: {error.strerror}") from error
    if found:
        raise UsageError(
            f"{safe(str(folder / found[0]))} already exists; not overwritten",
            f"run `reconciler plan {safe(str(folder))}` to plan it, or choose another directory for a new "
            "workspace",
        )


def _write(directory: Path, files: Files, plan: str) -> None:
    for name, content in files.items():
        _create(directory / name, content)
    beside = {_SCHEMA: schema_text(manifest_schema(Header)), _IGNORE: _template("gitignore")}
    for file, text in beside.items():
        path = directory / file
        if os.path.lexists(path):
            _tell_of(path, text)
        else:
            _create(path, text)
    _make_root(directory)
    here = directory.resolve() == current_environment().working_directory()
    there = "" if here else f"cd {quote(safe(str(directory)))} && "
    click.echo(f"next: {there}{plan}", err=True)


def _make_root(directory: Path) -> None:
    """Makes the directory a project's root, where its state is kept, though git does not know it yet."""
    try:
        (directory / FOLDER).mkdir(mode=0o700, exist_ok=True)
    except OSError as error:
        raise UsageError(f"cannot create {safe(str(directory / FOLDER))}: {error.strerror}") from error


def _tell_of(path: Path, text: str) -> None:
    """What to do about a file that was there before."""
    shown = safe(str(path))
    if path.name == _SCHEMA:
        click.echo(f"{shown} already exists; regenerate it with `reconciler schema > {_SCHEMA}`", err=True)
        return
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    click.echo(f"{shown} already exists; make sure it contains: {', '.join(lines)}", err=True)


def _filled(file: str, answers: Mapping[str, Any]) -> str:
    return Template(_template(file)).substitute(answers)


def _template(file: str) -> str:
    return (get_data("reconciler.cli", f"templates/{file}") or b"").decode()


def _create(path: Path, text: str) -> None:
    """A new file; raises UsageError if something of its name is there."""
    shown = safe(str(path))
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError as error:
        raise UsageError(f"{shown} already exists; not overwritten", "move it elsewhere") from error
    except OSError as error:
        raise UsageError(f"{shown} cannot be written: {error.strerror}") from error
    click.echo(shown)
