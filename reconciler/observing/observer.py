"""Asks the cloud how recorded resources stand, read-only, as many at a time as the pace allows.

Some kinds are asked after one by one. Others have questions that several of them share: those are
asked one by one where they are few, and answered by a list where they are many and it has no more pages.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from reconciler.calls import Call
from reconciler.errors import CloudError, Gone
from reconciler.kinds.base import Settings, Subject
from reconciler.kinds.questions import Key, Question
from reconciler.kinds.records import Recorded
from reconciler.model import Address, Observation, Source, Status
from reconciler.observing.asking import Asking, Connection
from reconciler.observing.evidence import combined
from reconciler.observing.expected import expected
from reconciler.observing.subjects import possible_subject, seen_by, subject
from reconciler.planning.handles import handle_ends


@dataclass(frozen=True, slots=True)
class Observations:
    """What was seen, and in words what could not be.

    `answers` has what was answered to shared questions, by their keys, and `shared` which of them each has.
    """

    observed: Mapping[Address, Observation] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()
    answers: Mapping[Key, Any] = field(default_factory=dict)
    shared: Mapping[Address, tuple[Key, ...]] = field(default_factory=dict)


class Answer(NamedTuple):
    """What was told of a record by its own call; `status` is how it was recorded then."""

    call: Call | None
    status: Status
    told: Observation | None


@dataclass(slots=True)
class Round:
    """What was asked since the round began: whoever looks again, at more, asks nothing a second time.

    `failure` is what keeps everything from being asked.
    """

    own: dict[Address, Answer] = field(default_factory=dict)
    answers: dict[Key, Any] = field(default_factory=dict)
    asked: set[Key] = field(default_factory=set)
    warnings: list[str] = field(default_factory=list)
    failure: CloudError | None = None
    looked: bool = False

    def look(self) -> None:
        """Whoever looks again, where something could not be asked, asks all as if for the first time."""
        if self.looked and self.warnings:
            self.own, self.answers, self.asked, self.warnings = {}, {}, set(), []
        self.looked = True


def observe(
    records: Iterable[Recorded],
    settings: Settings,
    connection: Connection,
    *,
    only_authoritative: bool = False,
    also: Collection[Address] = (),
    beside: Iterable[tuple[Question, bool]] = (),
    since: Round | None = None,
) -> Observations:
    """Observes every record that anything can be told of; with `only_authoritative`, what can change a plan.

    `also` are records of which anything that can be told counts, as events speak against them.
    `beside` are shared questions of what is not among the records, each with whether what a list lacks tells
    too little of it. What was asked `since` a round began is not asked again.

    A call that fails makes a warning and leaves unobserved what it was about, as nothing may be
    concluded from it; refused credentials are raised, as every other call would fail too.
    """
    current = Round() if since is None else since
    if current.failure is not None:
        raise current.failure
    try:
        return _observed(records, _Observer(settings, connection, current), only_authoritative, also, beside)
    except CloudError as error:
        current.failure = error
        raise


def _observed(
    records: Iterable[Recorded],
    observer: "_Observer",
    only_authoritative: bool,
    also: Collection[Address],
    beside: Iterable[tuple[Question, bool]],
) -> Observations:
    listed = sorted(records, key=lambda one: one.address)
    own = observer.own([one for one in listed if one.kind.observes])
    sought = observer.sought([one for one in listed if one.kind.reads_back])
    in_bulk = [
        one
        for one in listed
        if _is_asked_in_bulk(one, only_authoritative=only_authoritative and one.address not in also)
    ]
    shared = observer.shared(in_bulk, beside)
    observer.announce(own, sought, shared)
    found = combined((observer.ask(own), observer.read_back(sought), observer.ask_in_bulk(shared)))
    return Observations(found, tuple(observer.warnings), observer.answers, shared.keys)


def observable(recorded: Recorded, *, only_authoritative: bool = False) -> bool:
    """Whether anything at all can be told of a record."""
    asked = recorded.kind.observes is not None or recorded.kind.reads_back is not None
    return asked or _is_asked_in_bulk(recorded, only_authoritative=only_authoritative)


def _is_known_by_id(recorded: Recorded, now: float) -> bool:
    """Whether the API can say anything by its TaskId: after that has expired, what runs on is gone to it."""
    ends = handle_ends(recorded.kind, recorded.entry)
    return ends is None or now < ends


def _is_asked_in_bulk(recorded: Recorded, *, only_authoritative: bool) -> bool:
    """Whether questions that it shares with others tell something of it."""
    bulk = recorded.kind.observed_in_bulk
    return bulk is not None and (bulk.authoritative or not only_authoritative)


@dataclass(frozen=True, slots=True)
class _Own:
    """Records that are asked after themselves, and the calls for those that were not asked after yet."""

    records: Sequence[Recorded]
    calls: Mapping[Address, Call | None]


class _Sought(NamedTuple):
    """A task that tells what it is made of, and the question for it; None where there is none."""

    record: Recorded
    subject: Subject
    question: Question | None


@dataclass(frozen=True, slots=True)
class _Shared:
    """Records with the questions that they share with others; `every` has those of others, too."""

    records: Sequence[Recorded]
    keys: Mapping[Address, tuple[Key, ...]]
    every: Mapping[Key, Question]
    authoritative: set[Key]


class _Observer:
    """One round of looking: what is to be asked is worked out, told, and then asked."""

    def __init__(self, settings: Settings, connection: Connection, since: Round) -> None:
        self.warnings = since.warnings
        self._settings = settings
        self._connection = connection
        self._asking = Asking(connection, settings, since.warnings)
        self._round = since

    @property
    def answers(self) -> Mapping[Key, Any]:
        """What was answered to shared questions."""
        return self._round.answers

    def own(self, records: Iterable[Recorded]) -> _Own:
        """One call each, where its TaskId is of use and it was not asked after in the round."""
        now = self._connection.clock()
        listed = [one for one in records if _is_known_by_id(one, now)]
        asking = [(one, kind) for one in listed if (kind := one.kind.observes)]
        calls = [(one, kind.observe(subject(one, self._settings))) for one, kind in asking]
        return _Own(listed, {one.address: call for one, call in calls if self._is_new(one, call)})

    def _is_new(self, one: Recorded, call: Call | None) -> bool:
        """Whether it was not asked after yet, or as another task, before the record became another."""
        known = self._round.own.get(one.address)
        return known is None or (known.call, known.status) != (call, one.entry.status)

    def sought(self, records: Iterable[Recorded]) -> list[_Sought]:
        """The question for each task, by whatever it is known by."""
        looking = [(one, kind) for one in records if (kind := one.kind.reads_back)]
        subjects = [(one, kind, possible_subject(one, self._settings)) for one, kind in looking]
        return [_Sought(one, about, kind.sought(about)) for one, kind, about in subjects]

    def shared(self, records: Iterable[Recorded], beside: Iterable[tuple[Question, bool]]) -> _Shared:
        """The shared questions of records and those `beside`, each of them once."""
        asking = [(one, kind) for one in records if (kind := one.kind.observed_in_bulk)]
        questions = {one.address: kind.questions(one.spec) for one, kind in asking}
        every = {question.key: question for listed in questions.values() for question in listed}
        authoritative = {
            one.key for record, kind in asking if kind.authoritative for one in questions[record.address]
        }
        for question, is_authoritative in beside:
            every[question.key] = question
            authoritative |= {question.key} if is_authoritative else set()
        keys = {address: tuple(one.key for one in listed) for address, listed in questions.items()}
        return _Shared([one for one, _ in asking], keys, every, authoritative)

    def announce(self, own: _Own, sought: Iterable[_Sought], shared: _Shared) -> None:
        """Tells what is about to be asked."""
        by_id = {one.question.key: one.question for one in sought if one.question is not None}
        single, pages = [call for call in own.calls.values() if call is not None], list[Call]()
        for every in (by_id, shared.every):
            more, lists = self._asking.calls(self._unasked(every))
            single, pages = single + more, pages + lists
        if single or pages:
            self._connection.tell(expected(single, pages))

    def ask(self, own: _Own) -> dict[Address, Observation]:
        """How each stands by its own answer; what is answered that it has ended has."""
        known, new = self._round.own, [one for one in own.records if one.address in own.calls]
        told = self._asked(new, own.calls)
        answers = {one.address: (own.calls[one.address], one.entry.status) for one in new}
        known.update({address: Answer(*asked, told[address]) for address, asked in answers.items()})
        seen = ((one.address, known.get(one.address)) for one in own.records)
        return {address: one.told for address, one in seen if one is not None and one.told}

    def _asked(
        self, records: Sequence[Recorded], about: Mapping[Address, Call | None]
    ) -> dict[Address, Observation | None]:
        gone: dict[Address, CloudError] = {}
        calls = {address: call for address, call in about.items() if call is not None}
        responses = self._asking.responses(calls, Gone, gone)
        at = self._connection.clock()
        ended = {
            address: Observation(Status.ENDED, error.message, at, source=Source.DESCRIBE)
            for address, error in gone.items()
        }
        told = {
            one.address: kind.read(responses[one.address], one.entry.status, at)
            for one in records
            if (kind := one.kind.observes) and one.address in responses
        }
        return {**dict.fromkeys(about), **ended, **told}

    def read_back(self, sought: Iterable[_Sought]) -> dict[Address, Observation]:
        """What is told of each task, with what it is made of."""
        asked = [(one, about, question) for one, about, question in sought if question is not None]
        every = {question.key: question for *_, question in asked}
        answers = self._answers_to(every, set(every))
        at = self._connection.clock()
        seen = {
            one.address: seen_by(one, about, answers[question.key], at)
            for one, about, question in asked
            if question.key in answers
        }
        return {address: observation for address, observation in seen.items() if observation}

    def ask_in_bulk(self, shared: _Shared) -> dict[Address, Observation]:
        """What shared questions tell, each of them asked once."""
        answers = self._answers_to(shared.every, shared.authoritative)
        at = self._connection.clock()
        interpreted = {
            one.address: kind.interpret(one.spec, answers, one.entry.status, at)
            for one in shared.records
            if (kind := one.kind.observed_in_bulk)
        }
        return {address: observation for address, observation in interpreted.items() if observation}

    def _unasked(self, every: Mapping[Key, Question]) -> dict[Key, Question]:
        """Those that were not asked yet in the round."""
        return {key: question for key, question in every.items() if key not in self._round.asked}

    def _answers_to(self, every: Mapping[Key, Question], authoritative: set[Key]) -> Mapping[Key, Any]:
        """What is answered to these by now: those that were not asked yet in the round are."""
        new = self._unasked(every)
        self._round.answers.update(self._asking.answers(new, authoritative))
        self._round.asked.update(new)
        return self._round.answers
