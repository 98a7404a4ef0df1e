"""What is to be asked of the cloud about many resources at once, as values: who asks needs to know no kind.

The text of a key is what people are told a question is about. Different questions have different
keys, whatever kind they come from; equal ones are asked once.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from reconciler.calls import Call
from reconciler.kinds.sites import Site

Key = tuple[str, ...]
Response = Mapping[str, Any]


class Page(NamedTuple):
    """What a page of a list says: an answer for each key on it, and how many pages there are."""

    answers: Mapping[Key, Any]
    pages: int


@dataclass(frozen=True, slots=True)
class Listing:
    """A list that answers many questions at once.

    `page` makes the call for a page of some size; they count from 1. `sizes` are those to try on a site, None
    where it is not known: where the API refuses one, the next, which is smaller. `absent` is the answer for
    what is on none of the pages, which is less sure than what a question itself is told. In one that is
    `newest_first` what is changed while it is read moves to the first page, which is read once more at the
    end.
    """

    key: Key
    page: Callable[[int, int], Call]
    sizes: Callable[[Site | None], tuple[int, ...]]
    read: Callable[[Response], Page]
    absent: Any
    newest_first: bool = False


@dataclass(frozen=True, slots=True)
class Question:
    """One call about one thing; `read` gives None for a response that says nothing of it.

    The call is made when it is sent: most are not, where a list tells of many. `listing` may answer it too,
    along with others of the same listing; only that can, where there is no call.
    """

    key: Key
    call: Callable[[], Call] | None
    read: Callable[[Response], Any]
    listing: Listing | None = None
