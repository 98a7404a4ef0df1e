"""Where the state is: what the options, RECONCILER_STATE and the manifests say, looked up on this machine."""

from __future__ import annotations

import os
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import click

from reconciler.backends.local.location import file_location, path_of
from reconciler.backends.objects.location import ENDPOINT, ObjectPlace
from reconciler.backends.protocol import FILE, StateLocation
from reconciler.cli.environment import current_environment
from reconciler.cli.shared_places import (
    SharedPlace,
    is_shared,
    on_connection,
    place_at,
    place_in_variable,
    shared_place,
)
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

if TYPE_CHECKING:  # what names a state outside the manifests is looked up without reading any
    from reconciler.kinds.workspace.spec import WorkspaceSpec

VARIABLE, CONNECTION = "RECONCILER_STATE", "RECONCILER_STATE_URL"


def option_of(context: click.Context, parameter: click.Parameter, text: str | None) -> StateLocation | None:
    """The callback of --state: a relative path is relative to the working directory."""
    return None if text is None else located(text, "--state")


def located(text: str, by: str) -> StateLocation:
    """The location that is named outside the manifests.

    Raises UsageError for a store that this version does not have.
    """
    if is_shared(text):
        return shared_place(text, by).location
    if is_url(text):
        raise UsageError(
            f"{by} is an unsupported URL; this version stores states in files, PostgreSQL and buckets",
            "use a file, postgresql://…, s3://… or cos://…",
        )
    return _file(os.path.join(_directory(text), text))


def state_given(option: StateLocation | None) -> StateLocation | None:
    """What is named outside the manifests: --state, or else RECONCILER_STATE; None where neither is."""
    if option is not None:  # and the environment is not looked at: the manifests may be a stranger's
        return option
    variable = current_environment().get(VARIABLE)
    if is_shared(variable):
        return place_in_variable(variable, VARIABLE).location
    return located(variable, VARIABLE) if variable else None


class DeclaresState(Protocol):
    """What says where a state is: a workspace, or its settings alone."""

    @property
    def name(self) -> str:
        """The workspace's name."""
        ...

    @property
    def spec(self) -> WorkspaceSpec:
        """What its settings say."""
        ...

    @property
    def file(self) -> str:
        """The file that these stand in."""
        ...


def state_of(workspace: DeclaresState, option: StateLocation | None) -> StateLocation:
    """The workspace's state; what is named outside the manifests wins."""
    given, declared = state_given(option), workspace.spec.state
    if given is not None and given.store != FILE:
        return bound_to(given, workspace.name)
    if given is None and declared is not None and not declared_path(declared):
        place: SharedPlace = import_module("reconciler.cli.declared_places").declared_place(
            declared, _variable_place()
        )
        return place.of(workspace.name).location
    named = Given(given.text, "", os.sep) if given is not None else NOTHING_GIVEN
    return _file(state_path(named, _declared(workspace), os.path.exists))


def bound_to(location: StateLocation, workspace: str) -> StateLocation:
    """The place of that workspace, where a store is named and not which of its states; else the location."""
    if location.store == FILE:
        return location
    place = place_at(location)
    return location if place.workspace else place.of(workspace).location


def is_bound(location: StateLocation) -> bool:
    """Whether it says which state is meant: of a file it always does."""
    return location.store == FILE or bool(place_at(location).workspace)


def store_of(location: StateLocation) -> StateLocation:
    """The store of a state's place, where that is one of many states."""
    return location if location.store == FILE else place_at(location).of("").location


def store_given() -> StateLocation | None:
    """The database or bucket that RECONCILER_STATE_URL names; None where it names none."""
    place = _variable_place()
    return place.location if place else None


def _variable_place() -> SharedPlace | None:
    text = current_environment().get(CONNECTION)
    return place_in_variable(text, CONNECTION) if text else None


def place_of_saved(text: str, workspace: str, option: StateLocation | None) -> StateLocation:
    """Where a saved plan's state is: on a server that is named outside the plan, whoever wrote that.

    A password would be sent to whatever host a plan names. Raises UsageError where only the plan names one.
    """
    planned, given, connection = located(text, "the plan"), state_given(option), _variable_place()
    if given is not None:
        return bound_to(given, workspace)
    if planned.store == FILE:
        return planned
    place = place_at(planned)
    if connection is not None:
        return on_connection(place, connection).location
    if isinstance(place, ObjectPlace) and place.endpoint == current_environment().get(ENDPOINT).rstrip("/"):
        return planned
    if place.names_host:
        raise UsageError(
            f"the plan was made for {planned}; a saved plan does not choose the database to connect to",
            f"pass it with --state '{planned}', or set RECONCILER_STATE or {CONNECTION} to its value when "
            "the plan was made",
        )
    return planned


def is_same(one: StateLocation, other: StateLocation) -> bool:
    """Whether two locations are one place, whoever connects to it."""
    if one.store != other.store:
        return False
    if one.store != FILE:
        return place_at(one).key == place_at(other).key
    return os.path.realpath(path_of(one)) == os.path.realpath(path_of(other))


def usual_places(workspace: DeclaresState) -> list[StateLocation]:
    """Where the manifests alone say that the state is, and where earlier versions kept it."""
    directory = current_environment().directory
    places = [_file(state_path(NOTHING_GIVEN, _declared(workspace), os.path.exists))]
    if directory is not None:
        former = declared_path(workspace.spec.state) or os.path.join(FOLDER, f"{workspace.name}.json")
        places.append(_file(os.path.join(directory, former)))
    return list(dict.fromkeys(places))


def file_of(workspace: str, state: str, file: str) -> StateLocation:
    """The state's file, where the document with the settings names that, or with "" leaves it to the default.

    `file` is the document's own.
    """
    declared = Declared(workspace, state, _directory_of(file))
    return _file(state_path(NOTHING_GIVEN, declared, os.path.exists))


def _declared(workspace: DeclaresState) -> Declared:
    return Declared(workspace.name, workspace.spec.state, _directory_of(workspace.file))


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
