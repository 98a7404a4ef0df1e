"""A cloud that is reached through a proxy, as the environment names it; judged by the world that is left.

The endpoint's name is known to nobody but the proxies, so that nothing gets there without them.
"""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from reconciler.cli import network

from ..chaos.processes_network import ASKS, PAGE
from ..chaos.processes_proxy import (
    CERTIFICATE,
    PASS,
    Fault,
    Proxy,
    answering,
    cut_in_half,
    cut_short,
    proxy,
    reset_when_done,
)
from ..chaos.processes_routes import Spoil, cut_in_the_greeting, refusing_with, relay, resetting, saying
from ..cloud.faulty import deaf_host
from .kit import Kit
from .test_mix_stream import HALL, LAYOUT, SIDE, STREAMS

NAME = "cloud.tencentcloudapi.com"
PASSWORD = "pa55-of-the-proxy"
APPLY = ("apply", "--auto-approve", "--allow-plain-http", "--new-state")


@pytest.fixture
def ready(kit: Kit, monkeypatch: pytest.MonkeyPatch) -> Kit:
    kit.write("layouts.yaml", LAYOUT)
    kit.write("streams.yaml", STREAMS)
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy", *network.CA_VARIABLES):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    return kit


@contextmanager
def behind(
    kit: Kit, monkeypatch: pytest.MonkeyPatch, fault: Fault, spoil: Spoil | None = None, *, tls: bool
) -> Iterator[Proxy]:
    """The cloud behind a forward proxy, or in TLS behind a tunnel, whose first request meets the fault."""
    with ExitStack() as stack:
        end = stack.enter_context(proxy(kit.url.removeprefix("http://"), fault, tls=tls))
        host = stack.enter_context(relay(end.host, "http", spoil)).host if tls else end.host
        monkeypatch.setenv("RECONCILER_ENDPOINT", f"{'https' if tls else 'http'}://{NAME}")
        monkeypatch.setenv("HTTPS_PROXY" if tls else "HTTP_PROXY", f"http://user:{PASSWORD}@{host}")
        monkeypatch.setenv("NO_PROXY", "127.0.0.1")  # for what the test itself asks the simulator
        monkeypatch.setenv("SSL_CERT_FILE", str(CERTIFICATE))
        yield end


def taken_care_of(kit: Kit) -> int:
    """How many tasks run; each is recorded, or a start of its stream is in doubt."""
    entries = kit.state()["resources"].values()
    recorded = {entry.get("taskId") for entry in entries}
    doubts = sum(entry["status"] == "uncertain" for entry in entries)
    running = {task["taskId"] for task in kit.running()}
    assert len(running - recorded) <= doubts
    return len(running)


LOST = {
    "cut after the request": Fault(reset_when_done),
    "closed after the request": Fault(cut_short),
    "half an answer": Fault(cut_in_half),
    "502": Fault(answering("502 Bad Gateway", PAGE, done=True)),
    "a page": Fault(answering("200 OK", PAGE, done=True)),
}


@pytest.mark.parametrize("tls", [False, True], ids=["forward", "tunnel"])
@pytest.mark.parametrize("name", LOST)
def test_what_was_lost_behind_a_proxy_is_in_doubt_and_mended_by_the_next_apply(
    ready: Kit, monkeypatch: pytest.MonkeyPatch, name: str, tls: bool
) -> None:
    with behind(ready, monkeypatch, LOST[name], tls=tls) as end:
        ran = ready.run(*APPLY)
        assert (ran.code, end.requests) == (1, 2), ran.err
        assert "1 done, 1 uncertain" in ran.out
        assert taken_care_of(ready) == 2
        assert ready.run(*APPLY).code == 0
    running = {task["taskId"] for task in ready.running()}
    recorded = {entry["taskId"] for entry in ready.state()["resources"].values()}
    assert running == recorded, (ready.tasks(), ready.calls(), end.answers, ran.out, ran.err)
    assert len(running) == 2 and PASSWORD not in ran.out + ran.err


@pytest.mark.slow
@pytest.mark.parametrize("tls", [False, True], ids=["forward", "tunnel"])
def test_so_it_is_in_a_process_of_its_own(ready: Kit, monkeypatch: pytest.MonkeyPatch, tls: bool) -> None:
    with behind(ready, monkeypatch, LOST["closed after the request"], tls=tls):
        process = ready.spawn(*APPLY)
        out, err = process.communicate(timeout=60)
        assert process.returncode == 1 and "1 done, 1 uncertain" in out, err
        assert taken_care_of(ready) == 2
        assert "through the proxy 127.0.0.1:" in out + err


UNSENT: dict[str, Spoil] = {
    "cut": resetting,
    "closed": saying(b""),
    "no HTTP": saying(b"SSH-2.0-OpenSSH_9.9\r\n"),
    "502": refusing_with("502 Bad Gateway"),
    "cut in TLS": cut_in_the_greeting,
}


@pytest.mark.parametrize("name", UNSENT)
def test_what_died_on_the_way_into_a_tunnel_is_sent_again_at_once(
    ready: Kit, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    with behind(ready, monkeypatch, PASS, UNSENT[name], tls=True) as end:
        ran = ready.run("apply", "--auto-approve", "--new-state")
    assert (ran.code, end.requests) == (0, 2), ran.err
    assert taken_care_of(ready) == 2 and len(ready.tasks()) == 2


@pytest.mark.parametrize("tls", [False, True], ids=["forward", "tunnel"])
def test_a_proxy_that_wants_another_password_ends_the_run_with_nothing_in_doubt(
    ready: Kit, monkeypatch: pytest.MonkeyPatch, tls: bool
) -> None:
    asking = Fault(answering("407 Proxy Authentication Required", PAGE, ASKS, done=False))
    spoil = refusing_with("407 Proxy Authentication Required", ASKS) if tls else None
    monkeypatch.setattr("reconciler.cli.connection.WORKERS", 1)
    with behind(ready, monkeypatch, PASS if tls else asking, spoil, tls=tls):
        ran = ready.run(*APPLY)
    assert ran.code == 1 and "rejected the user name and password (407)" in ran.err
    assert "percent-encoded" in ran.err and PASSWORD not in ran.out + ran.err
    assert not ready.calls() and "uncertain" not in ran.out
    assert ready.run("state", "list").out.count("uncertain") == 0


def test_a_proxy_where_nobody_listens_is_told_and_nothing_is_in_doubt(
    ready: Kit, monkeypatch: pytest.MonkeyPatch
) -> None:
    nobody = deaf_host()
    monkeypatch.setattr("random.uniform", lambda low, high: low)  # repeats follow at once
    monkeypatch.setenv("RECONCILER_ENDPOINT", f"https://{NAME}")
    monkeypatch.setenv("ALL_PROXY", f"http://user:{PASSWORD}@{nobody}")
    ran = ready.run("apply", "--auto-approve", "--new-state", "--outage-timeout", "1s")
    assert ran.code == 1 and f"the proxy {nobody} refused the connection" in ran.err
    assert PASSWORD not in ran.out + ran.err and "uncertain" not in ran.out


def test_debug_says_the_proxy_and_whom_tls_trusts(ready: Kit, monkeypatch: pytest.MonkeyPatch) -> None:
    with behind(ready, monkeypatch, PASS, tls=True) as end:
        ran = ready.run("--debug", "apply", "--auto-approve", "--new-state", debug=True)
    assert ran.code == 0 and end.requests == 2
    assert f"debug: {NAME} is reached through the proxy 127.0.0.1:" in ran.err
    assert f"(HTTPS_PROXY), trusting the CAs in {CERTIFICATE}" in ran.err
    assert PASSWORD not in ran.out + ran.err


@pytest.mark.parametrize("command", ["plan", "apply", "drift", "destroy"])
def test_an_endpoint_elsewhere_is_not_spoken_to_in_the_clear(
    ready: Kit, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    monkeypatch.setenv("RECONCILER_ENDPOINT", f"http://{NAME}:8080")
    approved = ["--auto-approve"] if command in ("apply", "destroy") else []
    ran = ready.run(command, *approved)
    assert ran.code == 64 and f"http://{NAME}:8080 is plain HTTP" in ran.err
    assert "--allow-plain-http" in ran.err and not ready.state_path.exists()


def test_a_plan_that_sends_nothing_needs_no_leave(ready: Kit, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RECONCILER_ENDPOINT", f"http://{NAME}:8080")
    assert ready.run("plan", "--no-refresh").code == 0
    assert ready.run("plan", "--allow-plain-http").code == 0


def test_this_machine_is_reached_without_a_proxy(ready: Kit, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", f"http://{deaf_host()}")
    monkeypatch.setenv("SSL_CERT_FILE", "/no/such/file")
    assert ready.run("apply", "--auto-approve", "--new-state").code == 0
    assert {HALL, SIDE} == set(ready.state()["resources"])


@pytest.mark.parametrize("command", ["plan", "apply", "drift", "destroy"])
def test_what_of_the_environment_cannot_be_used_is_told_before_the_first_call(
    ready: Kit, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, command: str
) -> None:
    monkeypatch.setenv("RECONCILER_ENDPOINT", f"https://{NAME}")
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tmp_path / "none.pem"))
    ran = ready.run(command)
    assert ran.code == 64 and "REQUESTS_CA_BUNDLE is" in ran.err and "PEM" in ran.err
