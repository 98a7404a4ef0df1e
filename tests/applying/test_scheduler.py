"""How many changes are under way: enough for every thread, and no more however long the run is."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from typing import Any, TypeVar

from reconciler.applying.results import Result
from reconciler.applying.scheduler import SUBMITTED, apply_plan
from reconciler.applying.tools import Tools
from reconciler.cli.connection import WORKERS
from reconciler.model import Address, Verb
from reconciler.plan.model import Change
from reconciler.planning.planner import make_plan
from reconciler.state.model import State

from ..support import MIX, loaded

T = TypeVar("T")
COUNT = 5 * SUBMITTED


class Counting(ThreadPoolExecutor):
    """One thread; `most` is how much it was ever given at once."""

    def __init__(self) -> None:
        super().__init__(1)
        self.most = self._given = 0

    def submit(self, fn: Callable[..., T], /, *args: Any, **kwargs: Any) -> "Future[T]":
        self._given += 1
        self.most = max(self.most, self._given)
        future = super().submit(fn, *args, **kwargs)
        future.add_done_callback(self._over)
        return future

    def _over(self, future: "Future[Any]") -> None:
        self._given -= 1


def forgotten(count: int) -> tuple[Change, ...]:
    """So many changes without a call, each a record that is dropped."""
    found = loaded(MIX)
    plan = make_plan(found.settings, found.resources, State(), {}, now=0.0)
    entry = plan.changes[0].entry
    assert entry is not None
    change = replace(plan.changes[0], verb=Verb.FORGET, steps=(), after=(), before=entry, entry=None)
    return tuple(replace(change, address=Address("MixStream", f"s{number}")) for number in range(count))


def test_a_long_run_hands_out_no_more_at_once_than_a_short_one() -> None:
    changes = forgotten(COUNT)
    plan = replace(make_plan(loaded(MIX).settings, (), State(), {}, now=0.0), changes=changes)
    entries = {change.address: change.before for change in changes if change.before is not None}
    told: list[Address] = []
    with Counting() as executor:
        tools = Tools(
            send=never_sent,
            resolve=never_sent,
            append=lambda record: None,
            clock=lambda: 0.0,
            executor=executor,
            tell=lambda result: told.append(result.change.address),
        )
        left, results = apply_plan(plan, entries, tools)
    assert left == {} and [one.result for one in results] == [Result.DONE] * COUNT
    assert sorted(told) == sorted(change.address for change in changes)
    assert WORKERS < executor.most == SUBMITTED


def never_sent(*given: Any, **named: Any) -> Any:
    raise AssertionError(f"nothing is to be sent: {given}")
