"""Where a workspace's state is: how its place is found; pure."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from posixpath import dirname, join
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # a place is found without the models of what a document says
    from reconciler.kinds.workspace.stores import Store

FOLDER = "state"
MARKS = (FOLDER, ".git")
"""A directory that holds one of these is the root of a project."""

_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://.*", re.DOTALL)


def is_url(text: str) -> bool:
    """Whether a text names a store by its URL, and no file."""
    return _URL.fullmatch(text) is not None


def declared_path(state: str | Store | None) -> str:
    """The file that a document names; "" where it leaves that to the default, or names none."""
    return (state or "") if state is None or isinstance(state, str) else state.file


@dataclass(frozen=True, slots=True)
class Given:
    """What names a state outside the manifests: `option` on the command line, or else `variable`.

    "" where one says nothing. `directory` is the working directory, which a relative one is relative to.
    """

    option: str
    variable: str
    directory: str

    @property
    def path(self) -> str:
        """The file that is named, the option before the variable; "" where neither names one."""
        text = self.option or self.variable
        return join(self.directory, text) if text else ""


NOTHING_GIVEN = Given("", "", "/")


@dataclass(frozen=True, slots=True)
class Declared:
    """What the manifests say of a state: the workspace's name, its `state`, and where its document stands.

    `directory` is absolute, links followed.
    """

    workspace: str
    state: str | Store | None
    directory: str


def state_path(given: Given, declared: Declared, is_there: Callable[[str], bool]) -> str:
    """The state's file as an absolute path; `is_there` is asked of `state` and `.git` alone.

    What is given wins over what the document says, and that over the default below the project's root.
    """
    if given.path:
        return given.path
    state = declared_path(declared.state)
    if state:
        return join(declared.directory, state)
    return join(project_root(declared.directory, is_there), FOLDER, f"{declared.workspace}.json")


def project_root(directory: str, is_there: Callable[[str], bool]) -> str:
    """The nearest directory, from a document's own upwards, that is a project's; its own if none is."""
    upwards = [directory]
    while dirname(upwards[-1]) != upwards[-1]:
        upwards.append(dirname(upwards[-1]))
    return next((one for one in upwards if any(is_there(join(one, mark)) for mark in MARKS)), directory)
