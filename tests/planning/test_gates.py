"""What a plan may do without being asked for by name, as a table of plans, states and limits."""

from dataclasses import replace

import pytest

from reconciler.model import Address, Impact, Status, Verb
from reconciler.plan.model import Change
from reconciler.planning.gates import refusals
from reconciler.planning.limits import Gate, Limits, Most
from reconciler.state.model import Entry

RUNNING = Entry("MixStream", 1, "sha256:0", Status.RUNNING, {}, task_id="task")
IMPACTS = {
    Verb.STOP: Impact.STOP,
    Verb.REPLACE: Impact.RESTART,
    Verb.START: Impact.START,
    Verb.PAUSE: Impact.STOP,
}


def address(number: int) -> Address:
    return Address("MixStream", f"s{number:03}")


def recorded(count: int) -> dict[Address, Entry]:
    return {address(number): RUNNING for number in range(count)}


def change(
    verb: Verb, number: int = 0, impact: Impact | None = None, *, was: object = (), wants: object = None
) -> Change:
    before = None if verb is Verb.START else replace(RUNNING, spec={"prevent": was})
    after = None if wants is None and verb is Verb.STOP else replace(RUNNING, spec={"prevent": wants})
    gravest = impact or IMPACTS.get(verb, Impact.NONE)
    return Change(address(number), verb, gravest, False, "", entry=after, before=before)


def gates(changes: list[Change], running: int, limits: Limits | None = None) -> list[str]:
    return [refusal.gate for refusal in refusals(changes, recorded(running), limits or Limits(), 0)]


def many(verb: Verb, count: int) -> list[Change]:
    return [change(verb, number) for number in range(count)]


SHARES = [
    # (verb, how many of them, of how many running, percent, count, refused)
    (Verb.STOP, 3, 10, 30, None, False),
    (Verb.STOP, 4, 10, 30, None, True),
    (Verb.STOP, 9, 9, 30, None, False),
    (Verb.STOP, 1, 10, 0, None, True),
    (Verb.STOP, 10, 10, 100, None, False),
    (Verb.STOP, 10, 10, None, None, False),
    (Verb.STOP, 301, 1000, 30, None, True),
    (Verb.STOP, 300, 1000, 30, None, False),
    (Verb.STOP, 3, 3, 30, 2, True),
    (Verb.STOP, 2, 3, 30, 2, False),
    (Verb.REPLACE, 3, 10, 30, None, False),
    (Verb.REPLACE, 4, 10, 30, None, True),
    (Verb.REPLACE, 5, 200, None, 4, True),
    (Verb.START, 50, 10, 0, 0, False),
    (Verb.UPDATE, 50, 50, 0, 0, False),
]


@pytest.mark.parametrize(("verb", "touched", "running", "percent", "count", "refused"), SHARES)
def test_shares_and_numbers(
    verb: Verb, touched: int, running: int, percent: int | None, count: int | None, refused: bool
) -> None:
    most = Most(percent, count)
    found = gates(many(verb, touched), running, Limits(stops=most, replaces=most))
    gate = Gate.REPLACES if verb is Verb.REPLACE else Gate.STOPS
    assert found == ([gate] if refused else [])


def test_stops_and_replaces_are_counted_apart() -> None:
    changes = many(Verb.STOP, 3) + [change(Verb.REPLACE, number) for number in range(3, 6)]
    assert gates(changes, 10) == []


def test_the_default_is_thirty_per_cent_of_ten_or_more() -> None:
    assert gates(many(Verb.STOP, 4), 10) == [Gate.STOPS]
    assert gates(many(Verb.STOP, 9), 9) == []


def test_a_stop_that_ends_nothing_known_is_not_counted() -> None:
    changes = [change(Verb.STOP, number, Impact.NONE) for number in range(10)]
    assert gates(changes, 10) == []


PREVENTED = [
    # (verb, what was recorded, what is wanted or None if it is gone, refused)
    (Verb.STOP, ["stop"], None, True),
    (Verb.STOP, [], None, False),
    (Verb.STOP, ["restart"], None, False),
    (Verb.PAUSE, ["stop"], ["stop"], True),
    (Verb.PAUSE, ["stop"], [], True),
    (Verb.REPLACE, [], ["restart"], True),
    (Verb.REPLACE, ["restart"], [], True),
    (Verb.REPLACE, [], ["stop"], False),
    (Verb.UPDATE, ["stop", "restart"], ["stop", "restart"], False),
    (Verb.START, [], ["stop", "restart"], False),
]


@pytest.mark.parametrize(("verb", "was", "wants", "refused"), PREVENTED)
def test_what_a_resource_prevents(verb: Verb, was: list[str], wants: list[str] | None, refused: bool) -> None:
    (one,) = [change(verb, was=was, wants=wants)]
    assert gates([one], 1) == ([Gate.PREVENT] if refused else [])


@pytest.mark.parametrize(
    ("most", "passes"),
    [
        (Impact.NONE, {Impact.NONE, Impact.START}),
        (Impact.RECONNECT, {Impact.NONE, Impact.START, Impact.RECONNECT}),
        (Impact.RESTART, {Impact.NONE, Impact.START, Impact.RECONNECT, Impact.RESTART}),
    ],
)
def test_the_gravest_impact(most: Impact, passes: set[Impact]) -> None:
    for impact in Impact:
        found = gates([change(Verb.UPDATE, impact=impact)], 1, Limits(max_impact=most))
        assert found == ([] if impact in passes else [Gate.IMPACT]), impact


def test_a_refusal_names_what_it_is_about_and_what_to_do() -> None:
    (share,) = refusals(many(Verb.STOP, 4), recorded(10), Limits(), 0)
    assert share.message == (
        "it would stop 4 of 10 running tasks (40 percent); the limit without --allow is 30 percent"
    )
    assert share.addresses == tuple(address(number) for number in range(4))
    for most, words in ((0, "it would stop 1 task; "), (1, "it would stop 2 tasks; ")):
        (counted,) = refusals(many(Verb.STOP, most + 1), recorded(2), Limits(stops=Most(count=most)), 0)
        assert counted.message == f"{words}the limit without --allow is {most}"
    (prevented,) = refusals([change(Verb.STOP, was=["stop"])], recorded(1), Limits(), 0)
    assert "MixStream/s000 would stop, which its spec.prevent forbids" in prevented.message
    (grave,) = refusals(many(Verb.STOP, 7), {}, Limits(max_impact=Impact.RECONNECT), 0)
    assert "and 2 more" in grave.message and "up to stop" in grave.message
