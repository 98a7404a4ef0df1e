"""Sends questions, as many at a time as the pace allows, and reads lists that answer many of them at once."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Executor
from dataclasses import dataclass
from typing import Any, NamedTuple, TypeVar

from reconciler.calls import Call, Send
from reconciler.errors import CloudError, CredentialsRefused, Gone, NotSent, Refused
from reconciler.kinds.base import Settings
from reconciler.kinds.questions import Key, Listing, Question, Response
from reconciler.model import Address
from reconciler.observing.expected import Expected, nobody

_NO_CLOUD = ("unreachable", "no-answer")
_OFFLINE = "check the network and the endpoint, or plan without querying the cloud with --no-refresh"

MANY = 20
"""More questions than this that one list can answer are answered by that list."""

MOST_PAGES = 500
"""The longest list that is read where nothing else tells of a task."""

About = TypeVar("About", Address, Key, int)
"""What a call is about: a record, a question, or a page of a list."""


@dataclass(frozen=True, slots=True)
class Connection:
    """What observing needs of the world: `clock` gives unix seconds.

    `tell` gets the calls that are about to be made, before the first of them.
    """

    send: Send
    executor: Executor
    clock: Callable[[], float]
    tell: Callable[[Expected], None] = nobody


class _ByList(NamedTuple):
    """A list that is to be read, for the questions of these keys; `only` it can answer some of them."""

    listing: Listing
    keys: set[Key]
    only: set[Key]


class Asking:
    """Asks over a connection for a workspace; `warnings` gets in words what could not be asked."""

    def __init__(self, connection: Connection, settings: Settings, warnings: list[str]) -> None:
        self._connection = connection
        self._site = settings.site
        self._warnings = warnings

    def calls(self, every: Mapping[Key, Question]) -> tuple[list[Call], list[Call]]:
        """(what is asked by itself, pages of lists) as far as that is known before a list was read.

        Of a list it is as many pages as what is asked would fill.
        """
        pages, listed = list[Call](), set[Key]()
        for listing, keys, _ in _by_list(every):
            size = listing.sizes(self._site)[0]
            pages += [listing.page(page + 1, size) for page in range(-(-len(keys) // size))]
            listed |= keys
        return [one.call() for key, one in every.items() if one.call and key not in listed], pages

    def answers(self, every: Mapping[Key, Question], authoritative: set[Key]) -> dict[Key, Any]:
        """What is answered to each question that an answer was got for, by lists where they are many.

        Of what is `authoritative` a list that lacks it tells too little: it is asked itself. Raises
        CredentialsRefused, and NotSent where nothing could be asked.
        """
        found: dict[Key, Any] = {}
        for listing, keys, only in _by_list(every):
            listed = self._listed(listing, MOST_PAGES if only else len(keys))
            if listed is not None:
                found.update({key: listed[key] for key in keys & listed.keys()})
                absent = keys - listed.keys() - (authoritative - only)
                found.update(dict.fromkeys(absent, listing.absent))
        single = sorted((key, one.call) for key, one in every.items() if one.call and key not in found)
        responses = self.responses({key: call() for key, call in single})
        read = {key: every[key].read(response) for key, response in responses.items()}
        return {**found, **{key: answer for key, answer in read.items() if answer is not None}}

    def _listed(self, listing: Listing, most: int) -> dict[Key, Any] | None:
        """All that a list has; None if it could not be had, or not in so many pages."""
        size, first = self._first_page(listing)
        if first is None:
            return None
        listed, pages = listing.read(first)
        if pages > most:
            if most == MOST_PAGES:
                name = listing.page(1, size).action.name
                self._warnings.append(f"{name}: not read: the list has {pages} pages")
            return None
        rest = {page: listing.page(page, size) for page in range(2, pages + 1)}
        responses = self.responses(rest)
        if len(responses) < len(rest):
            return None
        again = self.responses({1: listing.page(1, size)}) if listing.newest_first and rest else {}
        found = dict(listed)
        for response in (*responses.values(), *again.values()):
            found.update(listing.read(response).answers)
        return found if again or not (listing.newest_first and rest) else None

    def _first_page(self, listing: Listing) -> tuple[int, Response | None]:
        """(the size of its pages, the first of them; None if there is no answer to that)."""
        *larger, last = listing.sizes(self._site)
        for size in larger:
            refused: dict[int, CloudError] = {}
            first = self.responses({1: listing.page(1, size)}, Refused, refused)
            if not refused:
                return size, first.get(1)
        return last, self.responses({1: listing.page(1, last)}).get(1)

    def responses(
        self,
        calls: Mapping[About, Call],
        sort: type[CloudError] = Gone,
        told: dict[About, CloudError] | None = None,
    ) -> dict[About, dict[str, Any]]:
        """The responses to those calls that got one, side by side; `told` gets the errors of a `sort`."""
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
                if isinstance(error, sort) and told is not None:
                    told[about] = error
                else:
                    self._warnings.append(f"{_name(about, calls[about])}: not observed: {error.message}")
                    silence = error if error.code in _NO_CLOUD else None
        if silence is not None and not responses:
            raise NotSent(silence.message, code=silence.code, hint=_OFFLINE)
        return responses


def _by_list(every: Mapping[Key, Question]) -> Iterator[_ByList]:
    """The lists that are read for these questions, in the order of their own keys."""
    for listing, keys in _by_listing(every.values()):
        only = {key for key in keys if every[key].call is None}
        if only or len(keys) > MANY:
            yield _ByList(listing, keys, only)


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
