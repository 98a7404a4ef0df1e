"""One run as a service: what is asked of whoever it is for, in which order, and that it prints nothing."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

import pytest

from reconciler.applying.results import ChangeResult, Result
from reconciler.backends.protocol import Session, Snapshot
from reconciler.errors import PlanRefused
from reconciler.plan.model import Plan, Refusal
from reconciler.running.apply import ApplyRequest, Connection, run_apply
from reconciler.running.run import Run, RunResult
from reconciler.state.model import Owner

from ..machine import AFTER, BEFORE, FIRST, Inline, Machine, settled
from ..support import LINEAGE, LONG_AGO, loaded


@dataclass
class Loop:
    """An operator without a terminal, which keeps what happens."""

    approves: bool = True
    happened: list[str] = field(default_factory=list)

    def show(self, plan: Plan) -> None:
        self.happened.append(f"shown {len(plan.changes)}")

    def approve(self) -> bool:
        self.happened.append("asked")
        return self.approves

    @contextmanager
    def follow(self, total: int) -> Iterator[Callable[[ChangeResult], None]]:
        self.happened.append(f"follows {total}")
        yield lambda result: self.happened.append(str(result.result))
        self.happened.append("followed")


def ran(machine: Machine, text: str, loop: Loop, refused: tuple[Refusal, ...] = ()) -> RunResult | None:
    def planned(snapshot: Snapshot) -> Plan:
        return replace(machine.planned(loaded(text), snapshot.state), refusals=refused)

    def connected(plan: Plan, session: Session) -> Connection:
        loop.happened.append("connected")
        resolver = machine.resolver(lambda: machine.now)
        return Connection(machine.send, resolver, Inline(), lambda: False, lambda: None)

    run = Run("run", LONG_AGO, LINEAGE)
    with machine.backend().hold(Owner("demo"), {}) as session:
        return run_apply(ApplyRequest(run, planned, connected, lambda: machine.now), session, loop)


def test_a_run_is_shown_asked_for_connected_and_followed(capfd: pytest.CaptureFixture[str]) -> None:
    machine, loop = FIRST.copy(), Loop()
    result = ran(machine, AFTER, loop)
    assert result is not None and not result.idle and result.error is None
    total = len(result.results)
    done = ["done"] * total
    assert loop.happened == [
        *(f"shown {total}", "asked", "connected", f"follows {total}"),
        *(*done, "followed"),
    ]
    assert {one.result for one in result.results} == {Result.DONE}
    assert machine.state().serial == result.serial
    settled(machine)
    assert capfd.readouterr() == ("", "")


def test_what_is_not_approved_leaves_everything_as_it_is() -> None:
    machine, loop = FIRST.copy(), Loop(approves=False)
    before = machine.state()
    assert ran(machine, AFTER, loop) is None
    assert loop.happened[1:] == ["asked"]
    assert machine.state() == before and machine.cloud.calls == []


def test_what_a_gate_refuses_is_shown_and_not_asked_for() -> None:
    machine, loop = FIRST.copy(), Loop()
    with pytest.raises(PlanRefused, match="too many stops"):
        ran(machine, AFTER, loop, (Refusal("stops", "too many stops"),))
    assert [one.split()[0] for one in loop.happened] == ["shown"]
    assert machine.cloud.calls == []


def test_where_nothing_changes_nobody_is_asked_and_nothing_connected() -> None:
    machine, loop = FIRST.copy(), Loop()
    result = ran(machine, BEFORE, loop)
    assert result is not None and result.idle
    assert result.entries == machine.state().entries
    assert loop.happened == ["shown 0"]
