"""Bugs on purpose in how an edited state is read and compared: a check must fail of each.

python -m tests.state.mutants
"""

import sys
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from reconciler.backends.local.replacement import LocalReplacing
from reconciler.kinds import checking as kinds_checking
from reconciler.state import checking, comparing
from reconciler.state.codec import entry_to_json
from reconciler.state.model import Entry, State

from ..durability.mutants import changed
from ..mutants import Mutant, first_failing, report
from .checks import CHECKS

SAME = comparing.same_content


def no(*arguments: Any, **how: Any) -> bool:
    return False


def yes(*arguments: Any, **how: Any) -> bool:
    return True


def none(*arguments: Any) -> Iterator[Any]:
    return iter(())


def without(*keys: str) -> Any:
    def document(entry: Entry) -> dict[str, Any]:
        return {key: value for key, value in entry_to_json(entry).items() if key not in ("digest", *keys)}

    return document


def any_lineage(known: State, given: State) -> bool:
    return SAME(known, replace(given, lineage=""))


def any_cloud(known: State, given: State) -> bool:
    return SAME(known, replace(given, cloud=""))


def as_long_as_the_addresses(known: State, given: State) -> bool:
    return known.entries.keys() == given.entries.keys()


def as_given(edited: State, known: State) -> State:
    return edited


def never_kept(edited: State, known: State) -> State:
    entries = {address: replace(entry, digest="") for address, entry in edited.entries.items()}
    return replace(edited, entries=entries)


def fewer(table: Mapping[str, Any], key: str) -> dict[str, Any]:
    return {name: check for name, check in table.items() if name != key}


MUTANTS: dict[str, Mutant] = {
    "digests compared": changed(comparing, _document=entry_to_json),
    **{
        f"{key} not compared": changed(comparing, _document=without(key))
        for key in ("taskId", "labels", "spec", "signed", "probation", "attempted", "pending")
    },
    "any lineage": changed(comparing, same_content=any_lineage),
    "any cloud": changed(comparing, same_content=any_cloud),
    "addresses alone compared": changed(comparing, same_content=as_long_as_the_addresses),
    "stale digests kept": changed(comparing, without_stale_digests=as_given),
    "every digest dropped": changed(comparing, without_stale_digests=never_kept),
    "changes not told": changed(comparing, _differences=none),
    "a key of an entry forgotten": changed(checking, ENTRY=fewer(checking.ENTRY, "pausedAt")),
    "a key of a state forgotten": changed(checking, STATE=fewer(checking.STATE, "clearedBy")),
    "moments not looked at": changed(checking, _moment=none, ENTRY={**checking.ENTRY, "startedAt": none}),
    "probation not looked at": changed(checking, ENTRY={**checking.ENTRY, "probation": none}),
    "any secret in clear": changed(kinds_checking, addresses_in=lambda spec, value: ()),
    "any kind": changed(kinds_checking, registered=lambda name: None),
    "an edit of whatever version": changed(LocalReplacing, _is_last=yes),
    "no edit follows": changed(LocalReplacing, _is_last=no),
    "what says the same written over": changed(LocalReplacing, _says_the_same=no),
}


def caught_by(mutant: Mutant) -> str | None:
    """The check that fails of a mutant; None if all of them hold."""
    return first_failing(mutant, CHECKS)


if __name__ == "__main__":
    sys.exit(report(MUTANTS, CHECKS))
