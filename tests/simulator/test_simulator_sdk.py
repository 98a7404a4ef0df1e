"""The vendor's own SDK as the judge, over real HTTP."""

import json
import re
from collections.abc import Iterator

import pytest
from simulator_client import APP, ingest, mix
from tencentcloud.car.v20220110 import models as car_models
from tencentcloud.car.v20220110.car_client import CarClient
from tencentcloud.common.credential import Credential
from tencentcloud.common.exception.tencent_cloud_sdk_exception import TencentCloudSDKException
from tencentcloud.common.profile.client_profile import ClientProfile
from tencentcloud.common.profile.http_profile import HttpProfile
from tencentcloud.live.v20180801 import models as live_models
from tencentcloud.live.v20180801.live_client import LiveClient
from tencentcloud.trtc.v20190722 import models as trtc_models
from tencentcloud.trtc.v20190722.trtc_client import TrtcClient

from reconciler.simulator.parameters import Field, record
from reconciler.simulator.services import ACTIONS

MODELS = {"trtc": trtc_models, "live": live_models, "car": car_models}


def made(kind: type, base: str, key: str = "secretexample", secret_id: str = "AKIDexample", **how: object):
    profile = ClientProfile(httpProfile=HttpProfile(protocol="http", endpoint=base.removeprefix("http://")))
    for name, value in how.items():
        setattr(profile, name, value)
    region = "ap-guangzhou" if kind is TrtcClient else ""
    return kind(Credential(secret_id, key), region, profile)


@pytest.fixture
def trtc(base: str) -> Iterator[TrtcClient]:
    yield made(TrtcClient, base)


@pytest.fixture
def live(base: str) -> Iterator[LiveClient]:
    yield made(LiveClient, base)


@pytest.fixture
def car(base: str) -> Iterator[CarClient]:
    yield made(CarClient, base)


def filled(request, values: dict):
    request.from_json_string(json.dumps(values))
    return request


def stream(request):
    names = {"DomainName": "1.livepush.myqcloud.com", "AppName": "live", "StreamName": "town"}
    return filled(request, names)


def test_publish_and_live(trtc: TrtcClient, live: LiveClient) -> None:
    started = trtc.StartPublishCdnStream(filled(trtc_models.StartPublishCdnStreamRequest(), mix()))
    task = {"SdkAppId": APP, "TaskId": started.TaskId}
    update = {**task, "SequenceNumber": 1, "WithTranscoding": 1}
    updated = trtc.UpdatePublishCdnStream(filled(trtc_models.UpdatePublishCdnStreamRequest(), update))
    assert updated.TaskId == started.TaskId

    def state() -> str:
        return live.DescribeLiveStreamState(stream(live_models.DescribeLiveStreamStateRequest())).StreamState

    assert state() == "active"
    live.ForbidLiveStream(stream(live_models.ForbidLiveStreamRequest()))
    assert state() == "forbid"
    live.ResumeLiveStream(stream(live_models.ResumeLiveStreamRequest()))
    live.DropLiveStream(stream(live_models.DropLiveStreamRequest()))
    assert state() == "active"
    online = live.DescribeLiveStreamOnlineList(live_models.DescribeLiveStreamOnlineListRequest())
    assert [entry.StreamName for entry in online.OnlineInfo] == ["town"]
    stopped = trtc.StopPublishCdnStream(filled(trtc_models.StopPublishCdnStreamRequest(), task))
    assert stopped.RequestId
    assert state() == "inactive"


def test_mixes(live: LiveClient) -> None:
    places = (
        {"ImageLayer": 1, "InputType": 3, "ImageWidth": 1280, "ImageHeight": 720, "Color": "0x000000"},
        {"ImageLayer": 2, "ImageWidth": 0.5, "ImageHeight": 0.5},
    )
    names = zip(("canvas", "town"), places, strict=True)
    session = {"MixStreamSessionId": "hall"}
    body = {
        **session,
        "InputStreamList": [{"InputStreamName": name, "LayoutParams": place} for name, place in names],
        "OutputParams": {"OutputStreamName": "town"},
        "ControlParams": {"UseMixCropCenter": 1},
    }
    assert live.CreateCommonMixStream(filled(live_models.CreateCommonMixStreamRequest(), body)).RequestId
    with pytest.raises(TencentCloudSDKException) as caught:
        live.CancelCommonMixStream(filled(live_models.CancelCommonMixStreamRequest(), session))
    assert caught.value.get_code() == "FailedOperation.ProcessMixError"
    with pytest.raises(TencentCloudSDKException) as caught:
        body["OutputParams"]["OutputStreamName"] = "other"
        live.CreateCommonMixStream(filled(live_models.CreateCommonMixStreamRequest(), body))
    assert caught.value.get_code() == "InvalidParameter.InvalidOutputType"


def test_ingest_and_rooms(trtc: TrtcClient) -> None:
    started = trtc.StartStreamIngest(filled(trtc_models.StartStreamIngestRequest(), ingest()))
    task = {"SdkAppId": APP, "TaskId": started.TaskId}

    def status() -> str:
        return trtc.DescribeStreamIngest(filled(trtc_models.DescribeStreamIngestRequest(), task)).Status

    update = {**task, "IsPause": True, "Volume": 50, "Tempo": 1.5, "EnableProgress": True}
    updated = trtc.UpdateStreamIngest(filled(trtc_models.UpdateStreamIngestRequest(), update))
    assert (updated.Status, status()) == ("InProgress", "InProgress")
    assert trtc.StopStreamIngest(filled(trtc_models.StopStreamIngestRequest(), task)).RequestId
    assert status() == "NotExist"
    with pytest.raises(TencentCloudSDKException) as caught:
        trtc.StopStreamIngest(filled(trtc_models.StopStreamIngestRequest(), task))
    assert caught.value.get_code() == "FailedOperation.TaskFinished"
    users = {"SdkAppId": APP, "UserIds": ["robot"]}
    removal = filled(trtc_models.RemoveUserRequest(), {**users, "RoomId": 295066})
    assert trtc.RemoveUser(removal).RequestId
    by_name = filled(trtc_models.RemoveUserByStrRoomIdRequest(), {**users, "RoomId": "room"})
    assert trtc.RemoveUserByStrRoomId(by_name).RequestId


def test_car(car: CarClient, live: LiveClient) -> None:
    def state(domain: str, stream_name: str) -> str:
        names = {"DomainName": domain, "AppName": "live", "StreamName": stream_name}
        request = filled(live_models.DescribeLiveStreamStateRequest(), names)
        return live.DescribeLiveStreamState(request).StreamState

    user = {"UserId": "abc123"}
    assert car.StartPublishStream(filled(car_models.StartPublishStreamRequest(), user)).RequestId
    assert state("car-bound.livepush.example", "abc123") == "active"
    assert car.StopPublishStream(filled(car_models.StopPublishStreamRequest(), user)).RequestId
    url = {**user, "PublishStreamURL": "rtmp://1.livepush.myqcloud.com/live/town?txSecret=a"}
    assert car.StartPublishStreamWithURL(filled(car_models.StartPublishStreamWithURLRequest(), url)).RequestId
    assert state("1.livepush.myqcloud.com", "town") == "active"
    with pytest.raises(TencentCloudSDKException) as caught:
        car.StartPublishStream(filled(car_models.StartPublishStreamRequest(), user))
    assert caught.value.get_code() == "OperationDenied"


@pytest.mark.parametrize(
    ("how", "code"),
    [
        ({"key": "wrong"}, "AuthFailure.SignatureFailure"),
        ({"secret_id": "AKIDnobody"}, "AuthFailure.SecretIdNotFound"),
        ({"unsignedPayload": True}, None),
        ({"language": "en-US"}, None),
    ],
    ids=str,
)
def test_keys(base: str, how: dict, code: str | None) -> None:
    client = made(TrtcClient, base, **how)
    request = filled(trtc_models.StartPublishCdnStreamRequest(), mix())
    if code is None:
        assert client.StartPublishCdnStream(request).TaskId
        return
    with pytest.raises(TencentCloudSDKException) as caught:
        client.StartPublishCdnStream(request)
    assert caught.value.get_code() == code
    assert caught.value.get_request_id()


WRONG: dict[str, tuple[str, dict, str]] = {
    # what is wrong: (action, what is changed in a sound request, the documented code)
    "no robot": ("StartPublishCdnStream", {"AgentParams": None}, "MissingParameter"),
    "no room kind": ("StartPublishCdnStream", {"RoomIdType": None}, "MissingParameter"),
    "a room kind that is none": ("StartPublishCdnStream", {"RoomIdType": 7}, "InvalidParameter"),
    "a text for an integer room": ("StartPublishCdnStream", {"RoomId": "hall"}, "InvalidParameter"),
    "nowhere to go": ("StartPublishCdnStream", {"PublishCdnParams": None}, "MissingParameter"),
    "no transcoding and no single user": (
        "StartPublishCdnStream",
        {"WithTranscoding": 0},
        "MissingParameter",
    ),
    "no sound": ("StartPublishCdnStream", {"AudioParams": None}, "MissingParameter"),
    "an address of another kind": (
        "StartPublishCdnStream",
        {"PublishCdnParams": [{"PublishCdnUrl": "http://a.example/live/x", "IsTencentCdn": 1}]},
        "InvalidParameter",
    ),
    "an update of no task": (
        "UpdatePublishCdnStream",
        {"SdkAppId": APP, "TaskId": "nobody", "SequenceNumber": 1, "WithTranscoding": 1},
        "ResourceNotFound",
    ),
    "a stop of no task": ("StopPublishCdnStream", {"SdkAppId": APP, "TaskId": "nobody"}, "ResourceNotFound"),
    "a stop without a task": ("StopPublishCdnStream", {"SdkAppId": APP}, "MissingParameter"),
    "a live stream without a name": (
        "ResumeLiveStream",
        {"DomainName": "a.example", "AppName": "live"},
        "MissingParameter",
    ),
    "a forbid until yesterday": (
        "ForbidLiveStream",
        {
            "DomainName": "a.example",
            "AppName": "live",
            "StreamName": "x",
            "ResumeTime": "2020-01-01T00:00:00Z",
        },
        "InvalidParameterValue",
    ),
}


@pytest.mark.parametrize(("action", "changed", "code"), WRONG.values(), ids=WRONG)
def test_wrong_requests_get_the_documented_code(base: str, action: str, changed: dict, code: str) -> None:
    live = action.endswith("LiveStream")
    client = made(LiveClient if live else TrtcClient, base)
    sound = mix() if action.startswith("Start") else {}
    request = getattr(live_models if live else trtc_models, f"{action}Request")()
    values = {name: value for name, value in {**sound, **changed}.items() if value is not None}
    with pytest.raises(TencentCloudSDKException) as caught:
        getattr(client, action)(filled(request, values))
    assert caught.value.get_code() == code


def declared(models, name: str) -> dict[str, tuple[str, bool, str]]:
    """A model's fields by its docstring: type, whether a list, and the model it refers to."""
    text = getattr(models, name).__init__.__doc__ or ""
    found = {}
    for field, kind in re.findall(r":type (\w+): (.+)", text):
        inner = re.search(r"(?:models\.|list of )(\w+)", kind)
        plain = re.sub(r"^list of ", "", kind).strip()
        found[field] = (plain, kind.startswith("list of"), inner[1] if inner else "")
    return found


PLAIN = {"int": "integer", "str": "text", "bool": "boolean", "float": "number"}
OWN = {"CloudStorage.EndpointUrl"}


def compare(models, name: str, fields: dict[str, Field], problems: list[str]) -> None:
    sdk = declared(models, name)
    own = {field for field in fields if f"{name}.{field}" not in OWN}
    problems += [f"{name}: {field}" for field in own ^ sdk.keys()]
    for field in own & sdk.keys():
        plain, is_list, inner = sdk[field]
        given = fields[field]
        if is_list != (given.kind == "list"):
            problems.append(f"{name}.{field}: list")
        item = given.item if given.item is not None else given
        if plain in PLAIN:
            if item.kind != PLAIN[plain]:
                problems.append(f"{name}.{field}: {item.kind}")
        else:
            compare(models, inner, dict(item.fields), problems)


@pytest.mark.parametrize("action", ACTIONS, ids=lambda action: action.name)
def test_tables_agree_with_the_sdk(action) -> None:
    problems: list[str] = []
    compare(MODELS[action.service], f"{action.name}Request", dict(record(action.fields).fields), problems)
    assert problems == []
