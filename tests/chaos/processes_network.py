"""Every action that can be sent, with a request that the simulator carries out, and what a fault means.

The classes are those of reference client §2: a call surely had no effect, or may
have had one. Only the second is told of an answer that was lost, whatever became of the request.
"""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import count
from typing import Any

from reconciler.calls import Action, Call
from reconciler.cloud.usersig import Pass, user_sig
from reconciler.errors import (
    CloudError,
    CredentialsRefused,
    Gone,
    NotSent,
    OutcomeUnknown,
    Refused,
    Throttled,
)
from reconciler.kinds import actions
from reconciler.moments import rfc3339
from tests.chaos.processes_proxy import (
    PASS,
    Fault,
    answering,
    cut_at_once,
    cut_in_half,
    cut_short,
    drip,
    keep_silent,
    refusing,
    reset_when_done,
)
from tests.chaos.processes_routes import (
    ROUTES,
    Route,
    Spoil,
    another_in_the_greeting,
    cut_in_the_greeting,
    dripping,
    refusing_with,
    resetting,
    saying,
    silent,
    silent_in_the_greeting,
)

APP, REGION = 1400188366, "ap-guangzhou"
ACTIONS: dict[str, Action] = {action.name: action for action in actions().values()}

NONE, DONE = 0, 1
"""How often the simulator carried the request out."""

PAGE = b"<html>Sorry</html>"
ASKS = 'Proxy-Authenticate: Basic realm="proxy"'

FAULTS: dict[str, tuple[Fault, type[CloudError], int]] = {
    # name: (what is done, the class it must have, what really happened)
    "cut at the first bytes": (Fault(cut_at_once, unread=True), OutcomeUnknown, NONE),
    "reset after the request": (Fault(reset_when_done), OutcomeUnknown, DONE),
    "closed after the request": (Fault(cut_short), OutcomeUnknown, DONE),
    "no answer": (Fault(keep_silent), OutcomeUnknown, DONE),
    "half a body": (Fault(cut_in_half), OutcomeUnknown, DONE),
    "a byte now and then": (Fault(drip), OutcomeUnknown, DONE),
    "broken JSON": (Fault(answering("200 OK", b'{"Response": {"TaskId"', done=True)), OutcomeUnknown, DONE),
    "a page": (Fault(answering("200 OK", PAGE, done=True)), OutcomeUnknown, DONE),
    "refused": (Fault(refusing("InvalidParameter")), Refused, NONE),
    "too many": (Fault(refusing("RequestLimitExceeded")), Throttled, NONE),
    "gone": (Fault(refusing("FailedOperation.TaskFinished")), Gone, NONE),
    "server fault": (Fault(refusing("InternalError")), OutcomeUnknown, NONE),
    "403": (Fault(answering("403 Forbidden", PAGE, done=False)), OutcomeUnknown, NONE),
    "407 that asks for nothing": (
        Fault(answering("407 Proxy Authentication Required", PAGE, done=True)),
        OutcomeUnknown,
        DONE,
    ),
    "502": (Fault(answering("502 Bad Gateway", PAGE, done=True)), OutcomeUnknown, DONE),
    "503 with Retry-After": (
        Fault(answering("503 Service Unavailable", PAGE, "Retry-After: 0", done=True)),
        OutcomeUnknown,
        DONE,
    ),
    "504": (Fault(answering("504 Gateway Timeout", PAGE, done=True)), OutcomeUnknown, DONE),
}
"""At the end where the API is, or at a forward proxy, which is that end for its client."""

FORWARD_FAULTS: dict[str, tuple[Fault, type[CloudError], int]] = {
    "407": (
        Fault(answering("407 Proxy Authentication Required", PAGE, ASKS, done=False)),
        CredentialsRefused,
        NONE,
    ),
}
"""At a forward proxy alone. What it says of itself is believed; no 5xx is."""

TUNNEL_FAULTS: dict[str, tuple[Spoil, type[CloudError]]] = {
    "reset": (resetting, NotSent),
    "closed": (saying(b""), NotSent),
    "silent": (silent, NotSent),
    "no HTTP": (saying(b"SSH-2.0-OpenSSH_9.9\r\n"), NotSent),
    "half a line": (saying(b"HTTP/1.1 200 Conn"), NotSent),
    "a line without end": (saying(b"HTTP/1.1 200 OK\r\nX: " + b"x" * 70_000), NotSent),
    "never ends": (dripping, NotSent),
    "400": (refusing_with("400 Bad Request"), NotSent),
    "403": (refusing_with("403 Forbidden"), CredentialsRefused),
    "407": (refusing_with("407 Proxy Authentication Required", ASKS), CredentialsRefused),
    "502": (refusing_with("502 Bad Gateway"), NotSent),
    "503": (refusing_with("503 Service Unavailable", "Retry-After: 0"), NotSent),
    "silent in TLS": (silent_in_the_greeting, NotSent),
    "cut in TLS": (cut_in_the_greeting, NotSent),
    "another than TLS": (another_in_the_greeting, NotSent),
}
"""Of a CONNECT proxy, before the request could leave: never sent, and repeated unless it was refused."""

SOCKS_FAULTS: dict[str, tuple[Spoil, type[CloudError]]] = {
    "reset": (resetting, NotSent),
    "closed": (saying(b""), NotSent),
    "silent": (silent, NotSent),
    "no SOCKS": (saying(b"HTTP/1.1 400 Bad Request\r\n\r\n"), NotSent),
    "not allowed": (saying(b"\x05\x02\x00\x01" + bytes(6)), NotSent),
}
SLOW = ("no answer", "a byte now and then", "silent", "never ends", "silent in TLS")
"""These end by the client's deadline alone."""

CUTS = ("cut at the first bytes", "reset after the request", "half a body", "refused", "502")
"""What is looked at on routes that differ from others by their beginning only."""

NOBODY = "nobody listens"
"""At the end, or at the proxy where there is one."""


@dataclass(frozen=True)
class Cell:
    """A fault on a route: what is done where, and how it must be classed, whatever the action.

    `arrives` says whether the end where the API is reads the first request whole.
    """

    route: Route
    fault: Fault
    spoil: Spoil | None
    wanted: type[CloudError]
    effect: int
    arrives: bool


def cells() -> dict[str, Cell]:
    """Every fault on every route on which there is such a thing, by its name."""
    found = {}
    for where, route in ROUTES.items():
        found[f"{where}: {NOBODY}"] = Cell(route, PASS, None, NotSent, NONE, False)
        ends = FAULTS if route.tls or not route.proxy else FAULTS | FORWARD_FAULTS
        if route.proxy in ("https", "socks5h"):
            ends = {name: FAULTS[name] for name in CUTS}
        for name, (fault, wanted, effect) in ends.items():
            # In TLS the request leaves only after a greeting, which such a fault does not let come about.
            known = NotSent if fault.unread and route.tls else wanted
            found[f"{where}: {name}"] = Cell(route, fault, None, known, effect, not fault.unread)
        spoils = (SOCKS_FAULTS if route.proxy.startswith("socks") else TUNNEL_FAULTS) if route.tunnels else {}
        for name, (spoil, wanted) in spoils.items():
            found[f"{where}: proxy: {name}"] = Cell(route, PASS, spoil, wanted, NONE, False)
    return found


REPEATED: dict[str, type[CloudError]] = {
    "StopPublishCdnStream": Gone,
    "StopStreamIngest": Gone,
    "DeleteLivePullStreamTask": Gone,
    "CancelCommonMixStream": Gone,
    "DeleteCloudRecording": Gone,
}
"""What a repeat is told after a first request that took effect, where that is no success."""

ONCE = {
    *("StartPublishStream", "StartPublishStreamWithURL", "StopPublishStream", "UpdateStreamIngest"),
    *("ModifyLivePullStreamTask", "CancelCommonMixStream", "ModifyCloudRecording"),
}
"""Never repeated after a lost answer, though they make nothing with an ID: the first could come late."""


def _sig(user: str) -> str:
    return user_sig(Pass(APP, user, int(time.time()), 3600), "key of the tests")


def _moment(after: float) -> str:
    """A moment so many seconds from now, as Live takes it (RFC 3339 UTC)."""
    return rfc3339(time.time() + after)


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

    def _CreateCommonMixStream(self, number: int) -> dict[str, Any]:
        inputs = {f"host_{number}": (1, 1280, 720), f"guest_{number}": (2, 0.25, 0.25)}
        return {
            "MixStreamSessionId": f"session_{number}",
            "InputStreamList": [
                {
                    "InputStreamName": name,
                    "LayoutParams": {"ImageLayer": layer, "ImageWidth": width, "ImageHeight": height},
                }
                for name, (layer, width, height) in inputs.items()
            ],
            "OutputParams": {"OutputStreamName": f"mixed_{number}", "OutputStreamType": 1},
        }

    def _CancelCommonMixStream(self, number: int) -> dict[str, Any]:
        mix = self.call("CreateCommonMixStream")
        self._send(mix)
        return {"MixStreamSessionId": mix.request["MixStreamSessionId"]}

    def _CreateLivePullStreamTask(self, number: int) -> dict[str, Any]:
        return {
            **self._of_live(number),
            "SourceType": "PullLivePushLive",
            "SourceUrls": [f"rtmp://media.example/live/{number}"],
            "StartTime": _moment(-60),
            "EndTime": _moment(86400),
            "Operator": "chaos",
        }

    def _pulled(self) -> dict[str, Any]:
        """The task that a fresh start makes."""
        return {"TaskId": self._send(self.call("CreateLivePullStreamTask"))["TaskId"], "Operator": "chaos"}

    def _ModifyLivePullStreamTask(self, number: int) -> dict[str, Any]:
        return {**self._pulled(), "Comment": f"other {number}"}

    def _DeleteLivePullStreamTask(self, number: int) -> dict[str, Any]:
        return self._pulled()

    def _DescribeLivePullStreamTasks(self, number: int) -> dict[str, Any]:
        return {"PageNum": 1, "PageSize": 10}

    def _CreateCloudRecording(self, number: int) -> dict[str, Any]:
        return {
            "SdkAppId": APP,
            "RoomId": str(number),
            "RoomIdType": 1,
            "UserId": f"recorder-{number}",
            "UserSig": _sig(f"recorder-{number}"),
            "RecordParams": {"RecordMode": 1},
            "StorageParams": {"CloudVod": {"TencentVod": {}}},
        }

    def _ModifyCloudRecording(self, number: int) -> dict[str, Any]:
        heard = {"SubscribeAudioUserIds": [f"user-{number}"]}
        return {**self._task("CreateCloudRecording"), "SubscribeStreamUserIds": heard}

    def _DeleteCloudRecording(self, number: int) -> dict[str, Any]:
        return self._task("CreateCloudRecording")

    def _DescribeCloudRecording(self, number: int) -> dict[str, Any]:
        return self._task("CreateCloudRecording")

    def _of_live(self, number: int) -> dict[str, Any]:
        return {"DomainName": "live.example", "AppName": "live", "StreamName": f"stream-{number}"}


def after_one(action: Action, wanted: type[CloudError], effect: int) -> tuple[type[CloudError] | None, int]:
    """(what a call ends in whose first attempt meets a fault, or None; how many requests are sent)."""
    if issubclass(wanted, Refused):
        return wanted, 1
    if wanted is OutcomeUnknown and (action.tells_id or action.name in ONCE):
        return OutcomeUnknown, 1
    if issubclass(wanted, NotSent) or effect == NONE:
        return None, 2
    return REPEATED.get(action.name), 2
