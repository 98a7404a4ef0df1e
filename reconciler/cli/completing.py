"""What can stand at a parameter, for a shell that completes it; imported only when one asks.

Parameters are known by what they are called in the help, whichever command they belong to.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from importlib import import_module
from typing import Any

import click
from click.shell_completion import CompletionItem
from click.types import StringParamType

from reconciler.errors import ManifestError
from reconciler.manifests.loading.sources import Source, find_sources
from reconciler.manifests.reading.reader import read_documents

MAX_COMPLETED_BYTES = 4 * 1024 * 1024
"""Of manifests that are read for a completion; what stands behind them is not offered."""
_USUAL = ("manifests",)

Completes = Callable[[click.Context, str], Iterable[CompletionItem]]


def complete_parameters(command: click.Command) -> None:
    """Has the command's parameters complete what they take, where click does not know it."""
    for parameter in command.params:
        if isinstance(parameter.type, StringParamType):
            called = parameter.metavar or parameter.human_readable_name.upper()
            found = next((one for word, one in _BY_WORD.items() if word in called), None)
            parameter.type = parameter.type if found is None else _Completing(found)


def command_items(commands: Mapping[str, str], incomplete: str) -> list[CompletionItem]:
    """The commands that begin as what was typed does, with what each is."""
    return [CompletionItem(name, help=text) for name, text in commands.items() if name.startswith(incomplete)]


class _Completing(StringParamType):
    """A text that can be completed."""

    def __init__(self, completes: Completes) -> None:
        self._completes = completes

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        """What may stand here and begins as what was typed does."""
        return list(self._completes(ctx, incomplete))


def _addresses(ctx: click.Context, incomplete: str) -> list[CompletionItem]:
    """Those of the documents below the paths that were typed."""
    return _items(_declared(ctx, _address), incomplete)


def _labels(ctx: click.Context, incomplete: str) -> list[CompletionItem]:
    """`LABEL=VALUE` of the same documents."""
    return _items(_declared(ctx, _labels_of), incomplete)


def _declared(ctx: click.Context, words_of: Callable[[Mapping[str, Any]], Iterable[str]]) -> set[str]:
    """What is read off the documents below the paths that were typed; of a broken file, before the break."""
    # Behind an option that has no value yet, click has not told apart yet what stands before it.
    paths = [path for path in ctx.params.get("paths") or ctx.args or _USUAL if path != "-"]
    found: set[str] = set()
    try:
        for source in _quickly(find_sources(paths, bytes)):
            for document in read_documents(source.data, source.name):
                found.update(words_of(document.value))
    except ManifestError:
        return found  # whoever types is not told of it here, but by the command
    return found


def _quickly(sources: Iterable[Source]) -> Iterator[Source]:
    """As many as can be read while somebody waits for a key to do something."""
    left = MAX_COMPLETED_BYTES
    for source in sources:
        left -= len(source.data)
        if left < 0:
            return
        yield source


def _address(document: Mapping[str, Any]) -> Iterator[str]:
    kind, name = document.get("kind"), _metadata(document).get("name")
    if isinstance(kind, str) and isinstance(name, str):
        yield f"{kind}/{name}"


def _labels_of(document: Mapping[str, Any]) -> Iterator[str]:
    labels = _metadata(document).get("labels")
    for label, value in labels.items() if isinstance(labels, dict) else ():
        if isinstance(value, str):
            yield f"{label}={value}"


def _metadata(document: Mapping[str, Any]) -> Mapping[str, Any]:
    metadata = document.get("metadata")
    return metadata if isinstance(metadata, dict) else {}


def _items(words: Iterable[str], incomplete: str) -> list[CompletionItem]:
    return [CompletionItem(word) for word in sorted(words) if word.startswith(incomplete)]


def _kinds(ctx: click.Context, incomplete: str) -> list[CompletionItem]:
    lookup = import_module("reconciler.schema.lookup")
    return [CompletionItem(one) for one in lookup.beginning(incomplete)]


def _files(ctx: click.Context, incomplete: str) -> list[CompletionItem]:
    """Has the shell complete names of files by itself."""
    return [CompletionItem(incomplete, type="file")]


def _directories(ctx: click.Context, incomplete: str) -> list[CompletionItem]:
    return [CompletionItem(incomplete, type="dir")]


def _kinds_or_addresses(ctx: click.Context, incomplete: str) -> list[CompletionItem]:
    return _addresses(ctx, incomplete) if "/" in incomplete else _kinds(ctx, incomplete)


_BY_WORD: Mapping[str, Completes] = {
    "KIND[.FIELD]": _kinds_or_addresses,
    "ADDRESS": _addresses,
    "LABEL=VALUE": _labels,
    "KIND": _kinds,
    "PATH": _files,
    "FILE": _files,
    "REQUEST": _files,
    "DIRECTORY": _directories,
}
