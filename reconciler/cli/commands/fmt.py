"""`reconciler fmt`: manifests in the one style."""

import secrets
from collections.abc import Iterator
from difflib import unified_diff
from typing import NamedTuple

import click

from reconciler.addresses.push import without_keys
from reconciler.cli.options import paths_argument
from reconciler.cli.standard_input import read_stdin
from reconciler.errors import ManifestError, Problem, UsageError
from reconciler.manifests.formatting.document import formatted
from reconciler.manifests.formatting.files import Unwritable, replace_text
from reconciler.manifests.loading.sources import Source, find_sources
from reconciler.plaintext import masked_within
from reconciler.reports.escape import safe

_STDIN = "-"


class _Done(NamedTuple):
    """A source and its content in the one style."""

    source: Source
    after: bytes

    @property
    def differs(self) -> bool:
        return self.source.data != self.after


@click.command("fmt")
@paths_argument
@click.option(
    "--check",
    is_flag=True,
    help="Write nothing; list the files that would change, and exit 1 if there are any.",
)
@click.option("--diff", is_flag=True, help="Write nothing; show the changes as a diff.")
def command(paths: tuple[str, ...], check: bool, diff: bool) -> int:
    """Format the manifests below each PATH (default: manifests), and list the changed files. Keys follow the
    order of docs/manifests.md, indented by two spaces, with quotes around text that could be mistaken for
    another type. Values never change, comments stay with their keys, and one-line lists and mappings in
    brackets stay on one line. - formats standard input to standard output.
    """
    if _STDIN in paths and len(paths) > 1:
        raise UsageError("standard input cannot be combined with other paths", "remove - or the other paths")
    problems: list[Problem] = []
    done = [*_formatted(paths or ("manifests",), problems)]
    changed = [one for one in done if one.differs]
    if diff:
        for one in changed:
            click.echo(_difference(one), nl=False)
    elif check:
        for one in changed:
            click.echo(safe(one.source.name))
    else:
        _write(done, problems)
    if problems:
        raise ManifestError(problems)
    return 1 if check and changed else 0


def _formatted(paths: tuple[str, ...], problems: list[Problem]) -> Iterator[_Done]:
    """Every source that is sound; what is wrong with the others goes to the problems."""
    for source in find_sources(paths, read_stdin):
        try:
            yield _Done(source, formatted(source.data, source.name).encode())
        except ManifestError as error:
            problems.extend(error.problems)


def _write(done: list[_Done], problems: list[Problem]) -> None:
    for one in done:
        name = one.source.name
        if name == _STDIN:
            click.echo(one.after, nl=False)
        elif one.differs:
            try:
                replace_text(name, one.source.data, one.after, secrets.token_hex(8))
                click.echo(safe(name))
            except Unwritable as error:
                problems.append(Problem(name, 0, 0, "", str(error)))


def _difference(one: _Done) -> bytes:
    """A unified diff, as bytes: manifests are UTF-8 wherever they are shown; secrets in clear are masked."""
    before, after = (data.decode().splitlines(keepends=True) for data in (one.source.data, one.after))
    lines = unified_diff(before, after, one.source.name, one.source.name)
    ended = (line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in lines)
    return "".join(without_keys(masked_within(line)) for line in ended).encode()
