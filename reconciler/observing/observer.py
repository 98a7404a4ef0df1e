"""Asks the cloud how recorded resources stand, read-only, as many at a time as the pace allows.

Some kinds are asked after one by one. Others have questions that several of them share: those are
asked one by one where they are few, and answered by a list where they are many and it has no more pages.
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from concurrent.futures import Executor
from dataclasses import dataclass, field
from typing import Any, TypeVar

from reconciler.calls import Call, Send
from reconciler.errors import CloudError, CredentialsRefused, Gone, NotSent
from reconciler.kinds.base import Settings
from reconciler.kinds.questions import Key, Listing, Question
from reconciler.kinds.records import Recorded
from reconciler.model import Address, Observation, Source, Status
from reconciler.observing.evidence import combined
from reconciler.observing.subjects import possible_subject, seen_by, subject
from reconciler.planning.expiry import handle_ends

_NO_CLOUD = ("unreachable", "no-answer")
_OFFLINE = "check the network and the endpoint, or plan without querying the cloud with --no-refresh"

MANY = 20
"""More questions than this that one list can answer are answered by that list."""

MOST_PAGES = 500
"""The longest list that is read where nothing else tells of a task."""

About = TypeVar("About", Address, Key, int)
"""What a call is about: a record, a question, or a page of a list."""


@dataclass(frozen=True, slots=True)
class Observations:
    """What was seen, and in words what could not be.

    `answers` has what was answered to shared questions, by their keys, and `shared` which of them each has.
    """

    observed: Mapping[Address, Observation] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()
    answers: Mapping[Key, Any] = field(default_factory=dict)
    shared: Mapping[Address, tuple[Key, ...]] = field(default_factory=dict)


@dataclass(slots=True)
class Round:
    """What was asked since the round began: whoever looks again, at more, asks nothing a second time.

    `failure` is what keeps everything from being asked.
    """

    own: dict[Address, Observation | None] = field(default_factory=dict)
    answers: dict[Key, Any] = field(default_factory=dict)
    asked: set[Key] = field(default_factory=set)
    warnings: list[str] = field(default_factory=list)
    failure: CloudError | None = None

    def begin_again(self) -> None:
        """Forgets all of it."""
        self.own, self.answers, self.asked, self.warnings = {}, {}, set(), []


@dataclass(frozen=True, slots=True)
class Connection:
    """What observing needs of the world: `clock` gives unix seconds."""

    send: Send
    executor: Executor
    clock: Callable[[], float]


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
    observed = observer.ask([one for one in listed if one.kind.observes])
    read_back = observer.read_back([one for one in listed if one.kind.reads_back])
    in_bulk = [
        one
        for one in listed
        if _is_asked_in_bulk(one, only_authoritative=only_authoritative and one.address not in also)
    ]
    told, shared = observer.ask_in_bulk(in_bulk, beside)
    found = combined((observed, read_back, told))
    return Observations(found, tuple(observer.warnings), observer.answers, shared)


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


class _Observer:
    """One round of looking: collects warnings on the way."""

    def __init__(self, settings: Settings, connection: Connection, since: Round) -> None:
        self.warnings = since.warnings
        self._settings = settings
        self._connection = connection
        self._round = since

    @property
    def answers(self) -> Mapping[Key, Any]:
        """What was answered to shared questions."""
        return self._round.answers

    def ask(self, records: Iterable[Recorded]) -> dict[Address, Observation]:
        """One call each, where its TaskId is of use; what is answered that it has ended has."""
        now, known = self._connection.clock(), self._round.own
        listed = [one for one in records if _is_known_by_id(one, now)]
        known.update(self._asked([one for one in listed if one.address not in known]))
        seen = {one.address: known.get(one.address) for one in listed}
        return {address: observation for address, observation in seen.items() if observation}

    def _asked(self, records: Iterable[Recorded]) -> dict[Address, Observation | None]:
        asked = {one.address: (one, one.kind.observes) for one in records if one.kind.observes}
        about = {one: kind.observe(subject(record, self._settings)) for one, (record, kind) in asked.items()}
        calls = {address: call for address, call in about.items() if call is not None}
        gone: dict[Address, str] = {}
        responses = self._responses(calls, gone)
        at = self._connection.clock()
        ended = {
            address: Observation(Status.ENDED, words, at, source=Source.DESCRIBE)
            for address, words in gone.items()
        }
        told = {
            address: kind.read(responses[address], one.entry.status, at)
            for address, (one, kind) in asked.items()
            if address in responses
        }
        return {**dict.fromkeys(asked), **ended, **told}

    def read_back(self, records: Iterable[Recorded]) -> dict[Address, Observation]:
        """What is told of each task, with what it is made of."""
        looking = [(one, kind) for one in records if (kind := one.kind.reads_back)]
        subjects = [(one, kind, possible_subject(one, self._settings)) for one, kind in looking]
        sought = [(one, about, kind.sought(about)) for one, kind, about in subjects]
        every = {question.key: question for *_, question in sought if question is not None}
        answers = self._answers_to(every, set(every))
        at = self._connection.clock()
        seen = {
            one.address: seen_by(one, about, answers[question.key], at)
            for one, about, question in sought
            if question is not None and question.key in answers
        }
        return {address: observation for address, observation in seen.items() if observation}

    def ask_in_bulk(
        self, records: Iterable[Recorded], beside: Iterable[tuple[Question, bool]]
    ) -> tuple[dict[Address, Observation], dict[Address, tuple[Key, ...]]]:
        """(what shared questions tell, each of them asked once; which of them each record has)."""
        asking = [(one, kind) for one in records if (kind := one.kind.observed_in_bulk)]
        questions = {one.address: kind.questions(one.spec) for one, kind in asking}
        every = {question.key: question for listed in questions.values() for question in listed}
        authoritative = {
            one.key for record, kind in asking if kind.authoritative for one in questions[record.address]
        }
        for question, is_authoritative in beside:
            every[question.key] = question
            authoritative |= {question.key} if is_authoritative else set()
        answers = self._answers_to(every, authoritative)
        at = self._connection.clock()
        interpreted = {
            one.address: kind.interpret(one.spec, answers, one.entry.status, at) for one, kind in asking
        }
        told = {address: observation for address, observation in interpreted.items() if observation}
        return told, {address: tuple(one.key for one in listed) for address, listed in questions.items()}

    def _answers_to(self, every: Mapping[Key, Question], authoritative: set[Key]) -> Mapping[Key, Any]:
        """What is answered to these by now: those that were not asked yet in the round are."""
        new = {key: question for key, question in every.items() if key not in self._round.asked}
        self._round.answers.update(self._answered(new, authoritative))
        self._round.asked.update(new)
        return self._round.answers

    def _answered(self, every: Mapping[Key, Question], authoritative: set[Key]) -> dict[Key, Any]:
        answers: dict[Key, Any] = {}
        for listing, keys in _by_listing(every.values()):
            only = {key for key in keys if every[key].call is None}
            if (only or len(keys) > MANY) and (
                listed := self._listed(listing, MOST_PAGES if only else len(keys))
            ) is not None:
                answers.update({key: listed[key] for key in keys & listed.keys()})
                absent = keys - listed.keys() - (authoritative - only)
                answers.update(dict.fromkeys(absent, listing.absent))
        calls = {key: one.call for key, one in sorted(every.items()) if one.call and key not in answers}
        responses = self._responses(calls)
        read = {key: every[key].read(response) for key, response in responses.items()}
        return {**answers, **{key: answer for key, answer in read.items() if answer is not None}}

    def _listed(self, listing: Listing, most: int) -> dict[Key, Any] | None:
        """All that a list has; None if it could not be had, or not in so many pages."""
        first = self._responses({1: listing.page(1)})
        if not first:
            return None
        listed, pages = listing.read(first[1])
        if pages > most:
            if most == MOST_PAGES:
                self.warnings.append(f"{listing.page(1).action.name}: not read: the list has {pages} pages")
            return None
        rest = {page: listing.page(page) for page in range(2, pages + 1)}
        responses = self._responses(rest)
        if len(responses) < len(rest):
            return None
        again = self._responses({1: listing.page(1)}) if listing.newest_first and rest else {}
        found = dict(listed)
        for response in (*responses.values(), *again.values()):
            found.update(listing.read(response).answers)
        return found if again or not (listing.newest_first and rest) else None

    def _responses(
        self, calls: Mapping[About, Call], gone: dict[About, str] | None = None
    ) -> dict[About, dict[str, Any]]:
        """The responses to those calls that got one, side by side; `gone` gets those that say of an end."""
        futures = {
            about: self._connection.executor.submit(self._connection.send, call, dict(call.request))
            for about, call in calls.items()
        }
        responses: dict[About, dict[str, Any]] = {}
        silence: CloudError | None = None
        for about, future in futures.items():
            try:
                responses[about] = future.result()
            except CredentialsRefused:
                raise
            except CloudError as error:
                if isinstance(error, Gone) and gone is not None:
                    gone[about] = error.message
                else:
                    self.warnings.append(f"{_name(about, calls[about])}: not observed: {error.message}")
                    silence = error if error.code in _NO_CLOUD else None
        if silence is not None and not responses:
            raise NotSent(silence.message, code=silence.code, hint=_OFFLINE)
        return responses


def _by_listing(questions: Iterable[Question]) -> list[tuple[Listing, set[Key]]]:
    """The keys of the questions that each list can answer, in the order of the lists' own keys."""
    listings: dict[Key, Listing] = {}
    keys: dict[Key, set[Key]] = {}
    for question in questions:
        if question.listing is not None:
            listings[question.listing.key] = question.listing
            keys.setdefault(question.listing.key, set()).add(question.key)
    return [(listings[key], keys[key]) for key in sorted(listings)]


def _name(about: About, call: Call) -> str:
    """What a call is about; a page of a list is about nothing in particular."""
    return call.action.name if isinstance(about, int) else str(about)
