"""One run as a service: what is asked of whoever it is for, in which order, and that it prints nothing."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

import pytest

from reconciler.applying.results import ChangeResult, Result
from reconciler.backends.protocol import Session
from reconciler.backends.snapshots import Snapshot
from reconciler.errors import PlanRefused
from reconciler.plan.model import Plan, Refusal
from reconciler.running.apply import ApplyRequest, Connection, run_apply
from reconciler.running.run import Run, RunResult
from reconciler.state.model import Owner

from ..fake_host import AFTER, BEFORE, FIRST, FakeHost, Inline, settled
from ..support import LINEAGE, LONG_AGO, loaded


@dataclass
class Loop:
    """An operator without a terminal, which keeps what happens."""

    approves: bool = True
    happened: list[str] = field(default_factory=list)

    def show(self, plan: Plan) -> None:
        self.happened.append(f"shown {len(plan.changes)}")

    def approve(self, plan: Plan) -> bool:
        self.happened.append("asked")
        return self.approves

    @contextmanager
    def follow(self, total: int) -> Iterator[Callable[[ChangeResult], None]]:
        self.happened.append(f"follows {total}")
        yield lambda result: self.happened.append(str(result.result))
        self.happened.append("followed")


def ran(host: FakeHost, text: str, loop: Loop, refused: tuple[Refusal, ...] = ()) -> RunResult | None:
    def planned(snapshot: Snapshot) -> Plan:
        return replace(host.planned(loaded(text), snapshot.state), refusals=refused)

    def connected(plan: Plan, session: Session) -> Connection:
        loop.happened.append("connected")
        resolver = host.resolver(lambda: host.now)
        return Connection(host.send, resolver, Inline(), lambda: False, lambda _: None, lambda: None)

    run = Run("run", LONG_AGO, LINEAGE)
    with host.backend().hold(Owner("demo"), {}) as session:
        return run_apply(ApplyRequest(run, planned, connected, lambda: host.now), session, loop)


def test_a_run_is_shown_asked_for_connected_and_followed(capfd: pytest.CaptureFixture[str]) -> None:
    host, loop = FIRST.copy(), Loop()
    result = ran(host, AFTER, loop)
    assert result is not None and not result.idle and result.error is None
    total = len(result.results)
    done = ["done"] * total
    assert loop.happened == [
        *(f"shown {total}", "asked", "connected", f"follows {total}"),
        *(*done, "followed"),
    ]
    assert {one.result for one in result.results} == {Result.DONE}
    assert host.state().serial == result.serial
    settled(host)
    assert capfd.readouterr() == ("", "")


def test_what_is_not_approved_leaves_everything_as_it_is() -> None:
    host, loop = FIRST.copy(), Loop(approves=False)
    before = host.state()
    assert ran(host, AFTER, loop) is None
    assert loop.happened[1:] == ["asked"]
    assert host.state() == before and host.cloud.calls == []


def test_what_a_gate_refuses_is_shown_and_not_asked_for() -> None:
    host, loop = FIRST.copy(), Loop()
    with pytest.raises(PlanRefused, match="too many stops"):
        ran(host, AFTER, loop, (Refusal("stops", "too many stops"),))
    assert [one.split()[0] for one in loop.happened] == ["shown"]
    assert host.cloud.calls == []


def test_where_nothing_changes_nobody_is_asked_and_nothing_connected() -> None:
    host, loop = FIRST.copy(), Loop()
    result = ran(host, BEFORE, loop)
    assert result is not None and result.idle
    assert result.entries == host.state().entries
    assert loop.happened == ["shown 0"]
