"""A client of the simulator that can also do everything wrong; it signs by its own code."""

import copy
import hashlib
import hmac
import json
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import requests
from TLSSigAPIv2 import TLSSigAPIv2

DATA = Path(__file__).parent / "data"
APP = 1400188366
VERSIONS = {"trtc": "2019-07-22", "live": "2018-08-01", "car": "2022-01-10"}
EXAMPLES = json.loads((DATA / "examples.json").read_text())


def user_sig(user: str, app: int = APP, expire: int = 3600) -> str:
    return TLSSigAPIv2(app, "5bd2850fff3ecb11").gen_sig(user, expire)


def signed(request: dict[str, Any]) -> dict[str, Any]:
    """The request with a fresh UserSig for each of its robots."""
    request = copy.deepcopy(request)
    ingest = request if "UserSig" in request else None
    for robot in (ingest, request.get("AgentParams"), *request.get("FeedBackRoomParams", [])):
        if isinstance(robot, dict):
            robot["UserSig"] = user_sig(robot["UserId"], request["SdkAppId"])
    return request


def example(name: str) -> dict[str, Any]:
    return signed(next(entry["request"] for entry in EXAMPLES if entry["name"].startswith(name)))


def mix(
    robot: str = "robot", stream: str = "town", room: str = "295066", feedback: tuple[str, ...] = ()
) -> dict:
    """A small mixed stream, with feedback robots as ROOM:USER."""
    request: dict[str, Any] = {
        "SdkAppId": APP,
        "RoomId": room,
        "RoomIdType": 0,
        "WithTranscoding": 1,
        "AgentParams": {"UserId": robot, "MaxIdleTime": 30},
        "AudioParams": {"AudioEncode": {"SampleRate": 48000, "Channel": 2, "BitRate": 64}},
        "VideoParams": {
            "VideoEncode": {"Width": 1280, "Height": 720, "Fps": 15, "BitRate": 1500, "Gop": 2},
            "LayoutParams": {"MixLayoutMode": 3},
        },
        "PublishCdnParams": [
            {"PublishCdnUrl": f"rtmp://1.livepush.myqcloud.com/live/{stream}?txSecret=a&txTime=b"}
        ],
    }
    if feedback:
        places = [place.split(":") for place in feedback]
        request["FeedBackRoomParams"] = [
            {"RoomId": room_id, "RoomIdType": 0, "UserId": user} for room_id, user in places
        ]
    return signed(request)


def relay(robot: str = "robot") -> dict[str, Any]:
    """One stream relayed without transcoding."""
    request = mix(robot)
    del request["VideoParams"]["LayoutParams"]
    user = {"UserInfo": {"UserId": "alice"}}
    return {**request, "WithTranscoding": 0, "SingleSubscribeParams": {"UserMediaStream": user}}


def ingest(robot: str = "robot", room: str = "295066", **params: Any) -> dict[str, Any]:
    """A film played into an integer room."""
    request = {
        "SdkAppId": APP,
        "RoomId": room,
        "RoomIdType": 1,
        "UserId": robot,
        "UserSig": "",
        "StreamUrl": "https://films.example/one.mp4",
    }
    return signed({**request, **params})


def service_of(action: str) -> str:
    if "Live" in action or "CommonMix" in action:
        return "live"
    return "car" if "PublishStream" in action else "trtc"


def changed(request: dict[str, Any], path: str, value: Any) -> dict[str, Any]:
    """A copy with one dotted path set, or removed if the value is `...`."""
    request = copy.deepcopy(request)
    *parents, last = path.split(".")
    place: Any = request
    for name in parents:
        place = place[int(name)] if isinstance(place, list) else place.setdefault(name, {})
    key: Any = int(last) if isinstance(place, list) else last
    if value is ...:
        del place[key]
    elif isinstance(place, list) and key == len(place):
        place.append(value)
    else:
        place[key] = value
    return request


class Client:
    def __init__(self, base: str, region: str | None = "ap-guangzhou") -> None:
        self.base = base
        self.region = region
        self.session = requests.Session()
        self.sequence = 0

    def headers(self, action: str, body: bytes, **how: Any) -> dict[str, str]:
        service = how.get("service") or service_of(action)
        stamp = str(how.get("timestamp", int(time.time())))
        date = how.get("date") or datetime.fromtimestamp(int(stamp), UTC).strftime("%Y-%m-%d")
        sent = {
            "Content-Type": "application/json",
            "Host": self.base.removeprefix("http://"),
            "X-TC-Action": action,
            "X-TC-Version": how.get("version", VERSIONS.get(service, "2020-01-01")),
            "X-TC-Timestamp": stamp,
            **({"X-TC-Region": self.region} if self.region else {}),
        }
        sent |= how.get("headers", {})
        names = how.get("names", ["content-type", "host"])
        lower = {name.lower(): value for name, value in sent.items()}
        block = "".join(f"{name}:{lower[name].strip().lower()}\n" for name in names)
        payload = b"UNSIGNED-PAYLOAD" if "x-tc-content-sha256" in lower else body
        canonical = f"POST\n/\n\n{block}\n{';'.join(names)}\n{hashlib.sha256(payload).hexdigest()}"
        scope = f"{date}/{service}/tc3_request"
        text = f"TC3-HMAC-SHA256\n{stamp}\n{scope}\n{hashlib.sha256(canonical.encode()).hexdigest()}"
        key = f"TC3{how.get('secret_key', 'secretexample')}".encode()
        for step in scope.split("/"):
            key = hmac.digest(key, step.encode(), "sha256")
        signature = hmac.new(key, text.encode(), "sha256").hexdigest()
        credential = f"{how.get('secret_id', 'AKIDexample')}/{scope}"
        sent["Authorization"] = (
            f"TC3-HMAC-SHA256 Credential={credential}, SignedHeaders={';'.join(names)}, Signature={signature}"
        )
        return {name: value for name, value in sent.items() if name not in how.get("without", ())}

    def post(self, action: str, params: Any, **how: Any) -> requests.Response:
        body = params if isinstance(params, bytes) else json.dumps(params).encode()
        headers = self.headers(action, body, **how)
        sent = how.get("sent", body)
        return self.session.request(how.get("method", "POST"), self.base, data=sent, headers=headers)

    def call(self, action: str, params: Any, **how: Any) -> dict[str, Any]:
        answer = self.post(action, params, **how)
        assert answer.status_code == 200
        content = answer.json()["Response"]
        assert content["RequestId"]
        return content

    def code(self, action: str, params: Any, **how: Any) -> str:
        """The error code, or an empty string for a success."""
        return self.call(action, params, **how).get("Error", {}).get("Code", "")

    def start(self, request: dict[str, Any]) -> str:
        return self.call("StartPublishCdnStream", request)["TaskId"]

    def play(self, request: dict[str, Any]) -> str:
        return self.call("StartStreamIngest", request)["TaskId"]

    def ingest(self, action: str, task_id: str, **params: Any) -> str:
        """The Status or the error code of an ingest action; empty for neither."""
        common = {"SdkAppId": APP, "TaskId": task_id}
        answer = self.call(f"{action}StreamIngest", {**common, **params})
        return answer.get("Status", "") or answer.get("Error", {}).get("Code", "")

    def update(self, task_id: str, **params: Any) -> str:
        self.sequence += 1
        common = {
            "SdkAppId": APP,
            "TaskId": task_id,
            "SequenceNumber": self.sequence,
            "WithTranscoding": 1,
        }
        return self.code("UpdatePublishCdnStream", {**common, **params})

    def stop(self, task_id: str, **params: Any) -> str:
        return self.code("StopPublishCdnStream", {"SdkAppId": APP, "TaskId": task_id, **params})

    def live(self, action: str, stream: str = "town", **params: Any) -> dict[str, Any]:
        common = {"DomainName": "1.livepush.myqcloud.com", "AppName": "live", "StreamName": stream}
        return self.call(f"{action}LiveStream", {**common, **params})

    def state(self, stream: str = "town", **params: Any) -> str:
        common = {"DomainName": "1.livepush.myqcloud.com", "AppName": "live", "StreamName": stream}
        return self.call("DescribeLiveStreamState", {**common, **params})["StreamState"]

    def see(self, what: str) -> Any:
        answer = self.session.get(f"{self.base}/_admin/{what}")
        assert answer.status_code == 200
        return answer.json()[what if what != "live" else "streams"]

    def task(self, task_id: str) -> dict[str, Any]:
        return next(task for task in self.see("tasks") if task["taskId"] == task_id)

    def arrange(self, what: str, body: Any = None) -> Any:
        answer = self.session.post(f"{self.base}/_admin/{what}", json=body)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def advance(self, seconds: float) -> None:
        self.arrange("clock", {"advanceSeconds": seconds})
