"""Who may ask the simulator: hosts, origins, content types and bodies, each on every path."""

import http.client
import json
import socket
from collections.abc import Callable, Iterator
from typing import Any
from unittest.mock import patch
from urllib.parse import urlsplit

import pytest
from simulator_client import Client, mix
from starlette.responses import JSONResponse

from reconciler.simulator import admin, bodies, callers, running

PORT = "PORT"
"""Stands for the port of the simulator."""
PATHS = {
    # path: (method, body)
    "/": ("POST", b"{}"),
    "/_admin/tasks": ("GET", b""),
    "/_admin/calls": ("GET", b""),
    "/_admin/clock": ("POST", b'{"advanceSeconds": 7}'),
    "/_admin/faults": ("POST", b'[{"action": "*", "kind": "error"}]'),
    "/_admin/reset": ("POST", b""),
    "/_admin/nothing": ("GET", b""),
}
ADMIN = [path for path in PATHS if path != "/"]


def ask(base: str, path: str, **headers: str | None) -> tuple[int, dict[str, Any]]:
    """The status and the JSON of an answer; a header that is None is not sent."""
    port = str(urlsplit(base).port)
    method, body = PATHS[path]
    sent = {"Host": f"127.0.0.1:{PORT}", "Content-Type": "application/json", "Content-Length": str(len(body))}
    sent |= {name.replace("_", "-"): value for name, value in headers.items()}
    connection = http.client.HTTPConnection("127.0.0.1", int(port), timeout=10)
    try:
        connection.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
        for name, value in sent.items():
            if value is not None:
                connection.putheader(name, value.replace(PORT, port))
        connection.endheaders(body)
        answer = connection.getresponse()
        text = answer.read()
        if answer.status in (403, 415, 421):
            assert answer.getheader("connection") == "close"
        is_json = "json" in (answer.getheader("content-type") or "")
        return answer.status, json.loads(text) if is_json else {"error": text.decode()}
    finally:
        connection.close()


@pytest.fixture(scope="module")
def served() -> Iterator[str]:
    with running(host_names=["Cloud.Local.", "10.0.0.9"]) as url:
        yield url


@pytest.fixture
def untouched(served: str) -> Iterator[str]:
    """The simulator, in which nothing may have come of what was refused."""
    client = Client(served)
    client.arrange("reset")
    before = client.arrange("clock", {"advanceSeconds": 0})["now"]
    yield served
    assert client.see("calls") == []
    assert client.arrange("clock", {"advanceSeconds": 0})["now"] - before < 5
    assert client.code("StartPublishCdnStream", mix()) == ""


OURS = [
    *("127.0.0.1", f"127.0.0.1:{PORT}", "127.8.9.10:1", "localhost", f"LocalHost:{PORT}", "localhost.:1"),
    *("[::1]", f"[::1]:{PORT}", "[0:0:0:0:0:0:0:1]:80", "cloud.local", "CLOUD.local:1", "10.0.0.9:80"),
]
FOREIGN = [
    *(
        "evil.example",
        f"evil.example:{PORT}",
        "127.0.0.1.evil.example",
        "evil.example.",
        "localhost.evil.example",
    ),
    *("10.0.0.1", "0.0.0.0", f"0.0.0.0:{PORT}", "[::]", "[::2]:80", "169.254.169.254", "2130706433", "127.1"),
    *("user@127.0.0.1", "127.0.0.1@evil.example", "127.0.0.1:80:80", "127.0.0.1 evil.example", "[::1", "::1"),
    *("", "tencentcloudapi.com", "trtc.tencentcloudapi.com.evil.example", "xtencentcloudapi.com", "a" * 3000),
]
OF_THE_API = [
    "trtc.tencentcloudapi.com",
    "LIVE.tencentcloudapi.com:443",
    "trtc.ap-guangzhou.tencentcloudapi.com",
]


@pytest.mark.parametrize("host", OURS)
def test_hosts_that_are_ours(served: str, host: str) -> None:
    for path in PATHS:
        assert ask(served, path, Host=host)[0] == (404 if path == "/_admin/nothing" else 200), path
    Client(served).arrange("reset")


@pytest.mark.parametrize("host", FOREIGN)
def test_hosts_that_are_not_are_refused_on_every_path(untouched: str, host: str) -> None:
    for path in PATHS:
        status, answer = ask(untouched, path, Host=host)
        assert status == 421 and "--host-name" in answer["error"] and len(answer["error"]) < 400, path


@pytest.mark.parametrize("host", OF_THE_API)
def test_the_apis_own_hosts_are_for_calls(untouched: str, host: str) -> None:
    assert {ask(untouched, path, Host=host)[0] for path in ADMIN} == {421}
    assert ask(untouched, "/", Host=host)[0] == 200
    Client(untouched).arrange("reset")


def test_a_request_without_a_host_is_refused(untouched: str) -> None:
    for path in PATHS:
        method, _ = PATHS[path]
        with socket.create_connection(("127.0.0.1", urlsplit(untouched).port or 0), timeout=10) as connection:
            connection.sendall(f"{method} {path} HTTP/1.0\r\n\r\n".encode())
            assert b" 421 " in connection.recv(65536).split(b"\r\n")[0]


PAGES: dict[str, dict[str, str]] = {
    "another site": {"Origin": "https://evil.example"},
    "another port": {"Origin": "http://127.0.0.1:3000"},
    "another name of this machine": {"Origin": f"http://localhost:{PORT}"},
    "a page that hides": {"Origin": "null"},
    "an empty one": {"Origin": ""},
    "no address": {"Origin": "http://[::1"},
    "told by the browser": {"Sec-Fetch-Site": "cross-site"},
    "the same machine": {"Sec-Fetch-Site": "same-site"},
    "both": {"Origin": f"http://127.0.0.1:{PORT}", "Sec-Fetch-Site": "cross-site"},
}


@pytest.mark.parametrize("headers", PAGES.values(), ids=PAGES)
def test_no_page_of_another_origin_may_ask(untouched: str, headers: dict[str, str]) -> None:
    for path in PATHS:
        for host in (f"127.0.0.1:{PORT}", "cloud.local"):
            status, answer = ask(untouched, path, Host=host, **headers)
            assert status == 403 and "which is not allowed" in answer["error"], path


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": f"http://127.0.0.1:{PORT}", "Sec-Fetch-Site": "same-origin"},
        {"Origin": "http://cloud.local", "Host": "cloud.local"},
        {"Sec-Fetch-Site": "none"},
    ],
)
def test_its_own_address_typed_into_a_browser_is_answered(served: str, headers: dict[str, str]) -> None:
    assert ask(served, "/_admin/tasks", **headers)[0] == 200


FORMS = [
    *("text/plain", "text/plain;charset=UTF-8", "TEXT/Plain", " text/plain ", "text/plain; application/json"),
    *("application/x-www-form-urlencoded", "multipart/form-data; boundary=x"),
]


@pytest.mark.parametrize("kind", FORMS)
def test_no_form_reaches_the_test_surface(untouched: str, kind: str) -> None:
    for path in ADMIN:
        status, answer = ask(untouched, path, Content_Type=kind)
        assert status == 415 and "application/json" in answer["error"], path
    assert ask(untouched, "/", Content_Type=kind)[0] == 200  # the cloud's own refusal, as an answer
    Client(untouched).arrange("reset")


@pytest.mark.parametrize("kind", [None, "application/json", "application/json; charset=utf-8"])
def test_json_and_no_type_do(served: str, kind: str | None) -> None:
    assert {ask(served, path, Content_Type=kind)[0] for path in ADMIN} == {200, 404}
    Client(served).arrange("reset")


# Bodies


def opened(base: str, path: str, length: str) -> socket.socket:
    connection = socket.create_connection(("127.0.0.1", urlsplit(base).port or 0), timeout=20)
    head = f"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n{length}\r\n\r\n"
    connection.sendall(head.encode())
    return connection


@pytest.mark.parametrize("path", ["/", "/_admin/clock"])
def test_a_body_that_is_announced_as_too_large_is_not_waited_for(untouched: str, path: str) -> None:
    with opened(untouched, path, f"Content-Length: {bodies.MOST_READ_BYTES + 1}") as connection:
        answer = connection.recv(65536)
    assert b" 413 " in answer.split(b"\r\n")[0] and b"connection: close" in answer.lower()


@pytest.mark.parametrize("path", ["/", "/_admin/clock"])
def test_a_body_without_end_is_left(untouched: str, path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bodies, "MOST_READ_BYTES", 300_000)
    with opened(untouched, path, "Transfer-Encoding: chunked") as connection:
        for _ in range(5):
            connection.sendall(b"10000\r\n" + b"x" * 65536 + b"\r\n")
        assert b" 413 " in connection.recv(65536).split(b"\r\n")[0]


@pytest.mark.parametrize("path", ["/", "/_admin/clock"])
def test_a_body_that_never_comes_is_not_waited_for(
    untouched: str, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bodies, "MOST_BODY_SECONDS", 0.3)
    with opened(untouched, path, "Content-Length: 10") as connection:
        connection.sendall(b"{")
        answer = b"".join(iter(lambda: connection.recv(65536), b""))
    assert b" 408 " in answer.split(b"\r\n")[0] and b"did not arrive within" in answer


def test_the_test_surface_takes_no_more_than_the_api(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(admin, "MOST_BODY_BYTES", 1000)
    answer = client.session.post(f"{client.base}/_admin/clock", data=b" " * 1001)
    assert answer.status_code == 413 and "larger than 1000 bytes" in answer.json()["error"]


def test_nesting_without_end_is_a_mistake_of_the_clients(client: Client) -> None:
    answer = client.session.post(f"{client.base}/_admin/clock", data=b"[" * 100_000)
    assert answer.status_code == 400


# The faults on purpose


def nothing(*_: object) -> JSONResponse | None:
    return None


MUTANTS: dict[str, tuple[tuple[Any, str, Any], Callable[[str], int]]] = {
    # what is left out: (what is replaced, a request that must be refused)
    "the host": (
        (callers.Callers, "_foreign", nothing),
        lambda base: ask(base, "/_admin/tasks", Host="evil.example")[0],
    ),
    "hosts that end like ours": (
        (callers, "is_loopback", lambda name: name.startswith("127.0.0.1")),
        lambda base: ask(base, "/_admin/tasks", Host="127.0.0.1.evil.example")[0],
    ),
    "the origin": (
        (callers, "_of_a_page", nothing),
        lambda base: ask(base, "/_admin/reset", Origin="https://evil.example")[0],
    ),
    "the form": (
        (callers, "_of_a_form", nothing),
        lambda base: ask(base, "/_admin/reset", Content_Type="text/plain")[0],
    ),
}


@pytest.mark.parametrize(("fault", "request_of"), MUTANTS.values(), ids=MUTANTS)
def test_each_fault_brought_back_is_seen(
    served: str, fault: tuple[Any, str, Any], request_of: Callable[[str], int]
) -> None:
    assert request_of(served) in (403, 415, 421)
    with patch.object(*fault):
        assert request_of(served) == 200
