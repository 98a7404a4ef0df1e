"""What a command's arguments are, as its help lists them; click has texts for options alone."""

import re
from collections.abc import Mapping
from inspect import cleandoc

import click

_WORD = re.compile(r"[A-Z][A-Z_]+")
_RESOURCE = "A resource, as KIND/NAME."

ARGUMENTS: Mapping[str, str] = {
    "PATH": "A manifest, or a directory of them; - is standard input.  [default: manifests]",
    "ADDRESS": _RESOURCE,
    "DIRECTORY": "Directory to write to; created if missing.  [default: .]",
    "KIND": "A kind of resource (default: all kinds).",
    "FIELD": "The path of a field, such as video.encode.bitRate.",
    "FILE": "A file; - is standard input.",
    "REQUEST": "A file of one or more requests; - is standard input.",
    "TASKID": "The TaskId that its start request returned.",
    "NEW_ADDRESS": "Its new KIND/NAME.",
    "OLD": "The old manifests: a manifest, or a directory of them.",
    "NEW": "The new manifests.",
    "WORKSPACE": "A workspace of the fleet.",
    "WORKER": "A worker of the fleet, as `reconciler fleet list` names it.",
}
"""By the word that stands for an argument in the first line of the help."""

OTHERWISE: Mapping[tuple[str, str], str] = {
    ("apply", "PATH"): "A manifest, a directory of them, or a plan saved with plan --out."
    "  [default: manifests]",
    ("diff", "PATH"): "With --git: where the manifests are in the revisions.  [default: manifests]",
    ("push", "FILE"): "A state in the format of state pull; - is standard input.",
    (
        "recover",
        "FILE",
    ): "A file of answers that a run could not record, or the run's output; - is standard input.",
}
"""The same, for one command's."""


def with_arguments(command: click.Command) -> str:
    """The command's help text with its arguments, one a line, at its end."""
    told: dict[str, str] = {}
    for parameter in command.params:
        if isinstance(parameter, click.Argument):
            for word in _WORD.findall(parameter.make_metavar(click.Context(command))):
                told[word] = OTHERWISE.get((command.name or "", word), ARGUMENTS.get(word, ""))
    width = max(map(len, told), default=0)
    lines = [f"  {word.ljust(width)}  {text}" for word, text in told.items() if text]
    return "\n".join([cleandoc(command.help or ""), *(["", "\b", "Arguments:", *lines] if lines else [])])
