"""Writes docs/commands.md: the help of every command, as the command line prints it.

Run from the repository's root: python scripts/commands.py
"""

from collections.abc import Iterator
from pathlib import Path

import click

from reconciler.cli.main import cli

PAGE = Path("docs") / "commands.md"
WIDTH = 100

INTRODUCTION = """\
# Commands

The help of every command. Written by `python scripts/commands.py`; do not edit it by hand.
Which exit codes the commands have is in the [README](../README.md#commands).
"""


def commands(
    command: click.Command, name: str, parent: click.Context | None = None
) -> Iterator[click.Context]:
    """A context of the command and of each below it, without the hidden ones."""
    settings = {**command.context_settings, "terminal_width": WIDTH}
    context = click.Context(command, info_name=name, parent=parent, **settings)
    yield context
    if isinstance(command, click.Group):
        for below in command.list_commands(context):
            one = command.get_command(context, below)
            if one is not None and not one.hidden:
                yield from commands(one, below, context)


def page() -> str:
    """The page's text."""
    parts = [INTRODUCTION]
    for context in commands(cli, "reconciler"):
        parts.append(f"\n## {context.command_path}\n\n```text\n{context.get_help().strip()}\n```\n")
    return "".join(parts)


if __name__ == "__main__":
    PAGE.write_text(page())
