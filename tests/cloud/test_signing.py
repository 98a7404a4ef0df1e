"""TC3 signatures against known-good values and against the vendor's own SDK."""

import json
import warnings
from typing import Any

import pytest
from tencentcloud.common import abstract_client
from tencentcloud.common.abstract_client import AbstractClient
from tencentcloud.common.credential import Credential
from tencentcloud.common.http.request import RequestInternal
from tencentcloud.common.profile.client_profile import ClientProfile

from reconciler.cloud.signing import (
    Credentials,
    authorization,
    canonical_request,
    credential_scope,
    signed_headers,
    signing_keys,
    string_to_sign,
    utc_date,
)

from .cases import CANARY, vectors

VECTORS = vectors("tc3")
CVM_BODY = b'{"Limit": 1, "Filters": [{"Values": ["\\u672a\\u547d\\u540d"], "Name": "instance-name"}]}'
CVM_HEADERS = {"Content-Type": "application/json; charset=utf-8", "Host": "cvm.tencentcloudapi.com"}
CVM_ACTION = {**CVM_HEADERS, "X-TC-Action": "DescribeInstances"}


def headers_of(vector: dict[str, Any]) -> dict[str, str]:
    given = {name: vector[name] for name in ("service", "host", "action", "version", "region", "timestamp")}
    credentials = Credentials(vector["secret_id"], vector["secret_key"], vector["token"] or "")
    return signed_headers(credentials, **given, body=vector["body"].encode())


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: str(vector["name"]))
def test_every_step_of_a_signature(vector: dict[str, Any]) -> None:
    signed = {"Content-Type": "application/json", "Host": vector["host"]}
    canonical = canonical_request(signed, vector["body"].encode())
    scope = credential_scope(vector["timestamp"], vector["service"])
    keys = signing_keys(vector["secret_key"], utc_date(vector["timestamp"]), vector["service"])

    assert canonical == vector["canonical_request"]
    assert string_to_sign(vector["timestamp"], scope, canonical) == vector["string_to_sign"]
    assert [key.hex() for key in keys] == [
        vector["secret_date"],
        vector["secret_service"],
        vector["secret_signing"],
    ]
    assert headers_of(vector)["Authorization"] == vector["authorization"]


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: str(vector["name"]))
def test_headers_are_those_of_the_sdk_but_for_its_own_bookkeeping(vector: dict[str, Any]) -> None:
    theirs = {name: text for name, text in vector["headers"].items() if name != "X-TC-RequestClient"}
    assert headers_of(vector) == {**theirs, "X-TC-Language": "en-US"}


@pytest.mark.parametrize(
    ("headers", "key", "signature"),
    [
        (CVM_HEADERS, "Gu5t9xGARNpq86cd98joQYCN3EXAMPLE", "72e494ea809ad7a8c8f7a4507b9bddcbaa8e581f"),
        (CVM_HEADERS, "Gu5t9xGARNpq86cd98joQYCN3*******", "2230eefd229f582d8b1b891af7107b91597240707d"),
        (CVM_ACTION, "*" * 32, "10b1a37a7301a02ca19a647ad722d5e43b4b3cff309d421d85b46093f6ab6c4f"),
    ],
)
def test_the_vendors_documentation_example(headers: dict[str, str], key: str, signature: str) -> None:
    text = authorization(
        Credentials("AKID", key), service="cvm", headers=headers, timestamp=1551113065, body=CVM_BODY
    )
    assert text.partition("Signature=")[2].startswith(signature)


@pytest.mark.parametrize("host", ["trtc.tencentcloudapi.com", "127.0.0.1:9527"])
@pytest.mark.parametrize("timestamp", [1751327999, 1751328000, 1709164800])
def test_the_sdk_signs_alike(monkeypatch: pytest.MonkeyPatch, host: str, timestamp: int) -> None:
    body = {"SdkAppId": 1400188366, "Name": "未命名", "List": [1, {"a": None}]}
    monkeypatch.setattr(abstract_client.time, "time", lambda: timestamp + 0.9)
    request = sdk_request(host, body)
    ours = signed_headers(
        Credentials("AKIDcanary", CANARY, "tok"),
        service="trtc",
        host=host,
        action="StopPublishCdnStream",
        version="2019-07-22",
        region="ap-guangzhou",
        timestamp=timestamp,
        body=request.data.encode(),
    )
    theirs = {name: text for name, text in request.header.items() if name != "X-TC-RequestClient"}
    assert ours == {**theirs, "X-TC-Language": "en-US"}


def sdk_request(host: str, body: dict[str, Any]) -> Any:
    profile = ClientProfile()
    profile.httpProfile.endpoint = host
    client = AbstractClient(Credential("AKIDcanary", CANARY, "tok"), "ap-guangzhou", profile)
    client._apiVersion, client._service = "2019-07-22", "trtc"
    request = RequestInternal(host, "POST", "/")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        client._build_req_with_tc3_signature("StopPublishCdnStream", body, request)
    assert json.loads(request.data) == body
    return request


def test_credentials_keep_their_secrets_out_of_repr() -> None:
    shown = repr(Credentials("AKIDshown", CANARY, CANARY[::-1]))
    assert "AKIDshown" in shown
    assert CANARY not in shown and CANARY[::-1] not in shown


def test_empty_region_and_token_send_no_header() -> None:
    headers = signed_headers(
        Credentials("id", "key"),
        service="live",
        host="h",
        action="A",
        version="v",
        region="",
        timestamp=1,
        body=b"",
    )
    assert not {"X-TC-Region", "X-TC-Token"} & set(headers)
