"""What a watch takes from libraries: messages by Apprise, variables by dotenv, traces by OpenTelemetry."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import click
import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from reconciler.cli.environment import current_environment, read_environment
from reconciler.cli.watch_messages import addressed, send
from reconciler.cli.watch_tracing import traced
from reconciler.cli.watch_variables import refresh_variables
from reconciler.errors import SecretError
from reconciler.kinds.workspace.notify import Notify
from reconciler.watching.events import Event, EventKind
from reconciler.watching.notifying import Message

# Apprise's plugins import what is deprecated in Python itself.
pytestmark = pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")

DOWN = Event(EventKind.DOWN, "down:a", "a is ended")


@contextmanager
def server(code: int = 200) -> Iterator[tuple[int, list[bytes]]]:
    """(port, bodies that were sent) of a server that answers with a code."""
    found: list[bytes] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            found.append(self.rfile.read(int(self.headers["content-length"])))
            self.send_response(code)
            self.end_headers()

        def log_message(self, *_: object) -> None: ...

    made = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=made.serve_forever)
    thread.start()
    try:
        yield made.server_port, found
    finally:
        made.shutdown()
        thread.join()
        made.server_close()


@pytest.mark.parametrize(("code", "why"), [(200, ""), (500, "json:// did not take it")])
def test_a_webhook(code: int, why: str, capsys: pytest.CaptureFixture[str]) -> None:
    with server(code) as (port, bodies):
        assert send(Message("A", "demo: down", "a is ended", f"json://127.0.0.1:{port}/key-4711")) == why
    sent: dict[str, Any] = json.loads(bodies[0])
    assert (sent["title"], sent["message"]) == ("demo: down", "a is ended")
    assert "4711" not in "".join(capsys.readouterr())


def test_an_address_that_is_none_is_not_told() -> None:
    assert send(Message("A", "t", "x", "no-url-4711")) == "its address is not a URL that Apprise knows"


def test_addresses_are_secrets_as_they_are_now(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    notify = [
        Notify.model_validate({"to": {"env": "STREAM_HOOK"}, "events": ["down"]}),
        Notify.model_validate({"to": {"file": "mail"}, "events": ["applied"]}),
    ]
    monkeypatch.delenv("STREAM_HOOK", raising=False)
    with pytest.raises(SecretError, match=r"spec\.notify: the variable 'STREAM_HOOK' is unset"):
        addressed("demo", [DOWN], notify)
    monkeypatch.setenv("STREAM_HOOK", "json://127.0.0.1/4711")
    (message,) = addressed("demo", [DOWN], notify)
    assert (message.to, message.address) == ("STREAM_HOOK", "json://127.0.0.1/4711")


def test_variables_are_read_again_and_leave_when_they_do(tmp_path: Path) -> None:
    file = tmp_path / "env"
    with click.Context(click.Command("watch"), obj=read_environment()):
        for text, value in (("STREAM_A='1 $HOME'\n# x\nSTREAM_B=2", "1 $HOME"), ("STREAM_B=2", "")):
            file.write_text(text)
            refresh_variables(str(file))
            assert (current_environment().get("STREAM_A"), current_environment().get("STREAM_B")) == (
                value,
                "2",
            )
        file.unlink()
        with pytest.raises(SecretError, match="--env-file"):
            refresh_variables(str(file))


def test_traces_go_where_the_standard_s_variables_say(monkeypatch: pytest.MonkeyPatch) -> None:
    with server() as (port, bodies):
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", f"http://127.0.0.1:{port}")
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_COMPRESSION", "none")
        with traced(read_environment().variables, "demo") as span, span("round"), span("look"):
            pass
        with traced({}, "demo") as span, span("round"):
            pass
    request = ExportTraceServiceRequest.FromString(bodies[0])
    (resource,) = request.resource_spans
    names = {one.name: one for scope in resource.scope_spans for one in scope.spans}
    assert set(names) == {"watch.round", "watch.look"}
    assert names["watch.look"].parent_span_id == names["watch.round"].span_id
    assert len(bodies) == 1
