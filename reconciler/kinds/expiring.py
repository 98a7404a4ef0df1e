"""What a kind can do about time: each capability is a protocol, as those in `capabilities` are."""

from collections.abc import Mapping
from typing import Any, Protocol, runtime_checkable

from reconciler.calls import Call
from reconciler.kinds.base import Managed, Subject
from reconciler.kinds.expirations import Expiration
from reconciler.model import EndReason
from reconciler.state.model import Entry


@runtime_checkable
class Expirable(Managed, Protocol):
    """What is wanted can be over by its own terms."""

    def lapsed(self, spec: Any, now: float) -> str | None:
        """Why it is over, in words for a warning; None while it is not. `now` in unix seconds."""
        ...

    def too_far(self, spec: Any, now: float) -> str | None:
        """Why the API will refuse its end as too far ahead, in words for a warning; None if it will not.

        `now` in unix seconds; 0 where no moment plays a part.
        """
        ...


@runtime_checkable
class Expires(Managed, Protocol):
    """Something of what is recorded ends by itself, whatever the manifests want."""

    def expirations(self, entry: Entry) -> tuple[Expiration, ...]:
        """What ends, and when, as far as it is known."""
        ...


@runtime_checkable
class KnowsEnds(Managed, Protocol):
    """Can tell why a task of it has ended by itself, from what is recorded."""

    def why_ended(self, entry: Entry, at: float) -> EndReason:
        """The reason of an end that was seen at a moment in unix seconds."""
        ...


@runtime_checkable
class Renews(Managed, Protocol):
    """Ends by itself and can be set again before, or its end be put off, with nothing interrupted."""

    def renew_at(self, entry: Entry) -> float | None:
        """From when on (unix seconds) it is set again if it is still wanted; None if it is not."""
        ...

    def renew(self, subject: Subject) -> Call:
        """The call that sets it again; of a task that puts off its end, and says what differs by the way."""
        ...


@runtime_checkable
class HandleExpires(Managed, Protocol):
    """The API stops knowing a task by its TaskId while the task runs on."""

    def handle_seconds(self, spec: Mapping[str, Any]) -> int:
        """For how long after its start the TaskId of a task is of use, by its recorded spec as JSON."""
        ...
