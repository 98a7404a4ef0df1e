"""Bugs on purpose in where a state is, whose it is and how it stands: a check must fail of each.

python -m tests.running.mutants
"""

import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

from reconciler.backends import ownership
from reconciler.backends.snapshots import Snapshot
from reconciler.kinds.workspace import endpoint, place
from reconciler.plan import saved
from reconciler.plan.model import Plan
from reconciler.planning import former, gates
from reconciler.running import standing
from reconciler.running.standing import Former, Place
from reconciler.state.model import State

from ..durability.mutants import changed
from ..mutants import Mutant, first_failing, report
from .checks import CHECKS

WITH, STATE_PATH, CLOUD_OF = standing.with_standing, place.state_path, endpoint.cloud_of


def new_state_passes_a_missing_one(
    plan: Plan, snapshot: Snapshot, kept: Place, others: Iterable[Former] = (), **how: bool
) -> Plan:
    if kept.new_state and snapshot.missing is not None:
        return replace(WITH(plan, snapshot, kept, others, **how), refusals=())
    return WITH(plan, snapshot, kept, others, **how)


def only_applies_refuse_a_missing_one(
    plan: Plan, snapshot: Snapshot, kept: Place, others: Iterable[Former] = (), **how: bool
) -> Plan:
    found = WITH(plan, snapshot, kept, others, **how)
    return found if kept.sends else replace(found, refusals=())


def others_not_looked_at(
    plan: Plan, snapshot: Snapshot, kept: Place, others: Iterable[Former] = (), **how: bool
) -> Plan:
    return WITH(plan, snapshot, kept, (), **how)


def begun_wherever_it_is(
    plan: Plan, snapshot: Snapshot, kept: Place, others: Iterable[Former] = (), **how: bool
) -> Plan:
    return WITH(plan, snapshot, replace(kept, real=False), others, **how)


def every_new_state_asked_for(
    plan: Plan, snapshot: Snapshot, kept: Place, others: Iterable[Former] = (), **how: bool
) -> Plan:
    return WITH(plan, snapshot, replace(kept, real=True), others, **how)


def no(*_: object) -> bool:
    return False


def yes(*_: object) -> bool:
    return True


def nothing(*_: object) -> None:
    """Instead of a check."""


def below_the_working_directory(given: place.Given, declared: place.Declared, is_there: Any) -> str:
    return STATE_PATH(given, replace(declared, directory=given.directory), is_there)


def outermost_root(directory: str, is_there: Callable[[str], bool]) -> str:
    parts = directory.split("/")
    upwards = ["/".join(parts[:count]) for count in range(1, len(parts) + 1)]
    return next((one for one in upwards if any(is_there(f"{one}/{mark}") for mark in place.MARKS)), directory)


def variable_first(given: place.Given, declared: place.Declared, is_there: Any) -> str:
    return STATE_PATH(replace(given, option="" if given.variable else given.option), declared, is_there)


def host_alone(text: str) -> str:
    return urlsplit(text).hostname or text


MUTANTS: Mapping[str, Mutant] = {
    "a missing state begun by --new-state": changed(standing, with_standing=new_state_passes_a_missing_one),
    "a missing state shown by apply alone": changed(
        standing, with_standing=only_applies_refuse_a_missing_one
    ),
    "other states not looked at": changed(standing, with_standing=others_not_looked_at),
    "a first state begun wherever it is": changed(standing, with_standing=begun_wherever_it_is),
    "every first state asked for": changed(standing, with_standing=every_new_state_asked_for),
    "robots with the workspace's name not known": changed(former, is_generated_robot=no),
    "names alone taken for the same": changed(former, _is_same=yes),
    "what has ended taken for running": changed(former, _ALIVE=tuple(former.Status)),
    "an emptied state trusted": changed(State, was_emptied=property(no)),
    "what a run has ended taken for running": changed(
        State, was_emptied=property(lambda self: self.serial > 0 and not self.entries)
    ),
    "what may run not counted": changed(gates, may_interrupt=no),
    "any owner's state": changed(ownership, check_owner=nothing),
    "any workspace's state, any cloud's": changed(ownership, _differ=no),
    "any cloud's plan": changed(saved, check_cloud=nothing),
    "a cloud as it is written": changed(endpoint, cloud_of=str),
    "a cloud without its port": changed(endpoint, cloud_of=host_alone),
    "every cloud real": changed(endpoint, is_real=yes),
    "below the working directory": changed(place, state_path=below_the_working_directory),
    "below the outermost root": changed(place, project_root=outermost_root),
    "below the document's own directory": changed(place, project_root=lambda directory, is_there: directory),
    "the variable before the option": changed(place, state_path=variable_first),
}


def caught_by(mutant: Mutant) -> str | None:
    """The check that fails of a mutant; None if all of them hold."""
    return first_failing(mutant, CHECKS)


if __name__ == "__main__":
    sys.exit(report(MUTANTS, CHECKS))
