"""Questions that several resources share: asked once, and by a list where they are many.

The kind here is none of ours and has nothing to do with live streams: observing knows the protocol alone.
"""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import pytest

from reconciler.calls import PACE, Action, Call
from reconciler.claims import Claim
from reconciler.errors import Gone, Refused
from reconciler.kinds.api import Spec
from reconciler.kinds.base import Fault, Scope, Settings, Subject
from reconciler.kinds.essence import Essential
from reconciler.kinds.questions import Key, Listing, Page, Question
from reconciler.kinds.records import Recorded
from reconciler.kinds.registration import register
from reconciler.kinds.sites import Site
from reconciler.model import Address, Observation, Path, Source, Standing, Status
from reconciler.observing.asking import MANY, Connection
from reconciler.observing.expected import Expected
from reconciler.observing.observer import Observations, observable, observe
from reconciler.state.model import Entry

ONE = Action("lamp", "2020-01-01", "DescribeLamp", per_second=10)
ALL = Action("lamp", "2020-01-01", "DescribeLamps", per_second=10)
ON, OFF = "on", "off"
PER_PAGE, LARGE_PAGE = 10, 40
NOTHING: frozenset[Claim] = frozenset()


class LampSpec(Spec):
    """A lamp by its house and its name; `also` is one more that tells of it."""

    house: str
    lamp: str
    also: str | None = None


@dataclass(frozen=True)
class LampKind:
    """Told about by its lamp, and by whatever else it names."""

    authoritative: bool = False
    name: str = "Lamp"
    version: int = 1
    spec: type[Spec] = LampSpec
    actions: tuple[Action, ...] = ()

    def references(self, spec: LampSpec) -> tuple[tuple[Path, Address], ...]:
        return ()

    def faults(self, spec: LampSpec) -> list[Fault]:
        return []

    def resolve(self, spec: LampSpec, scope: Scope) -> tuple[Spec, list[Fault]]:
        return spec, []

    def wanted(self, spec: LampSpec) -> Status:
        return Status.RUNNING

    def occupies(self, spec: LampSpec) -> frozenset[Claim]:
        return NOTHING

    def needs(self, spec: LampSpec) -> frozenset[Claim]:
        return NOTHING

    def opens(self, spec: LampSpec) -> frozenset[Claim]:
        return NOTHING

    def essence(self, spec: LampSpec) -> tuple[Essential, ...]:
        return ()

    def destinations(self, spec: LampSpec) -> tuple[str, ...]:
        return ()

    def questions(self, spec: LampSpec) -> tuple[Question, ...]:
        return tuple(question(spec.house, name) for name in (spec.lamp, spec.also) if name)

    def interpret(
        self, spec: LampSpec, answers: Mapping[Key, str], recorded: Status, at: float
    ) -> Observation | None:
        found = [answers.get(one.key) for one in self.questions(spec)]
        return None if None in found else Observation(None, " ".join(map(str, found)), at)


def question(house: str, name: str) -> Question:
    listing = Listing((house,), partial(page_call, house), sizes, page_of, absent=OFF)
    return Question((house, name), partial(Call, ONE, "", {"House": house, "Name": name}), state_of, listing)


def state_of(response: Mapping[str, Any]) -> str | None:
    return response.get("State")


def sizes(site: Site | None) -> tuple[int, ...]:
    return (PER_PAGE,) if site is None else (LARGE_PAGE, PER_PAGE)


def page_call(house: str, page: int, size: int) -> Call:
    return Call(ALL, "", {"House": house, "Page": page, "Size": size})


def page_of(response: Mapping[str, Any]) -> Page:
    return Page({(response["House"], name): ON for name in response["Lit"]}, response["Pages"])


@dataclass
class Houses:
    """Answers for each lamp whether it is lit; `broken` has the pages or lamps that are refused."""

    lit: set[tuple[str, str]] = field(default_factory=set)
    broken: set[str | int] = field(default_factory=set)
    largest: int = LARGE_PAGE
    calls: list[str] = field(default_factory=list)
    told: list[Expected] = field(default_factory=list)

    def send(self, call: Call, body: dict[str, Any]) -> dict[str, Any]:
        what = body.get("Page", body.get("Name"))
        self.calls.append(f"{call.action.name} {body['House']} {what}")
        if what in self.broken or body.get("Size", 0) > self.largest:
            raise Refused("no", code="InvalidParameter")
        if call.action is ONE:
            return {"State": ON if (body["House"], what) in self.lit else OFF}
        lit = sorted(name for house, name in self.lit if house == body["House"])
        size = body["Size"]
        page = lit[(what - 1) * size : what * size]
        return {"House": body["House"], "Lit": page, "Pages": -(-len(lit) // size) or 1}

    def seen(
        self, records: list[Recorded], *, only_authoritative: bool = False, site: Site | None = None
    ) -> Observations:
        settings = Settings("w", site=site)
        with ThreadPoolExecutor(1) as executor:
            connection = Connection(self.send, executor, lambda: 7.0, self.tell)
            return observe(records, settings, connection, only_authoritative=only_authoritative)

    def tell(self, told: Expected) -> None:
        assert not self.calls  # nothing was asked yet
        self.told.append(told)


def spec_of(house: str, lamp: str, also: str | None = None) -> dict[str, Any]:
    return {"house": house, "lamp": lamp, "also": also}


def record(house: str, lamp: str, also: str | None = None, *, authoritative: bool = False) -> Recorded:
    spec = spec_of(house, lamp, also)
    entry = Entry("Lamp", 1, "", Status.RUNNING, spec)
    return Recorded(Address("Lamp", f"{house}-{lamp}"), register(LampKind(authoritative)), entry)


def names(count: int) -> list[str]:
    return [f"n{number:02}" for number in range(count)]


def test_few_are_asked_one_by_one_and_each_once() -> None:
    houses = Houses({("a", "n00")})
    found = houses.seen([record("a", name, "n00") for name in names(MANY)])
    assert houses.calls == [f"DescribeLamp a {name}" for name in names(MANY)]
    assert found.observed[Address("Lamp", "a-n01")] == Observation(None, "off on", 7.0)
    assert len(found.observed) == MANY and not found.warnings


def test_many_are_answered_by_every_page_of_their_own_list() -> None:
    houses = Houses({("b", name) for name in names(MANY)})
    records = [record("b", name) for name in names(MANY + 1)]
    found = houses.seen([*records, record("a", "x")])
    assert houses.calls == ["DescribeLamps b 1", "DescribeLamps b 2", "DescribeLamp a x"]
    evidence = {one.evidence for one in found.observed.values()}
    assert evidence == {ON, OFF} and found.observed[Address("Lamp", f"b-n{MANY}")].evidence == OFF


def test_a_page_is_as_large_as_the_site_allows() -> None:
    lit = {("b", name) for name in names(MANY)}
    records = [record("b", name) for name in names(MANY + 1)]
    houses = Houses(lit)
    found = houses.seen(records, site=Site.MAINLAND)
    assert houses.calls == ["DescribeLamps b 1"]
    # The calls go to another site than the one that was named, or it allows less by now.
    strict = Houses(lit, largest=PER_PAGE)
    assert strict.seen(records, site=Site.MAINLAND) == found
    assert strict.calls == ["DescribeLamps b 1", "DescribeLamps b 1", "DescribeLamps b 2"]
    assert not found.warnings


def test_how_many_calls_are_made_is_told_before_the_first() -> None:
    houses = Houses({("b", name) for name in names(MANY)})
    records = [*(record("b", name) for name in names(MANY + 1)), record("a", "x"), record("a", "y", "x")]
    houses.seen(records)
    (told,) = houses.told
    assert told == Expected((("DescribeLamps", 3), ("DescribeLamp", 2)), 5 / (10 * PACE), lists=True)
    assert len(houses.calls) == 2 + 2  # the list has a page less than what is asked would fill
    few = Houses()
    few.seen([record("a", "x")])
    assert few.told == [Expected((("DescribeLamp", 1),), 1 / (10 * PACE))]


def test_nothing_is_told_where_nothing_is_asked() -> None:
    houses = Houses()
    houses.seen([])
    assert not houses.told and not houses.calls


def test_what_a_list_lacks_is_asked_itself_where_that_counts() -> None:
    houses = Houses({("b", name) for name in names(MANY)})
    houses.seen([record("b", name, authoritative=True) for name in names(MANY + 2)])
    missing = [f"DescribeLamp b n{MANY}", f"DescribeLamp b n{MANY + 1}"]
    assert houses.calls == ["DescribeLamps b 1", "DescribeLamps b 2", *missing]


@pytest.mark.parametrize("page", [1, 2])
def test_a_list_that_lacks_a_page_tells_nothing(page: int) -> None:
    houses = Houses({("b", name) for name in names(MANY)}, broken={page})
    found = houses.seen([record("b", name) for name in names(MANY + 1)])
    assert houses.calls[page:] == [f"DescribeLamp b {name}" for name in names(MANY + 1)]
    assert len(found.observed) == MANY + 1 and found.warnings == ("DescribeLamps: not observed: no",)


def test_what_gets_no_answer_is_said_and_left_unobserved() -> None:
    found = Houses(broken={"n01"}).seen([record("a", name) for name in names(3)])
    assert [str(address) for address in found.observed] == ["Lamp/a-n00", "Lamp/a-n02"]
    assert found.warnings == ("('a', 'n01'): not observed: no",)


def test_only_what_is_exact_is_asked_where_a_plan_is_all_that_counts() -> None:
    houses = Houses()
    rough, authoritative = record("a", "rough"), record("a", "exact", authoritative=True)
    assert list(houses.seen([rough, authoritative], only_authoritative=True).observed) == [
        authoritative.address
    ]
    assert houses.calls == ["DescribeLamp a exact"]
    assert observable(rough) and not observable(rough, only_authoritative=True)


def test_a_list_much_longer_than_what_is_asked_is_not_read() -> None:
    asked = MANY + 1
    houses = Houses({("b", f"m{number:03}") for number in range(asked * PER_PAGE + 1)})
    found = houses.seen([record("b", name) for name in names(asked)])
    assert houses.calls == ["DescribeLamps b 1", *(f"DescribeLamp b {name}" for name in names(asked))]
    assert len(found.observed) == asked and not found.warnings


@dataclass(frozen=True)
class FuseKind(LampKind):
    """Asked after itself, beside what is told of the lamp that it feeds; of a blown one an error tells."""

    name: str = "Fuse"

    def observe(self, subject: Subject) -> Call | None:
        return Call(ALL, "", {"House": subject.spec.house, "Name": "fuse"})

    def read(self, response: Mapping[str, Any], recorded: Status, at: float) -> Observation:
        return Observation(recorded, "the fuse is whole", at, source=Source.DESCRIBE)

    def interpret(
        self, spec: LampSpec, answers: Mapping[Key, str], recorded: Status, at: float
    ) -> Observation | None:
        state = answers.get((spec.house, spec.lamp))
        seen = Standing.SILENT if state == OFF else Standing.RUNNING
        return state and Observation(None, f"its lamp is {state}", at, seen, Source.LIVE)


@pytest.mark.parametrize(
    ("lit", "blown", "status", "stands", "evidence"),
    [
        (True, False, Status.RUNNING, Standing.RUNNING, "the fuse is whole; its lamp is on"),
        (False, False, Status.RUNNING, Standing.SILENT, "the fuse is whole; its lamp is off"),
        (True, True, Status.ENDED, Standing.GONE, "blown"),
    ],
)
def test_what_is_asked_itself_is_told_with_what_it_feeds(
    lit: bool, blown: bool, status: Status, stands: Standing, evidence: str
) -> None:
    houses = Houses({("a", "n")} if lit else set())

    def send(call: Call, body: dict[str, Any]) -> dict[str, Any]:
        if body.get("Name") != "fuse":
            return houses.send(call, body)
        if blown:
            raise Gone("blown", code="ResourceNotFound")
        return {}

    one = Recorded(
        Address("Fuse", "a"), register(FuseKind()), Entry("Fuse", 1, "", Status.RUNNING, spec_of("a", "n"))
    )
    with ThreadPoolExecutor(1) as executor:
        seen = observe([one], Settings("w"), Connection(send, executor, lambda: 7.0))
    found = seen.observed[one.address]
    assert (found.status, found.standing, found.source) == (status, stands, Source.DESCRIBE)
    assert (found.evidence, found.at) == (evidence, 7.0)
    assert not seen.warnings
