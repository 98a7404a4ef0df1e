"""A task that ends by itself has its end put off by an update, in time, and with nothing interrupted."""

import pytest

from reconciler.model import Impact, Verb
from reconciler.moments import rfc3339
from reconciler.plan.model import Change

from .host import Host
from .pump import HOUR, LASTS, PumpKind, PumpSpec, Works

PLAIN, STRONG = PumpSpec(), PumpSpec(power=2)
DECLARED = PumpSpec(end=rfc3339(1_800_000_000 + LASTS))
HALF = LASTS / 2


@pytest.fixture
def works() -> Works:
    return Works()


@pytest.fixture
def host(works: Works) -> Host:
    host = Host(PumpKind(), works.serve)
    host.apply(PLAIN)
    return host


def planned(host: Host, spec: PumpSpec = PLAIN) -> Change | None:
    return next(iter(host.plan(spec).changes), None)


@pytest.mark.parametrize(
    ("passes", "spec", "verb", "sends"),
    [
        (HALF - HOUR, PLAIN, None, []),
        (HALF + HOUR, PLAIN, Verb.UPDATE, ["TaskId", "End"]),
        (HALF + HOUR, STRONG, Verb.UPDATE, ["TaskId", "Power", "End"]),
        (LASTS - HOUR / 2, PLAIN, Verb.UPDATE, ["TaskId", "End"]),
        (LASTS + HOUR, PLAIN, None, []),
        (HALF + HOUR, PumpSpec(source="sea"), Verb.REPLACE, ["TaskId"]),
    ],
)
def test_when(host: Host, passes: float, spec: PumpSpec, verb: Verb | None, sends: list[str]) -> None:
    host.now += passes
    change = planned(host, spec)
    assert (change and change.verb) == verb
    if change is not None:
        assert list(change.steps[0].call.request) == sends


def test_it_interrupts_nothing_and_is_told_as_a_renewal(host: Host, works: Works) -> None:
    end = host.entry.made["end"]
    host.now += HALF + HOUR
    change = planned(host)
    assert change is not None and change.renewal and change.impact is Impact.NONE
    assert change.reason == f"the pump ends at {end}, so its end is put off, which interrupts nothing"
    host.apply(PLAIN)
    (pump,) = works.running(host.now)
    assert pump.body["End"] == host.entry.made["end"] > end and planned(host) is None


def test_what_is_changed_by_the_way_is_told_too(host: Host) -> None:
    host.now += HALF + HOUR
    change = planned(host, STRONG)
    assert change is not None and change.reason.endswith("interrupts nothing; spec.power changed")
    assert [one.path for one in change.fields] == ["spec.power"]


def test_a_declared_end_is_never_put_off(works: Works) -> None:
    host = Host(PumpKind(), works.serve)
    host.apply(DECLARED)
    host.now += LASTS - HOUR / 2
    plan = host.plan(DECLARED)
    assert plan.changes == () and "ends at" in plan.warnings[0]


def test_a_lost_renewal_is_sent_again(host: Host, works: Works) -> None:
    host.now += HALF + HOUR
    host.fates = ["late"]
    host.apply(PLAIN)
    change = planned(host)
    assert change is not None and (change.verb, change.impact) == (Verb.UPDATE, Impact.NONE)
    host.apply(PLAIN)
    assert works.running(host.now)[0].body["End"] == host.entry.made["end"]
