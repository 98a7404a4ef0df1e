"""`reconciler convert`: the raw API requests of existing scripts as manifests."""

from collections.abc import Iterable, Iterator

import click

from reconciler.backends.local.regular import read_regular
from reconciler.cli.environment import current_environment
from reconciler.errors import UsageError
from reconciler.kinds.converting.reading import QUOTED_FIELDS
from reconciler.manifests.converting.converter import Remark, convert, is_name
from reconciler.manifests.converting.requests import RawRequest, read_requests
from reconciler.manifests.converting.writer import write_documents
from reconciler.manifests.reading.guard import MAX_FILE_BYTES
from reconciler.reports.escape import safe

_SHOWN = 100


@click.command("convert")
@click.argument("files", nargs=-1, required=True, metavar="REQUEST...")
@click.option("--action", metavar="NAME", help="The action, for bare request bodies.")
@click.option("--name", metavar="NAME", help="The document's name; only with a single request.")
@click.option("--workspace", is_flag=True, help="Also write a matching workspace document.")
def command(files: tuple[str, ...], action: str | None, name: str | None, workspace: bool) -> int:
    """Convert the raw API requests in each REQUEST file (- for standard input) to manifests.

    A file holds {"action": …, "request": {…}} objects, as a list or one per line, or bare bodies with
    --action; host, region and version next to them are read too. It can also hold requests as text, as
    printed in the API's documentation. The manifests go to standard output; starting what one declares sends
    the same request again. All problems are reported at once; if there are any, nothing is written.
    """
    if name is not None and not is_name(name):
        raise UsageError(f"{name!r} is not a valid name", "use lowercase letters, digits, - and .")
    problems: list[Remark] = []
    requests = [one for file in files for one in _requests(file, action, problems)]
    if name is not None and len(requests) > 1:
        raise UsageError(f"--name needs exactly one request; found {len(requests)} requests", "remove --name")
    now = current_environment().clock()
    converted = convert(requests, name, workspace=workspace, now=now)
    problems = sorted([*problems, *converted.problems], key=lambda one: (files.index(one.file), one.line))
    if problems:
        _tell("error", problems[:_SHOWN])
        count = f"{len(problems)} problem{'s' if len(problems) != 1 else ''} in the requests"
        click.echo(f"error: {count}; nothing was written", err=True)
        return 1
    _tell("warning", converted.warnings)
    # Manifests are UTF-8, whatever a terminal's encoding is.
    click.echo(write_documents(converted.documents, QUOTED_FIELDS).encode(), nl=False)
    return 0


def _requests(file: str, action: str | None, problems: list[Remark]) -> Iterator[RawRequest]:
    try:
        data = _content(file)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "not a valid path"
        problems.append(Remark(file, 0, "", (), f"cannot be read: {reason}"))
        return
    yield from read_requests(
        data, file, action, lambda line, path, text: problems.append(Remark(file, line, "", path, text))
    )


def _content(file: str) -> bytes:
    """At most one byte more than is allowed of standard input; raises OSError for what is no regular file."""
    if file == "-":
        return current_environment().read_stdin(MAX_FILE_BYTES + 1)
    return read_regular(file, MAX_FILE_BYTES, follow=True)


def _tell(word: str, all_told: Iterable[Remark]) -> None:
    for one in all_told:
        click.echo(f"{word}: {safe(str(one))}", err=True)
