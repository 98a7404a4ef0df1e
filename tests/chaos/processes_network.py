"""Every action that can be sent, with a request that the simulator carries out, and what a fault means.

The classes are those of reference client §2: a call surely had no effect, or may
have had one. Only the second is told of an answer that was lost, whatever became of the request.
"""

import time
from collections.abc import Callable, Iterator
from itertools import count
from typing import Any

from reconciler.cloud.usersig import Pass, user_sig
from reconciler.errors import CloudError, Gone, NotSent, OutcomeUnknown, Refused, Throttled
from reconciler.kinds import actions
from reconciler.model import Action, Call
from tests.chaos.processes_proxy import (
    Fault,
    answering,
    cut_in_half,
    cut_short,
    drip,
    greet_and_go,
    keep_silent,
    refusing,
    reset,
    reset_when_done,
)

APP, REGION = 1400188366, "ap-guangzhou"
ACTIONS: dict[str, Action] = {action.name: action for action in actions().values()}

NONE, DONE = 0, 1
"""How often the simulator carried the request out."""

FAULTS: dict[str, tuple[Fault, type[CloudError], int]] = {
    # name: (what is done, the class it must have, what really happened)
    "reset before the request": (Fault(reset, unread=True), OutcomeUnknown, NONE),
    "reset after the request": (Fault(reset_when_done), OutcomeUnknown, DONE),
    "no answer": (Fault(keep_silent), OutcomeUnknown, DONE),
    "half a body": (Fault(cut_in_half), OutcomeUnknown, DONE),
    "broken JSON": (Fault(answering("200 OK", b'{"Response": {"TaskId"', done=True)), OutcomeUnknown, DONE),
    "refused": (Fault(refusing("InvalidParameter")), Refused, NONE),
    "too many": (Fault(refusing("RequestLimitExceeded")), Throttled, NONE),
    "gone": (Fault(refusing("FailedOperation.TaskFinished")), Gone, NONE),
    "server fault": (Fault(refusing("InternalError")), OutcomeUnknown, NONE),
    "bad gateway": (Fault(answering("502 Bad Gateway", b"<html>", done=True)), OutcomeUnknown, DONE),
    "a byte now and then": (Fault(drip), OutcomeUnknown, DONE),
    "TLS cut in its greeting": (Fault(greet_and_go, unread=True, tls=True), OutcomeUnknown, NONE),
    "TLS cut in the answer": (Fault(cut_short, tls=True), OutcomeUnknown, DONE),
}
SLOW = ("no answer", "a byte now and then")
"""These end by the client's deadline alone."""

REPEATED: dict[str, type[CloudError]] = {
    "StopPublishCdnStream": Gone,
    "StopStreamIngest": Gone,
}
"""What a repeat is told after a first request that took effect, where that is no success."""

ONCE = {"StartPublishStream", "StartPublishStreamWithURL", "StopPublishStream", "UpdateStreamIngest"}
"""Never repeated after a lost answer, though they make nothing with an ID: the first could come late."""


def _sig(user: str) -> str:
    return user_sig(Pass(APP, user, int(time.time()), 3600), "key of the tests")


class Requests:
    """Fresh requests for each action, every one about something that no other is about.

    `send` is a way to the simulator without faults, for what has to be there first.
    """

    def __init__(self, send: Callable[[Call], dict[str, Any]]) -> None:
        self._send = send
        self._numbers: Iterator[int] = count(1)

    def call(self, name: str) -> Call:
        """A call of an action that will succeed."""
        number = next(self._numbers)
        return Call(ACTIONS[name], REGION, getattr(self, f"_{name}", self._of_live)(number))

    def _task(self, name: str) -> dict[str, Any]:
        """The task that a fresh start makes."""
        return {"SdkAppId": APP, "TaskId": self._send(self.call(name))["TaskId"]}

    def _StartPublishCdnStream(self, number: int) -> dict[str, Any]:
        return {
            "SdkAppId": APP,
            "RoomId": str(number),
            "RoomIdType": 0,
            "WithTranscoding": 1,
            "AgentParams": {"UserId": f"robot-{number}", "UserSig": _sig(f"robot-{number}")},
            "AudioParams": {"AudioEncode": {"SampleRate": 48000, "Channel": 2, "BitRate": 64}},
            "PublishCdnParams": [{"PublishCdnUrl": f"rtmp://push.example/live/{number}"}],
        }

    def _UpdatePublishCdnStream(self, number: int) -> dict[str, Any]:
        task = self._task("StartPublishCdnStream")
        push = [{"PublishCdnUrl": f"rtmp://push.example/live/other-{number}"}]
        return {**task, "SequenceNumber": 1, "WithTranscoding": 1, "PublishCdnParams": push}

    def _StopPublishCdnStream(self, number: int) -> dict[str, Any]:
        return self._task("StartPublishCdnStream")

    def _StartStreamIngest(self, number: int) -> dict[str, Any]:
        return {
            "SdkAppId": APP,
            "RoomId": str(number),
            "RoomIdType": 1,
            "UserId": f"film-{number}",
            "UserSig": _sig(f"film-{number}"),
            "StreamUrl": f"https://media.example/{number}.mp4",
        }

    def _UpdateStreamIngest(self, number: int) -> dict[str, Any]:
        return {**self._task("StartStreamIngest"), "Volume": 50}

    def _StopStreamIngest(self, number: int) -> dict[str, Any]:
        return self._task("StartStreamIngest")

    def _DescribeStreamIngest(self, number: int) -> dict[str, Any]:
        return self._task("StartStreamIngest")

    def _RemoveUser(self, number: int) -> dict[str, Any]:
        return {"SdkAppId": APP, "RoomId": number + 1, "UserIds": ["film"]}

    def _RemoveUserByStrRoomId(self, number: int) -> dict[str, Any]:
        return {"SdkAppId": APP, "RoomId": f"room-{number}", "UserIds": ["film"]}

    def _StartPublishStream(self, number: int) -> dict[str, Any]:
        return {"UserId": f"player-{number}"}

    def _StartPublishStreamWithURL(self, number: int) -> dict[str, Any]:
        return {"UserId": f"player-{number}", "PublishStreamURL": f"rtmp://push.example/live/car-{number}"}

    def _StopPublishStream(self, number: int) -> dict[str, Any]:
        return {"UserId": f"player-{number}"}

    def _of_live(self, number: int) -> dict[str, Any]:
        return {"DomainName": "live.example", "AppName": "live", "StreamName": f"stream-{number}"}


def after_one(action: Action, wanted: type[CloudError], effect: int) -> tuple[type[CloudError] | None, int]:
    """(what a call ends in whose first attempt meets a fault, or None; how many requests are sent)."""
    if issubclass(wanted, Refused):
        return wanted, 1
    if wanted is OutcomeUnknown and (action.starts or action.name in ONCE):
        return OutcomeUnknown, 1
    if issubclass(wanted, NotSent) or effect == NONE:
        return None, 2
    return REPEATED.get(action.name), 2
