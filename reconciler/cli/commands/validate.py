"""`reconciler validate`: reads and checks manifests."""

from dataclasses import replace

import click

from reconciler import __version__
from reconciler.cli.environment import current_environment
from reconciler.cli.main import DONE, ERROR
from reconciler.cli.options import paths_argument
from reconciler.cli.standard_input import read_stdin
from reconciler.cli.world import DEFAULT_PATHS, load_context
from reconciler.errors import ManifestError
from reconciler.manifests.loading.loader import Workspace, load
from reconciler.reports.escape import safe
from reconciler.reports.problems import Checked, problems_json, problems_sarif


@click.command("validate")
@paths_argument
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json", "sarif"]),
    default="text",
    help="Output format; sarif is for services that annotate pull requests.",
)
def command(paths: tuple[str, ...], form: str) -> int:
    """Check the manifests below each PATH (default: manifests). Needs no network, credentials or state. All
    problems are reported at once.
    """
    if form == "text":
        _tell(_read(paths))
        return DONE
    checked = _checked(paths)
    if form == "json":
        click.echo(problems_json(checked), nl=False)
    else:
        click.echo(problems_sarif(checked, current_environment().working_directory(), __version__), nl=False)
    return ERROR if checked.errors else DONE


def _read(paths: tuple[str, ...]) -> Workspace:
    """The manifests, of which nothing is planned; raises ManifestError."""
    return load(paths or DEFAULT_PATHS, read_stdin, replace(load_context(), check=True))


def _tell(workspace: Workspace) -> None:
    for warning in workspace.warnings:
        click.echo(f"warning: {safe(str(warning))}", err=True)
    documents = f"{workspace.count} document{'s' if workspace.count != 1 else ''}"
    click.echo(f"workspace {workspace.name}: {documents}, {len(workspace.resources)} to plan, no problems")


def _checked(paths: tuple[str, ...]) -> Checked:
    """What was found, where that is the result and not an error of ours to tell."""
    try:
        workspace = _read(paths)
    except ManifestError as error:
        return Checked(errors=error.problems)
    return Checked((), workspace.warnings, workspace.name, workspace.count, len(workspace.resources))
