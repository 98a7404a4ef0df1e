"""Bugs on purpose about the one question behind every failure of the network: was it sent?

They are part of `python -m tests.chaos.mutants`.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

from requests.exceptions import ProxyError

from reconciler.cloud import transport
from reconciler.cloud.attempt import Attempt, Tracked
from reconciler.cloud.failures import NoAnswer, Unreachable

from ..durability.mutants import changed

FAILURE = transport.failure


def by_the_librarys_error(error: Exception, *given: Any) -> Unreachable | NoAnswer:
    """The library says that there was no connection through the proxy, also once the request was sent."""
    if isinstance(error, ProxyError):
        return Unreachable("no connection through the proxy")
    return FAILURE(error, *given)


def never_noted(self: Attempt, *, connecting: bool) -> None:
    """What leaves is taken for the wish for a tunnel."""
    self.tunnelled = True


def noted_late(self: Tracked, data: Any) -> None:
    """A request counts as sent only once its answer is waited for."""
    super(Tracked, self).send(data)


OF_THE_NETWORK: dict[str, Callable[[], AbstractContextManager[Any]]] = {
    "what is lost behind a proxy taken for not sent": changed(transport, failure=by_the_librarys_error),
    "the first byte of a request never noted": changed(Attempt, hands_out=never_noted),
    "the first byte of a request noted too late": changed(Tracked, send=noted_late),
}
