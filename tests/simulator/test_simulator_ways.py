"""The ways in which a request may come: POST and GET, signed in a header or the older way, also over TLS."""

import base64
import hmac
import time
from typing import Any
from urllib.parse import urlencode

import pytest
import requests
from simulator_client import APP, EXAMPLES, Client, ingest, mix
from tencentcloud.common.abstract_client import AbstractClient
from tencentcloud.common.credential import Credential
from tencentcloud.live.v20180801 import models as live_models
from tencentcloud.live.v20180801.live_client import LiveClient
from tencentcloud.trtc.v20190722 import models as trtc_models
from tencentcloud.trtc.v20190722.trtc_client import TrtcClient
from test_simulator_sdk import filled, made, stream

from reconciler.simulator.errors import ApiError
from reconciler.simulator.flat import nested
from reconciler.simulator.received import Received
from reconciler.simulator.services import named

SIGNATURES = ("TC3-HMAC-SHA256", "HmacSHA1", "HmacSHA256")


@pytest.mark.parametrize("signature", SIGNATURES)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_the_sdk_comes_in(base: str, client: Client, method: str, signature: str) -> None:
    trtc, live = (made(kind, base, signMethod=signature) for kind in (TrtcClient, LiveClient))
    for sdk in (trtc, live):
        sdk.profile.httpProfile.reqMethod = method
    request = mix()
    started = trtc.StartPublishCdnStream(filled(trtc_models.StartPublishCdnStreamRequest(), request))
    live.ForbidLiveStream(stream(live_models.ForbidLiveStreamRequest()))
    assert client.state() == "forbid"
    live.ResumeLiveStream(stream(live_models.ResumeLiveStreamRequest()))
    played = trtc.StartStreamIngest(filled(trtc_models.StartStreamIngestRequest(), ingest("other")))
    task = {"SdkAppId": APP, "TaskId": played.TaskId}
    seen = trtc.DescribeStreamIngest(filled(trtc_models.DescribeStreamIngestRequest(), task))
    assert seen.Status == "InProgress"
    task = {"SdkAppId": APP, "TaskId": started.TaskId}
    trtc.StopPublishCdnStream(filled(trtc_models.StopPublishCdnStreamRequest(), task))
    assert [call["request"] for call in client.see("calls") if call["action"].startswith("StartPublish")] == [
        request
    ]
    assert [one["status"] for one in client.see("tasks")] == ["ended", "running"]


@pytest.mark.parametrize("signature", SIGNATURES)
def test_what_the_sdk_signs_with_another_key_is_refused(base: str, client: Client, signature: str) -> None:
    live = made(LiveClient, base, key="another", signMethod=signature)
    live.profile.httpProfile.reqMethod = "GET"
    with pytest.raises(Exception, match=r"AuthFailure\.SignatureFailure"):
        live.ForbidLiveStream(stream(live_models.ForbidLiveStreamRequest()))
    assert [call["errorCode"] for call in client.see("calls")] == ["AuthFailure.SignatureFailure"]


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example["name"])
def test_a_query_string_says_the_same_as_json(example: dict[str, Any]) -> None:
    """Flattened as the vendor's SDK does."""
    fixed = AbstractClient(Credential("a", "b"), "")._fix_params(example["request"])
    pairs = {name: str(value) for name, value in fixed.items()}
    assert nested(pairs, named(example["action"]).fields) == example["request"]


@pytest.mark.parametrize(
    "query",
    [
        {"AgentParams": "x", "AgentParams.UserId": "a"},
        {"AgentParams.UserId": "a", "AgentParams": "x"},
        {".".join("a" * 30): "x"},
    ],
    ids=["a value, then a level", "a level, then a value", "too deep"],
)
def test_names_that_contradict_each_other(query: dict[str, str]) -> None:
    with pytest.raises(ApiError, match=r"InvalidParameter"):
        nested(query, named("StartPublishCdnStream").fields)


@pytest.mark.parametrize("query", ["a=1&a=2", "a=%ff", "&".join(f"a{n}=1" for n in range(20_001))])
def test_parameters_that_cannot_be_read(query: str) -> None:
    with pytest.raises(ApiError, match=r"InvalidParameter"):
        Received("GET", {}, query=query).pairs()


NAMES = {"DomainName": "1.livepush.myqcloud.com", "AppName": "live", "StreamName": "town"}


def asked(base: str, without: tuple[str, ...] = (), **changed: str) -> str:
    """The code that a GET with an older signature is answered with; what is changed is signed, too."""
    pairs = {
        "Action": "ForbidLiveStream",
        "Version": "2018-08-01",
        "Timestamp": str(int(time.time())),
        "Nonce": "7",
        "SecretId": "AKIDexample",
        **NAMES,
        **changed,
    }
    pairs = {name: value for name, value in pairs.items() if name not in without}
    host = base.removeprefix("http://")
    text = f"GET{host}/?" + "&".join(f"{name}={value}" for name, value in sorted(pairs.items()))
    digest = "sha256" if pairs.get("SignatureMethod") == "HmacSHA256" else "sha1"
    signature = base64.b64encode(hmac.digest(b"secretexample", text.encode(), digest)).decode()
    sent = {"Signature": signature, **pairs}
    answer = requests.get(f"{base}/?{urlencode({k: v for k, v in sent.items() if k not in without})}")
    return answer.json()["Response"].get("Error", {}).get("Code", "")


REFUSALS: dict[str, tuple[dict[str, Any], str]] = {
    "as it should be": ({}, ""),
    "sha256": ({"SignatureMethod": "HmacSHA256"}, ""),
    "another method": ({"SignatureMethod": "HmacMD5"}, "InvalidParameter"),
    "no nonce": ({"without": ("Nonce",)}, "MissingParameter"),
    "no signature": ({"without": ("Signature",)}, "MissingParameter"),
    "a wrong one": ({"Signature": "AAAA"}, "AuthFailure.SignatureFailure"),
    "one that is none": ({"Signature": "%%"}, "AuthFailure.SignatureFailure"),
    "an unknown key": ({"SecretId": "AKIDnobody"}, "AuthFailure.SecretIdNotFound"),
    "too old": ({"Timestamp": "1551113065"}, "AuthFailure.SignatureExpire"),
    "no time": ({"Timestamp": "now"}, "InvalidParameter"),
    "another version": ({"Version": "2017-03-12"}, "NoSuchVersion"),
    "another action": ({"Action": "StartDance"}, "InvalidAction"),
    "too long": ({"StreamName": "x" * 40_000}, "RequestSizeLimitExceeded"),
    "a field it has not": ({"Colour": "red"}, "UnknownParameter"),
}


@pytest.mark.parametrize(("how", "code"), REFUSALS.values(), ids=REFUSALS)
def test_the_older_signature(base: str, client: Client, how: dict[str, Any], code: str) -> None:
    assert asked(base, **how) == code
    assert [call["errorCode"] or "" for call in client.see("calls")] == [code]


@pytest.mark.parametrize(
    ("host", "service", "code"),
    [
        ("trtc.tencentcloudapi.com", "trtc", ""),
        ("trtc.intl.tencentcloudapi.com", "trtc", ""),
        ("live.tencentcloudapi.com", "trtc", "AuthFailure.InvalidAuthorization"),
        ("trtc.tencentcloudapi.com", "live", "AuthFailure.InvalidAuthorization"),
    ],
)
def test_a_host_of_another_service(client: Client, host: str, service: str, code: str) -> None:
    assert (
        client.code(
            "StartPublishCdnStream", mix(), service=service, version="2019-07-22", headers={"Host": host}
        )
        == code
    )


def test_the_older_signature_names_its_service_by_host_or_version(base: str, client: Client) -> None:
    assert asked(base) == "" and client.state() == "forbid"
