"""Where the state is: what the options, RECONCILER_STATE and the manifests say, looked up on this machine."""

import os
from pathlib import Path

import click

from reconciler.backends.local.location import file_location
from reconciler.backends.protocol import StateLocation
from reconciler.cli.environment import current_environment
from reconciler.errors import UsageError
from reconciler.kinds.workspace.place import (
    FOLDER,
    NOTHING_GIVEN,
    Declared,
    Given,
    declared_path,
    is_url,
    state_path,
)
from reconciler.manifests.loading.loader import Workspace

VARIABLE = "RECONCILER_STATE"


def option_of(context: click.Context, parameter: click.Parameter, text: str | None) -> StateLocation | None:
    """The callback of --state: a relative path is relative to the working directory."""
    return None if text is None else located(text, "--state")


def located(text: str, by: str) -> StateLocation:
    """The location that is named outside the manifests.

    Raises UsageError for a store that this version does not have.
    """
    if is_url(text):
        raise UsageError(f"{by} names a store by its URL; this version keeps states in files", "name a file")
    return _file(os.path.join(_directory(text), text))


def state_given(option: StateLocation | None) -> StateLocation | None:
    """What is named outside the manifests: --state, or else RECONCILER_STATE; None where neither is."""
    path = _given(option).path
    return _file(path) if path else None


def state_of(workspace: Workspace, option: StateLocation | None) -> StateLocation:
    """The workspace's state; what is named outside the manifests wins."""
    return _file(state_path(_given(option), _declared(workspace), os.path.exists))


def usual_places(workspace: Workspace) -> list[StateLocation]:
    """Where the manifests alone say that the state is, and where earlier versions kept it."""
    directory = current_environment().directory
    places = [_file(state_path(NOTHING_GIVEN, _declared(workspace), os.path.exists))]
    if directory is not None:
        former = declared_path(workspace.spec.state) or os.path.join(FOLDER, f"{workspace.name}.json")
        places.append(_file(os.path.join(directory, former)))
    return list(dict.fromkeys(places))


def _declared(workspace: Workspace) -> Declared:
    return Declared(workspace.name, workspace.spec.state, _directory_of(workspace.file))


def _given(option: StateLocation | None) -> Given:
    if option is not None:  # and the environment is not looked at: the manifests may be a stranger's
        return Given(option.text, "", os.sep)
    variable = current_environment().get(VARIABLE)
    return Given("", located(variable, VARIABLE).text if variable else "", os.sep)


def _directory_of(file: str) -> str:
    """The directory that a document stands in, links followed; the working directory for standard input."""
    if file == "-":
        return str(current_environment().working_directory())
    return os.path.dirname(os.path.realpath(os.path.join(_directory(file), file)))


def _directory(text: str) -> str:
    """What a path is relative to; raises UsageError where that is gone."""
    return os.sep if os.path.isabs(text) else str(current_environment().working_directory())


def _file(path: str) -> StateLocation:
    """The location of a file, however its directory was named; the file itself may be a link."""
    named = Path(path)
    return file_location(Path(os.path.realpath(named.parent)) / named.name)
