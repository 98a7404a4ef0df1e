"""Bugs on purpose: which check catches each, and the report of a family of them."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any

Mutant = Callable[[], AbstractContextManager[Any]]
Check = Callable[[], None]


def first_failing(mutant: Mutant, checks: Sequence[Check]) -> str | None:
    """The check that fails of a mutant, and with what; None if all of them hold.

    A TypeError is raised: the mutant does not fit what it takes the place of, and nothing was caught.
    """
    with mutant():
        for check in checks:
            try:
                check()
            except TypeError:
                raise
            except Exception as error:
                return f"{check.__name__}: {type(error).__name__}"
    return None


def report(mutants: Mapping[str, Mutant], checks: Sequence[Check]) -> int:
    """Prints what catches each; 0 if all are caught, and nothing is where there is no bug."""
    missed = 0
    for name, mutant in mutants.items():
        caught = first_failing(mutant, checks)
        missed += caught is None
        print(f"{name:50} {caught or 'NOT CAUGHT'}", flush=True)
    print(f"{len(mutants) - missed} of {len(mutants)} caught")
    sound = first_failing(nullcontext, checks)
    print(f"without a bug: {sound or 'nothing'}")
    return 0 if not missed and sound is None else 1
