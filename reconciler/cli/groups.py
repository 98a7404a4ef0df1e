"""Groups of commands: what a command's help ends with, and what was meant by a name that is none."""

from collections.abc import Iterable, Mapping
from importlib import import_module

import click

from reconciler.cli.arguments import with_arguments
from reconciler.cli.examples import epilog
from reconciler.words import did_you_mean, nearest

_CLOSE = 0.5


class Group(click.Group):
    """Gives each of its commands its examples, and says what an unknown one may have been meant to be."""

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command, with its arguments and examples in its help."""
        command = self.find(cmd_name)
        if command is not None and command.epilog is None:
            command.epilog = epilog([*ctx.command_path.split()[1:], cmd_name])
            command.help = with_arguments(command)
        if command is not None and ctx.resilient_parsing:
            import_module("reconciler.cli.completing").complete_parameters(command)
        return command

    modules: Mapping[str, tuple[str, str]] = {}
    """The commands that are imported when they are called, by name: a module and the command's name in it."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Those that are imported and those that are not."""
        return sorted({*super().list_commands(ctx), *self.modules})

    def find(self, name: str) -> click.Command | None:
        """The command of that name, imported if need be."""
        if name not in self.modules:
            return self.commands.get(name)
        module, attribute = self.modules[name]
        command = getattr(import_module(module), attribute)
        assert isinstance(command, click.Command)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The command that the arguments begin with; raises UsageError with what may have been meant."""
        name = args[0]
        if not ctx.resilient_parsing and not name.startswith("-") and self.find(name) is None:
            raise click.UsageError(f"No such command {name!r}.{guess(name, self.list_commands(ctx))}", ctx)
        return super().resolve_command(ctx, args)


def guess(word: str, known: Iterable[str]) -> str:
    """` Did you mean …?`, or nothing where none is close."""
    meant = did_you_mean([repr(one) for one in nearest(word, known, _CLOSE)])
    return f" {meant[0].upper()}{meant[1:]}" if meant else ""
