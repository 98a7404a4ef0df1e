"""What can befall a request: each fate gives the content of the answer, or raises."""

from collections.abc import Mapping
from typing import Any

from ..disk import Killed
from .wire import Fate, Letter, Wire, error

TIMEOUT = 15.0
"""Seconds after which a client waits no longer."""


def arrives(wire: Wire, letter: Letter) -> dict[str, Any]:
    return wire.serve(letter)


def silence(wire: Wire) -> Exception:
    """No answer, at once or after the client's patience."""
    wire.clock.sleep(wire.weather.random.choice((0.1, TIMEOUT)))
    return wire.way.lost()


def unreachable(wire: Wire, letter: Letter) -> dict[str, Any]:
    raise wire.way.unsent()


def request_lost(wire: Wire, letter: Letter) -> dict[str, Any]:
    raise silence(wire)


def answer_lost(wire: Wire, letter: Letter) -> dict[str, Any]:
    wire.serve(letter)
    raise silence(wire)


def late(wire: Wire, letter: Letter) -> dict[str, Any]:
    wire.put_off(letter)
    raise silence(wire)


def doubled(wire: Wire, letter: Letter) -> dict[str, Any]:
    """It takes effect twice at once; the answer is that to the second, as a repeating proxy gives it."""
    wire.serve(letter)
    return wire.serve(letter)


def doubled_late(wire: Wire, letter: Letter) -> dict[str, Any]:
    """It takes effect now, and once more later; there is no answer."""
    wire.serve(letter)
    wire.put_off(letter)
    raise silence(wire)


def fails_before(wire: Wire, letter: Letter) -> dict[str, Any]:
    return error("InternalError")


def fails_after(wire: Wire, letter: Letter) -> dict[str, Any]:
    wire.serve(letter)
    return error("InternalError")


def outdated(wire: Wire, letter: Letter) -> dict[str, Any]:
    return error("FailedOperation.RequestOutdated")


def throttled(wire: Wire, letter: Letter) -> dict[str, Any]:
    return error("RequestLimitExceeded")


def refused(wire: Wire, letter: Letter) -> dict[str, Any]:
    return error("InvalidParameter")


def no_capacity(wire: Wire, letter: Letter) -> dict[str, Any]:
    return error("FailedOperation.RestrictedConcurrency")


def dies_before(wire: Wire, letter: Letter) -> dict[str, Any]:
    raise Killed


def dies_after(wire: Wire, letter: Letter) -> dict[str, Any]:
    wire.serve(letter)
    raise Killed


def dies_and_late(wire: Wire, letter: Letter) -> dict[str, Any]:
    """The process dies while its request is still under way."""
    wire.put_off(letter)
    raise Killed


FATES: Mapping[str, Fate] = {
    "": arrives,
    "unreachable": unreachable,
    "request lost": request_lost,
    "answer lost": answer_lost,
    "late": late,
    "doubled": doubled,
    "doubled late": doubled_late,
    "fails before": fails_before,
    "fails after": fails_after,
    "outdated": outdated,
    "throttled": throttled,
    "refused": refused,
    "no capacity": no_capacity,
    "dies before": dies_before,
    "dies after": dies_after,
    "dies, late": dies_and_late,
}
LATE = ("late", "doubled late", "dies, late")
DOUBLED = ("doubled", "doubled late")
DEATHS = ("dies before", "dies after", "dies, late")
