"""Planned requests filled in: exactly what was planned, with values in the references' places."""

import base64
import json
import zlib
from dataclasses import replace
from typing import Any

import pytest

from reconciler.calls import Action, Call, EnvSecret, FileSecret, PushUrl, Request, TaskIdOf, UserSig
from reconciler.cloud.redact import Redactor
from reconciler.cloud.resolve import SecretResolver
from reconciler.cloud.secret_files import SecretDirectory
from reconciler.cloud.secrets import Vault
from reconciler.errors import SecretError
from reconciler.late_values import secrets_in

from .cases import CANARY

NOW = 1751328000
KEY = EnvSecret("TRTC_KEY")
SIG = UserSig(1400188366, "robot-1", KEY, 3600)
PUSH = PushUrl("rtmp://push.example/live/a?bizid=1", KEY, 86400)
AGAIN = PushUrl("rtmp://push.example/live/b", KEY, 60, tx_time="5c271099")
REQUEST = {
    "SdkAppId": 1400188366,
    "TaskId": TaskIdOf("step-1"),
    "Agent": {"UserSig": SIG, "Note": None, "Rate": 1.5, "On": True},
    "Publish": [{"Url": PUSH}, {"Url": AGAIN}, {"Url": "rtmp://plain.example/a"}],
    "Tuple": (KEY, "x"),
}


def sent(request: Request) -> Call:
    return Call(Action("trtc", "2019-07-22", "Any", per_second=20), "", request)


def resolver(redactor: Redactor | None = None, **environ: str) -> SecretResolver:
    vault = Vault(environ, frozenset(), SecretDirectory(None).read, redactor or Redactor())
    return SecretResolver(vault, lambda: NOW + 0.9)


def test_a_request_is_filled_in() -> None:
    resolved = resolver(TRTC_KEY=CANARY).resolve_request(REQUEST, {"step-1": "t-1"})
    body = resolved.body
    sig = body["Agent"].pop("UserSig").translate(str.maketrans("*-_", "+/="))
    opened = json.loads(zlib.decompress(base64.b64decode(sig)))
    urls = [entry["Url"] for entry in body.pop("Publish")]

    assert (opened["TLS.identifier"], opened["TLS.time"], opened["TLS.expire"]) == ("robot-1", NOW, 3600)
    assert urls[0].startswith("rtmp://push.example/live/a?bizid=1&txSecret=")
    assert urls[1].endswith("&txTime=5c271099") and urls[2] == "rtmp://plain.example/a"
    assert resolved.tx_times == {PUSH.url: f"{NOW + 86400:X}", AGAIN.url: "5c271099"}
    assert body == {
        "SdkAppId": 1400188366,
        "TaskId": "t-1",
        "Agent": {"Note": None, "Rate": 1.5, "On": True},
        "Tuple": [CANARY, "x"],
    }


def test_the_same_tx_time_makes_the_same_address() -> None:
    filled = resolver(TRTC_KEY=CANARY)
    first = filled.resolve_request({"Url": PUSH}, {})
    repeat = PushUrl(PUSH.url, KEY, 5, first.tx_times[PUSH.url])
    assert filled.resolve_request({"Url": repeat}, {}).body == first.body


def test_the_request_itself_is_left_alone() -> None:
    inner: dict[str, Any] = {"list": [KEY]}
    resolver(TRTC_KEY=CANARY).resolve_request({"a": inner}, {})
    assert inner == {"list": [KEY]}


def test_references_at_any_depth() -> None:
    assert list(secrets_in(REQUEST)) == [SIG, PUSH, AGAIN, KEY]


def test_every_missing_secret_of_a_plan_is_told_at_once() -> None:
    with pytest.raises(SecretError) as caught:
        resolver().check([sent(REQUEST), sent({"a": EnvSecret("HOME"), "b": [FileSecret("f")]})])
    assert [name in caught.value.message for name in ("TRTC_KEY", "HOME", "'f'")] == [True] * 3
    assert len(caught.value.message.splitlines()) == 3
    resolver(TRTC_KEY=CANARY).check([sent(REQUEST)])


def test_an_unknown_step_is_a_key_error() -> None:
    with pytest.raises(KeyError, match="step-1"):
        resolver().resolve_request({"TaskId": TaskIdOf("step-1")}, {})


def test_what_was_resolved_is_redacted_and_not_shown() -> None:
    redactor = Redactor()
    resolved = resolver(redactor, TRTC_KEY=CANARY).resolve_request({"Key": KEY, "Sig": SIG}, {})
    assert CANARY not in repr(resolved)
    assert CANARY not in redactor(json.dumps(resolved.body))
    assert resolved.body["Sig"] not in redactor(f"bad UserSig {resolved.body['Sig']}")


def test_the_query_of_a_signed_address_alone_can_be_sent() -> None:
    query = replace(PUSH, only_query=True)
    found = resolver(TRTC_KEY=CANARY).resolve_request({"Args": query, "Url": PUSH}, {})
    assert found.body["Url"] == f"rtmp://push.example/live/a?{found.body['Args']}"
    assert found.body["Args"].startswith("bizid=1&txSecret=") and found.tx_times.keys() == {PUSH.url}
