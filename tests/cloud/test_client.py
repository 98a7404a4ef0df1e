"""One attempt over a real connection: what is sent, and how each way of failing is classed."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from reconciler.calls import Call
from reconciler.cloud.client import Client
from reconciler.cloud.endpoint import Endpoint
from reconciler.cloud.redact import Redactor
from reconciler.cloud.signing import Credentials, signed_headers
from reconciler.cloud.stopped import STOPPED
from reconciler.cloud.transport import RequestsTransport
from reconciler.errors import CloudError, NotSent, OutcomeUnknown, Refused, Superseded, UsageError

from .cases import CANARY, RESUME, START, UPDATE, call
from .faulty import Fault, answer, deaf_host, garbage, half_then_silence, hang_up, reset, serving, silence

NOW = 1751328000.9
TOKEN = f"token-{CANARY}"
BODY = {"SdkAppId": 1400188366, "Name": "未命名", "Key": CANARY}
GOOD = {"Response": {"TaskId": "t-1", "RequestId": "r-1"}}


def failed(code: str, message: str = "words") -> dict[str, Any]:
    return {"Response": {"Error": {"Code": code, "Message": message}, "RequestId": "r-2"}}


@pytest.fixture
def transport() -> Iterator[RequestsTransport]:
    with RequestsTransport() as opened:
        yield opened


def client(transport: RequestsTransport, base: str, timeout: tuple[float, float] = (2.0, 0.3)) -> Client:
    redactor = Redactor()
    for value in (CANARY, TOKEN):
        redactor.register(value)
    credentials = Credentials("AKIDcanary", CANARY, TOKEN)
    return Client(transport, credentials, Endpoint.parse(base), lambda: NOW, redactor, timeout)


@pytest.mark.parametrize(("moment", "timestamp"), [(None, 1751328000), (1751327000.5, 1751327000)])
def test_the_bytes_that_are_signed_are_those_sent(
    transport: RequestsTransport, moment: float | None, timestamp: int
) -> None:
    with serving(answer(GOOD)) as server:
        assert client(transport, f"http://{server.host}").send(call(), BODY, moment) == GOOD["Response"]
        transport.close()
    head, _, body = server.requests[0].partition(b"\r\n\r\n")
    lines = head.decode().split("\r\n")
    sent = dict(line.split(": ", 1) for line in lines[1:])
    wanted = signed_headers(
        Credentials("AKIDcanary", CANARY, TOKEN),
        service="trtc",
        host=server.host,
        action="UpdatePublishCdnStream",
        version="2019-07-22",
        region="ap-guangzhou",
        timestamp=timestamp,
        body=body,
    )
    assert lines[0] == "POST / HTTP/1.1" and json.loads(body) == BODY
    assert {name: sent.get(name) for name in wanted} == wanted
    assert head.lower().count(b"\r\nhost:") == 1


def test_what_is_held_back_while_it_was_signed_counts_as_a_call_of_a_run_that_was_stopped() -> None:
    with (
        serving(answer(GOOD)) as server,
        RequestsTransport(withheld=lambda: True) as transport,
        pytest.raises(NotSent) as caught,
    ):
        client(transport, f"http://{server.host}").send(call(), BODY)
    assert caught.value.code == STOPPED and "run apply again" in caught.value.hint
    assert [request for request in server.requests if request] == []


def test_no_region_for_an_action_that_needs_none(transport: RequestsTransport) -> None:
    with serving(answer(GOOD)) as server:
        client(transport, f"http://{server.host}").send(Call(RESUME, "ap-guangzhou", {}), {})
        transport.close()
    assert b"X-TC-Region" not in server.requests[0] and b"/live/tc3_request" in server.requests[0]


def test_a_connection_is_used_again_and_keeps_no_cookies(transport: RequestsTransport) -> None:
    with serving(answer(GOOD, "200 OK", "Set-Cookie: a=b")) as server:
        for _ in range(5):
            client(transport, f"http://{server.host}").send(call(), {})
        connections = len(server.threads) - 1
        transport.close()
    assert (connections, len(server.requests)) == (1, 5)
    assert b"Cookie" not in server.requests[-1]


FAULTS: dict[str, tuple[Fault, type[CloudError], str]] = {
    "reset": (reset, OutcomeUnknown, "no-answer"),
    "hang up": (hang_up, OutcomeUnknown, "no-answer"),
    "silence": (silence, OutcomeUnknown, "no-answer"),
    "half an answer, then closed": (answer(GOOD, cut=5), OutcomeUnknown, "no-answer"),
    "half a head": (answer(b"", cut=20), OutcomeUnknown, "unreadable"),
    "half an answer, then silence": (half_then_silence, OutcomeUnknown, "no-answer"),
    "not http": (garbage, OutcomeUnknown, "no-answer"),
    "too long": (answer(b" " * (16 * 1024 * 1024 + 1)), OutcomeUnknown, "no-answer"),
    "wrong lengths": (answer(GOOD, "200 OK", "Content-Length: 7"), OutcomeUnknown, "no-answer"),
    "http 500": (answer(GOOD, "500 Oops"), OutcomeUnknown, "http-500"),
    "http 503 with an error": (answer(failed("Refused"), "503 No"), OutcomeUnknown, "http-503"),
    "http 403": (answer(b"", "403 Forbidden"), OutcomeUnknown, "http-403"),
    "redirect": (answer(b"", "307 Moved", "Location: http://127.0.0.1:1/"), OutcomeUnknown, "http-307"),
    "empty": (answer(b""), OutcomeUnknown, "unreadable"),
    "bad json": (answer(b'{"Response": '), OutcomeUnknown, "unreadable"),
    "not utf-8": (answer(b'{"Response": "\xff"}'), OutcomeUnknown, "unreadable"),
    "deep json": (answer(b"[" * 100_000), OutcomeUnknown, "unreadable"),
    "a list": (answer([GOOD]), OutcomeUnknown, "unreadable"),
    "no response": (answer({"response": {}}), OutcomeUnknown, "unreadable"),
    "response is text": (answer({"Response": "ok"}), OutcomeUnknown, "unreadable"),
    "error is text": (answer({"Response": {"Error": "no"}}), OutcomeUnknown, "unreadable"),
    "error without code": (answer({"Response": {"Error": {}}}), OutcomeUnknown, "unreadable"),
    "server fault": (answer(failed("InternalError")), OutcomeUnknown, "InternalError"),
    "what a start names is not there": (answer(failed("ResourceNotFound")), Refused, "ResourceNotFound"),
    "outdated": (
        answer(failed("FailedOperation.RequestOutdated")),
        Superseded,
        "FailedOperation.RequestOutdated",
    ),
}


@pytest.mark.parametrize("name", FAULTS)
def test_each_fault_is_classed_by_its_effect(transport: RequestsTransport, name: str) -> None:
    fault, wanted, code = FAULTS[name]
    with serving(fault) as server:
        with pytest.raises(CloudError) as caught:
            client(transport, f"http://{server.host}").send(call(START), BODY)
        server.done.set()
        transport.close()
    assert (type(caught.value), caught.value.code) == (wanted, code)
    assert caught.value.message.startswith("StartPublishCdnStream: ") and caught.value.hint
    assert len(server.requests) == 1
    assert_clean(caught.value)


def assert_clean(error: CloudError) -> None:
    """Neither the error nor anything that hangs on it shows a secret."""
    assert error.__context__ is None and error.__cause__ is None
    shown = f"{error!r} {error.message} {error.hint} {vars(error)}"
    assert not any(secret in shown for secret in (CANARY, TOKEN, "Signature=", "AKIDcanary"))


def test_the_apis_words_are_redacted(transport: RequestsTransport) -> None:
    with serving(answer(failed("InvalidParameter", f"bad {CANARY} and {TOKEN}"))) as server:
        with pytest.raises(CloudError) as caught:
            client(transport, f"http://{server.host}").send(call(), BODY)
        transport.close()
    assert "bad *** and ***" in caught.value.message
    assert_clean(caught.value)


@pytest.mark.parametrize("base", ["http://DEAF", "https://DEAF", "http://nowhere.invalid"])
def test_no_connection_means_not_sent(transport: RequestsTransport, base: str) -> None:
    base = base.replace("DEAF", deaf_host())
    with pytest.raises(NotSent) as caught:
        client(transport, base).send(call(UPDATE), BODY)
    assert type(caught.value) is NotSent and caught.value.code == "unreachable"
    assert base.partition("//")[2] in caught.value.message
    assert_clean(caught.value)


def test_a_header_that_cannot_be_sent_is_not_sent(transport: RequestsTransport) -> None:
    sender = client(transport, "http://127.0.0.1:1")
    broken = Client(transport, Credentials("id", "key", f"{TOKEN}\né"), sender.endpoint, lambda: NOW, str)
    with pytest.raises(NotSent, match="header") as caught:
        broken.send(call(), BODY)
    assert_clean(caught.value)


@pytest.mark.parametrize(
    ("text", "service", "url", "host"),
    [
        ("tencentcloud", "trtc", "https://trtc.tencentcloudapi.com/", "trtc.tencentcloudapi.com"),
        ("tencentcloud-intl", "car", "https://car.intl.tencentcloudapi.com/", "car.intl.tencentcloudapi.com"),
        ("http://127.0.0.1:9527", "live", "http://127.0.0.1:9527/", "127.0.0.1:9527"),
        ("http://127.0.0.1:9527/", "live", "http://127.0.0.1:9527/", "127.0.0.1:9527"),
        ("http://[::1]:9527", "live", "http://[::1]:9527/", "[::1]:9527"),
        ("https://gateway.example", "live", "https://gateway.example/", "gateway.example"),
    ],
)
def test_endpoints(text: str, service: str, url: str, host: str) -> None:
    endpoint = Endpoint.parse(text)
    assert (endpoint.url(service), endpoint.host(service)) == (url, host)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "simulator",
        "127.0.0.1:9527",
        "ftp://a",
        "http://",
        "http://a/path",
        "http://a?q",
        "http://a#f",
        "http://a:x",
        "http://a:99999",
        "http://a:0",
        f"http://user:{CANARY}@a",
        "http://a b",
        "http://a\n",
        "http://a\\b",
    ],
)
def test_what_is_no_endpoint(text: str) -> None:
    with pytest.raises(UsageError) as caught:
        Endpoint.parse(text)
    assert CANARY not in repr(caught.value)
