"""Asks the cloud how recorded resources stand, read-only, as many at a time as the pace allows.

Some kinds are asked after one by one. Others have questions that several of them share: those are
asked one by one where they are few, and answered by a list where they are many.
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from concurrent.futures import Executor
from dataclasses import dataclass, field
from typing import Any, TypeVar

from reconciler.calls import Call, Send, TaskIdOf
from reconciler.errors import CloudError, CredentialsRefused, NotSent
from reconciler.kinds.base import Settings, Subject
from reconciler.kinds.questions import Key, Listing, Question
from reconciler.kinds.records import Recorded
from reconciler.model import Address, Observation

_NO_CLOUD = ("unreachable", "no-answer")
_OFFLINE = "check the network and the endpoint, or plan without querying the cloud with --no-refresh"

MANY = 20
"""More questions than this that one list can answer are answered by that list."""

About = TypeVar("About", Address, Key, int)
"""What a call is about: a record, a question, or a page of a list."""


@dataclass(frozen=True, slots=True)
class Observations:
    """What was seen, and in words what could not be."""

    observed: Mapping[Address, Observation] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()


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
) -> Observations:
    """Observes every record that anything can be told of; with `only_authoritative`, what can change a plan.

    `also` are records of which anything that can be told counts, as their tasks are said to have ended.

    A call that fails makes a warning and leaves unobserved what it was about, as nothing may be
    concluded from it; refused credentials are raised, as every other call would fail too.
    """
    observer = _Observer(settings, connection)
    listed = sorted(records, key=lambda one: one.address)
    observed = observer.ask([one for one in listed if one.kind.observes])
    in_bulk = [
        one
        for one in listed
        if _is_asked_in_bulk(one, only_authoritative=only_authoritative and one.address not in also)
    ]
    observed.update(observer.ask_in_bulk(in_bulk))
    return Observations(observed, tuple(observer.warnings))


def observable(recorded: Recorded, *, only_authoritative: bool = False) -> bool:
    """Whether anything at all can be told of a record."""
    return recorded.kind.observes is not None or _is_asked_in_bulk(
        recorded, only_authoritative=only_authoritative
    )


def _is_asked_in_bulk(recorded: Recorded, *, only_authoritative: bool) -> bool:
    """Whether shared questions tell something of it, as its kind cannot be asked itself."""
    bulk = recorded.kind.observed_in_bulk
    return (
        recorded.kind.observes is None and bulk is not None and (bulk.authoritative or not only_authoritative)
    )


class _Observer:
    """One round of looking: collects warnings on the way."""

    def __init__(self, settings: Settings, connection: Connection) -> None:
        self.warnings: list[str] = []
        self._settings = settings
        self._connection = connection

    def ask(self, records: Iterable[Recorded]) -> dict[Address, Observation]:
        """One call each."""
        asked = {one.address: (one, one.kind.observes) for one in records if one.kind.observes}
        calls = {address: kind.observe(self._subject(one)) for address, (one, kind) in asked.items()}
        responses = self._responses({address: call for address, call in calls.items() if call is not None})
        at = self._connection.clock()
        return {
            address: kind.read(responses[address], one.entry.status, at)
            for address, (one, kind) in asked.items()
            if address in responses
        }

    def _subject(self, recorded: Recorded) -> Subject:
        task_id = recorded.entry.task_id
        known = None if isinstance(task_id, TaskIdOf) else task_id
        return Subject(recorded.address, recorded.spec, self._settings, task_id=known)

    def ask_in_bulk(self, records: Iterable[Recorded]) -> dict[Address, Observation]:
        """What shared questions tell, each of them asked once."""
        asking = [(one, kind) for one in records if (kind := one.kind.observed_in_bulk)]
        questions = {one.address: kind.questions(one.spec) for one, kind in asking}
        every = {question.key: question for listed in questions.values() for question in listed}
        authoritative = {
            one.key for record, kind in asking if kind.authoritative for one in questions[record.address]
        }
        answers = self._answers_to(every, authoritative)
        at = self._connection.clock()
        interpreted = {
            one.address: kind.interpret(one.spec, answers, one.entry.status, at) for one, kind in asking
        }
        return {address: observation for address, observation in interpreted.items() if observation}

    def _answers_to(self, every: Mapping[Key, Question], authoritative: set[Key]) -> dict[Key, str]:
        answers: dict[Key, str] = {}
        for listing, keys in _by_listing(every.values()):
            if len(keys) > MANY and (listed := self._listed(listing)) is not None:
                answers.update({key: listed[key] for key in keys & listed.keys()})
                answers.update(dict.fromkeys(keys - listed.keys() - authoritative, listing.absent))
        left = sorted(every.keys() - answers.keys())
        responses = self._responses({key: every[key].call for key in left})
        read = {key: every[key].read(response) for key, response in responses.items()}
        return {**answers, **{key: answer for key, answer in read.items() if answer is not None}}

    def _listed(self, listing: Listing) -> dict[Key, str] | None:
        """All that a list has; None if it could not be had."""
        first = self._responses({1: listing.page(1)})
        if not first:
            return None
        listed, pages = listing.read(first[1])
        rest = {page: listing.page(page) for page in range(2, pages + 1)}
        responses = self._responses(rest)
        if len(responses) < len(rest):
            return None
        found = dict(listed)
        for response in responses.values():
            found.update(listing.read(response).answers)
        return found

    def _responses(self, calls: Mapping[About, Call]) -> dict[About, dict[str, Any]]:
        """The responses to those calls that got one, side by side."""
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
