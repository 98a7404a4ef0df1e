"""The entry point: finds a command, runs it, and turns whatever happens into an exit code."""

import signal
import sys
from importlib import import_module
from typing import Any

import click

from reconciler import __version__
from reconciler.cli import json_log
from reconciler.cli.collecting import collect_seldom
from reconciler.cli.environment import read_environment
from reconciler.cli.examples import epilog
from reconciler.cli.groups import Group
from reconciler.cli.streams import closed_streams, open_streams
from reconciler.cli.unexpected import raised, refused_by_system
from reconciler.errors import ManifestError, ReconcilerError, UsageError, exhausted
from reconciler.reports.escape import safe

DONE, ERROR, CHANGES, USAGE, INTERRUPTED = 0, 1, 2, 64, 130

PROGRAM, COMPLETE = "reconciler", "_RECONCILER_COMPLETE"
"""The program's name, and the variable by which a shell asks it to complete what was typed."""

COMMANDS = {
    "init": "Create a starter workspace.",
    "validate": "Check manifests; needs no network, credentials or state.",
    "fmt": "Format manifests.",
    "explain": "Explain a kind or field.",
    "plan": "Show what apply would do, and why.",
    "apply": "Apply the changes and record them in the state.",
    "status": "Show what runs, where it goes, since when, and what ends soon.",
    "drift": "Show where the cloud differs from the state.",
    "destroy": "Stop everything recorded in the state.",
    "watch": "Keep streams as declared until stopped, and show them on a page.",
    "fleet": "List, show and drain the workers that share workspaces.",
    "history": "Show who applied what, when, and with what result.",
    "diff": "Compare two sets of manifests for a review.",
    "convert": "Convert raw API requests to manifests.",
    "render": "Render mix layouts as SVG or PNG.",
    "state": "Manage the state: list, show, import, mv, rm, pull, push, unlock, recover, backend.",
    "schema": "Print the JSON Schema of manifests, for editors.",
    "callbacks": "Receive the cloud's events as evidence of what runs.",
    "simulator": "Run a local server that speaks the cloud's API.",
    "completion": "Print a shell completion script.",
}


class LazyGroup(Group):
    """Imports a command's module only when that command is called or asked for its help."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """In the order of a first session."""
        return list(COMMANDS)

    def find(self, name: str) -> click.Command | None:
        """The module's `command`."""
        if name not in COMMANDS:
            return None
        command = import_module(f"reconciler.cli.commands.{name}").command
        assert isinstance(command, click.Command)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The commands with their one line, without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))

    def shell_complete(self, ctx: click.Context, incomplete: str) -> Any:
        """The commands and our own options, without importing the commands."""
        items = import_module("reconciler.cli.completing").command_items(COMMANDS, incomplete)
        return [*items, *click.Command.shell_complete(self, ctx, incomplete)]

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The first session."""
        self.epilog = epilog(())
        super().format_epilog(ctx, formatter)


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__)
@click.option("--debug", is_flag=True, help="Show a traceback on errors.")
def cli(debug: bool) -> None:
    """Declarative control of live streams and mix layouts on Tencent Cloud."""


def main(arguments: list[str] | None = None) -> None:
    """Runs the command line and exits: 0 done, 1 error, 2 changes, 64 usage, 130 interrupted."""
    given = sys.argv[1:] if arguments is None else arguments
    open_streams()
    collect_seldom()
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        code = _guarded(given, debug="--debug" in given)
        if (unwritten := closed_streams()) is not None:
            show_error(unwritten)
            code = code or ERROR
    finally:
        json_log.end()
    sys.exit(code)


def _shown(error: click.ClickException) -> int:
    if isinstance(error, click.exceptions.NoArgsIsHelpError):
        click.echo(error.format_message(), err=True)
    else:
        error.show(sys.stderr)
    return USAGE if isinstance(error, click.UsageError) else ERROR


def _guarded(arguments: list[str], *, debug: bool) -> int:
    try:
        return _code(_called(arguments))
    except click.ClickException as error:
        return _shown(error)
    except (click.Abort, KeyboardInterrupt):
        click.echo("interrupted; everything done so far is kept", err=True)
        return INTERRUPTED
    except BrokenPipeError:
        return ERROR
    except UnicodeEncodeError as error:
        click.echo(f"error: the output has characters that {error.encoding} cannot encode", err=True)
        click.echo("  hint: set PYTHONUTF8=1 or use a UTF-8 locale", err=True)
        return ERROR
    except ReconcilerError as error:
        if debug:
            sys.excepthook(*raised(error))
        show_error(error)
        return USAGE if isinstance(error, UsageError) else ERROR
    except Exception as error:
        if debug:
            raise
        if (words := exhausted(error) or refused_by_system(error)) is not None:
            show_error(words)
            return ERROR
        click.echo(
            f"error: {type(error).__name__}: this is a bug in reconciler; everything done so far is kept",
            err=True,
        )
        click.echo("  hint: run `reconciler --debug COMMAND` and report its output", err=True)
        return ERROR


def _called(arguments: list[str]) -> Any:
    """What the command returns; it finds what it is run in as its context's object."""
    return cli.main(
        arguments,
        prog_name=PROGRAM,
        complete_var=COMPLETE,
        standalone_mode=False,
        obj=read_environment(),
    )


def _code(result: Any) -> int:
    return result if isinstance(result, int) else DONE


def show_error(error: ReconcilerError) -> None:
    """An error on standard error: every problem of a ManifestError, and what to do next."""
    if isinstance(error, ManifestError):
        for problem in error.problems:
            click.echo(f"error: {safe(str(problem))}", err=True)
    click.echo(f"error: {safe(error.message)}", err=True)
    if error.hint:
        click.echo(f"  hint: {error.hint}", err=True)
