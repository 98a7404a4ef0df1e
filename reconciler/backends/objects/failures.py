"""What a store of objects did not do, in words: what it means for a state, and what to do about it."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from reconciler.backends.holders import said_of
from reconciler.backends.objects.bucket import Rejected, Unanswered
from reconciler.backends.objects.location import ObjectPlace
from reconciler.errors import StateError

_AWAY = "check the object store and the network, then run the command again"
_ADVICE = {
    "AccessDenied": "grant these keys the rights listed in docs/object-state.md",
    "InvalidAccessKeyId": "correct the key pair in the environment",
    "SignatureDoesNotMatch": "correct the secret key or the region in the URL",
    "AuthorizationHeaderMalformed": "correct the region in the URL",
    "RequestTimeTooSkewed": "set this machine's clock",
    "PermanentRedirect": "correct the region or the endpoint in the URL",
    "NoSuchBucket": "create the bucket, or correct its name",
}


def uninitialised(place: ObjectPlace) -> StateError:
    """That nothing says that the prefix is for states."""
    return StateError(
        f"{place.location}: no store under this prefix",
        "create one with `reconciler state backend init`, or use the right prefix",
    )


@contextmanager
def told(place: ObjectPlace, then: str = "") -> Iterator[None]:
    """What the store does not do meanwhile as a StateError; `then` follows the advice where it is away."""
    try:
        yield
    except Unanswered as error:
        raise StateError(
            f"{place.location}: the object store does not respond: {error}", f"{_AWAY}{then}"
        ) from error
    except Rejected as error:
        raise StateError(
            f"{place.location}: the object store refused: {error}", _ADVICE.get(error.code, _AWAY)
        ) from error


def overtaken(place: ObjectPlace, holder: Mapping[str, Any] | None) -> StateError:
    """That the hold is no longer this run's."""
    whose = f"it is now in use by {said_of(holder)}" if holder else "it has been released since"
    return StateError(
        f"{place.location}: this run was out of contact for too long and lost its hold on the state; {whose}",
        "nothing more was sent or recorded; wait for any other run to end, then run the command again: what "
        "this run recorded is kept",
    )


def moved(place: ObjectPlace, number: int) -> StateError:
    """That the log does not end where this run knows it to end, though nobody else holds the state."""
    return StateError(
        f"{place.location}: record {number} of its log was written by another program",
        "make sure no other program writes there, and check whether the bucket was restored",
    )


def strange(place: ObjectPlace, what: str, error: Exception | str) -> StateError:
    """That an object is not as it was written; `what` says which."""
    why = error if isinstance(error, str) else f"{type(error).__name__}: {error}"
    return StateError(
        f"{place.location}: {what} was altered or is damaged ({why})",
        f"restore it from the bucket's earlier versions or a backup; or restore the state with `reconciler "
        f"state push FILE --state '{place.location}'`, where FILE is the output of `state pull`",
    )
