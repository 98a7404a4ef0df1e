"""Who may come in: vectors made by the vendor's SDK, and every way of not being let in."""

import json
import time

import pytest
from simulator_client import DATA, Client, mix

from reconciler.simulator.errors import ApiError
from reconciler.simulator.received import Received
from reconciler.simulator.signature import Identity, verify

VECTORS = json.loads((DATA / "tc3.json").read_text())
EXPIRED = "AuthFailure.SignatureExpire"
DOC_BODY = rb'{"Limit": 1, "Filters": [{"Values": ["\u672a\u547d\u540d"], "Name": "instance-name"}]}'


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector["name"])
def test_vectors(vector: dict) -> None:
    headers = {name.lower(): value for name, value in vector["headers"].items()}
    keys = {vector["secret_id"]: vector["secret_key"]}
    body = vector["body"].encode()
    identity = verify(Received("POST", headers, body), keys, vector["timestamp"] + 299)
    assert identity == Identity(vector["secret_id"], vector["service"])
    with pytest.raises(ApiError, match=r"AuthFailure\.SignatureFailure"):
        verify(Received("POST", headers, body + b" "), keys, vector["timestamp"])
    with pytest.raises(ApiError, match=r"AuthFailure\.SignatureExpire"):
        verify(Received("POST", headers, body), keys, vector["timestamp"] + 301)


@pytest.mark.parametrize(
    ("names", "key", "signature"),
    [
        (
            "content-type;host",
            "Gu5t9xGARNpq86cd98joQYCN3EXAMPLE",
            "72e494ea809ad7a8c8f7a4507b9bddcbaa8e581f516e8da2f66e2c5a96525168",
        ),
        (
            "content-type;host;x-tc-action",
            "*" * 32,
            "10b1a37a7301a02ca19a647ad722d5e43b4b3cff309d421d85b46093f6ab6c4f",
        ),
    ],
)
def test_documentation_example(names: str, key: str, signature: str) -> None:
    headers = {
        "content-type": "application/json; charset=utf-8",
        "host": "cvm.tencentcloudapi.com",
        "x-tc-action": "DescribeInstances",
        "x-tc-timestamp": "1551113065",
        "authorization": "TC3-HMAC-SHA256 Credential=AKID/2019-02-25/cvm/tc3_request, "
        f"SignedHeaders={names}, Signature={signature}",
    }
    assert verify(Received("POST", headers, DOC_BODY), {"AKID": key}, 1551113065).service == "cvm"


REFUSALS = {
    "wrong key": ({"secret_key": "wrong"}, "AuthFailure.SignatureFailure"),
    "unknown id": ({"secret_id": "AKIDnobody"}, "AuthFailure.SecretIdNotFound"),
    "no authorization": ({"without": ["Authorization"]}, "AuthFailure.InvalidAuthorization"),
    "host not signed": ({"names": ["content-type"]}, "AuthFailure.InvalidAuthorization"),
    "other body": ({"sent": b'{"SdkAppId": 2}'}, "AuthFailure.SignatureFailure"),
    "other date": ({"date": "2020-01-01"}, "AuthFailure.SignatureFailure"),
    "too old": ({"ahead": -400}, "AuthFailure.SignatureExpire"),
    "too new": ({"ahead": 400}, "AuthFailure.SignatureExpire"),
    "no timestamp": ({"without": ["X-TC-Timestamp"]}, "MissingParameter"),
    "unknown service": ({"service": "cvm"}, "NoSuchProduct"),
    "unknown version": ({"version": "2017-03-12"}, "NoSuchVersion"),
    "no version": ({"without": ["X-TC-Version"]}, "MissingParameter"),
    "no action": ({"without": ["X-TC-Action"]}, "MissingParameter"),
    "no region": ({"without": ["X-TC-Region"]}, "MissingParameter"),
    "unknown region": ({"headers": {"X-TC-Region": "eu-moscow"}}, "UnsupportedRegion"),
    "form body": ({"headers": {"Content-Type": "text/plain"}}, "UnsupportedProtocol"),
    "other method": ({"method": "PUT"}, "UnsupportedProtocol"),
    "no JSON": ({"body": b"SdkAppId=1"}, "InvalidParameter"),
    "no object": ({"body": b"[1]"}, "InvalidParameter"),
    "infinite": ({"body": b'{"SdkAppId": 1e999}'}, "InvalidParameter"),
    "too deep": ({"body": b"[" * 100_000}, "InvalidParameter"),
    "too large": ({"body": b'"' + b"x" * 10_500_000 + b'"'}, "RequestSizeLimitExceeded"),
}


def timed(how: dict) -> dict:
    """With a timestamp that is so many seconds ahead of the moment the test runs, where it says so."""
    ahead = how.get("ahead")
    rest = {name: value for name, value in how.items() if name != "ahead"}
    return rest if ahead is None else {**rest, "timestamp": int(time.time()) + ahead}


@pytest.mark.parametrize(("how", "code"), REFUSALS.values(), ids=REFUSALS)
def test_refusals(client: Client, how: dict, code: str) -> None:
    how = timed(how)
    body = how.pop("body", mix())
    assert client.code("StartPublishCdnStream", body, **how) == code
    assert client.see("tasks") == []
    assert [call["errorCode"] for call in client.see("calls")] == [code]


def test_unknown_action(client: Client) -> None:
    assert client.code("StartDance", {}) == "InvalidAction"


@pytest.mark.parametrize(
    "how",
    [
        {"names": ["content-type", "host", "x-tc-action"]},
        {"headers": {"X-TC-Content-SHA256": "UNSIGNED-PAYLOAD"}},
        {"headers": {"Content-Type": "application/json; charset=utf-8"}},
        {"ahead": -200},
    ],
    ids=str,
)
def test_also_accepted(client: Client, how: dict) -> None:
    assert client.code("StartPublishCdnStream", mix(), **timed(how)) == ""


def test_signatures_follow_the_machine_clock(client: Client) -> None:
    client.advance(40 * 86400)
    assert client.code("StartPublishCdnStream", mix()) == ""


@pytest.mark.parametrize(("ahead", "code"), [(0, ""), (290, ""), (330, EXPIRED), (-330, EXPIRED)])
def test_the_servers_clock_can_be_apart_from_the_clients(client: Client, ahead: int, code: str) -> None:
    before = client.arrange("clock", {"advanceSeconds": 0})["now"]
    now = client.arrange("clock", {"serverAheadSeconds": ahead})["now"]
    assert now - before < 5, "the world's time stays"
    assert client.code("StartPublishCdnStream", mix()) == code
