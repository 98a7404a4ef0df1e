"""Live's event callbacks: what they say of pushes that make live streams (reference callbacks §6).

Their signature covers a moment and nothing else, so that they prove nothing: they say how a stream stood by
a push of it, and why that ended. Each push has a sequence of its own, that of its beginning and its end.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from reconciler.kinds.live import ACTIVE, FORBID, INACTIVE, PushTarget
from reconciler.kinds.questions import Key
from reconciler.moments import rfc3339

_ENDS, _BEGINS = 0, 1
_LATEST = 253_402_300_800  # the year 10000, which no text of a moment has
_FORBIDDEN = ("18/305", "21/101")
_REPLACED = "21/102"
WHY = {
    **dict.fromkeys(("1", "2", "3", "4"), "the pusher closed it"),
    **dict.fromkeys(("8", "20"), "nothing came from the pusher"),
    **dict.fromkeys(("12", "13", "14", "15", "16", "17"), "the pusher's network failed"),
    "18/202": "the account is in arrears",
    "18/305": "the stream is forbidden",
    "18/501": "its txTime is past",
    "18/502": "its credential is missing",
    "18/503": "its credential is wrong",
    "18/601": "too many pushes under one name",
    "21/100": "DropLiveStream cut it",
    "21/101": "ForbidLiveStream cut it",
    _REPLACED: "a newer push of the same name took its place",
}
"""Why a push ended, by its errcode (reference callbacks §6); what is not listed tells nothing."""


@dataclass(frozen=True, slots=True)
class LiveEvent:
    """That a push to a live stream began, or ended; `at` in unix seconds, `code` its errcode, "" for none."""

    target: PushTarget
    at: float
    begins: bool
    push: str = ""
    code: str = ""


@dataclass(frozen=True, slots=True)
class ToldStream:
    """How a live stream stands by its events: active, inactive or forbid, since when, and in which words."""

    state: str
    at: float
    words: str

    @property
    def is_up(self) -> bool:
        """Whether something is pushed to it."""
        return self.state == ACTIVE


def live_event(body: Mapping[str, Any]) -> LiveEvent | None:
    """What a callback says of a push; None of one that is about something else.

    Raises ValueError, with what is wrong, for one that lacks what tells of the stream.
    """
    kind = body.get("event_type")
    if "EventGroupId" in body or isinstance(kind, bool) or kind not in (_ENDS, _BEGINS):
        return None
    target = PushTarget(_text(body, "app").lower(), _text(body, "appname"), _text(body, "stream_id"))
    at = body.get("event_time")
    if isinstance(at, bool) or not isinstance(at, int) or not 0 <= at < _LATEST:
        raise ValueError(f"found event_time {at!r}, which is not in seconds since 1970")
    code = "" if kind == _BEGINS else str(body.get("errcode", ""))
    return LiveEvent(target, float(at), kind == _BEGINS, str(body.get("sequence", "")), code)


def told_streams(events: Iterable[LiveEvent]) -> dict[Key, ToldStream]:
    """How each live stream stands by the push that began last, or that ended last where none began.

    A push that a newer one has replaced says nothing of the stream.
    """
    pushes: dict[PushTarget, dict[str, list[LiveEvent]]] = {}
    for event in events:
        if event.code != _REPLACED:
            pushes.setdefault(event.target, {}).setdefault(event.push, []).append(event)
    return {target: _told(max(listed.values(), key=_began)) for target, listed in pushes.items()}


def _began(push: Iterable[LiveEvent]) -> tuple[float, float]:
    """What orders pushes: their beginnings, or ends where those are not known; then their ends."""
    moments = [event.at for event in push]
    return min(moments), max(moments)


def _told(push: Iterable[LiveEvent]) -> ToldStream:
    last = max(push, key=lambda event: (event.at, not event.begins))
    said = f"a callback of {rfc3339(last.at)} says that the push of {last.target.stream}"
    if last.begins:
        return ToldStream(ACTIVE, last.at, f"{said} began")
    why = WHY.get(last.code) or WHY.get(last.code.partition("/")[0])
    state = FORBID if last.code in _FORBIDDEN else INACTIVE
    return ToldStream(state, last.at, f"{said} ended: {why}" if why else f"{said} ended")


def _text(body: Mapping[str, Any], name: str) -> str:
    found = body.get(name)
    if not isinstance(found, str) or not found:
        raise ValueError(f"{name} is missing or not a string")
    return found
