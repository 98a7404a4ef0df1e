"""The seconds between two calls of a change: all of them pass, unless the run is interrupted."""

from dataclasses import dataclass, field, replace

import pytest

from reconciler.applying.change_execution import NAP, pause
from reconciler.model import Address
from reconciler.planning.planner import eta, make_plan
from tests.fake_host import FakeHost
from tests.support import applied, loaded

MIX = """
apiVersion: reconciler/v1
kind: LiveMix
metadata: {name: hall}
spec: {sessionId: mine, inputs: [{stream: a}, {stream: b}], output: {stream: c, type: new}}
"""


@dataclass
class Waited:
    """What was waited for; interrupted after so many seconds."""

    most: float = 1e9
    naps: list[float] = field(default_factory=list)

    def wait(self, seconds: float) -> None:
        self.naps.append(seconds)

    def interrupted(self) -> bool:
        return sum(self.naps) >= self.most


@pytest.mark.parametrize(
    ("seconds", "most", "waited"), [(30, 1e9, 30), (1.2, 1e9, 1.2), (0, 1e9, 0), (30, 3, 3)]
)
def test_a_pause(seconds: float, most: float, waited: float) -> None:
    one = Waited(most)
    tools = replace(FakeHost().tools(lambda record: None), wait=one.wait, interrupted=one.interrupted)
    pause(seconds, tools)
    assert sum(one.naps) == pytest.approx(waited) and all(nap <= NAP for nap in one.naps)


def test_a_pause_counts_in_how_long_a_plan_takes() -> None:
    after = loaded(MIX.replace("stream: c", "stream: d"))
    plan = make_plan(after.settings, after.resources, applied(loaded(MIX)), {}, now=1e9)
    (change,) = plan.changes
    assert [step.pause_seconds for step in change.steps][1:] == [30]
    assert 30 <= eta(plan.changes) == plan.eta_seconds < 37
    assert change.address == Address("LiveMix", "hall")
