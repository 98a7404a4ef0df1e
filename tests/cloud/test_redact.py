"""Registered values vanish from any text, in whatever encoding they turn up."""

import base64
import json
import re
from collections.abc import Callable
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.cloud.push_url import sign_push_url
from reconciler.cloud.redact import Redactor
from reconciler.cloud.usersig import Pass, user_sig

from .cases import CANARY

ENCODINGS: dict[str, Callable[[str], str]] = {
    "plain": str,
    "url": lambda text: quote(text, safe=""),
    "path": quote,
    "form": quote_plus,
    "lower-case url": lambda text: re.sub("%..", lambda match: match[0].lower(), quote(text, safe="")),
    "json": lambda text: json.dumps({"a": text}),
    "json with letters": lambda text: json.dumps({"a": text}, ensure_ascii=False),
    "repr": repr,
    "hex": lambda text: text.encode().hex(),
    "upper-case hex": lambda text: text.encode().hex().upper(),
    "base64": lambda text: base64.b64encode(text.encode()).decode(),
    "base64url": lambda text: base64.urlsafe_b64encode(text.encode()).decode(),
    "basic auth": lambda text: base64.b64encode(f"me:{text}".encode()).decode(),
    "inside base64": lambda text: base64.b64encode(f"12345{text}67".encode()).decode(),
}
VALUES = [CANARY, "päss wörd/7f3a?&", 'quote"back\\slash\ttab', "0123456789abcdef", "-----KEY\nline\n-----"]


@pytest.mark.parametrize("value", VALUES)
@pytest.mark.parametrize("encoding", ENCODINGS)
def test_every_form_of_a_value_is_masked(encoding: str, value: str) -> None:
    redactor = Redactor()
    redactor.register(value)
    encoded = ENCODINGS[encoding](value)
    shown = redactor(f"before {encoded} after")
    assert shown.startswith("before ") and shown.endswith(" after") and "***" in shown
    inner = encoded.strip("'\"{}a: =")
    assert not any(inner[start : start + 10] in shown for start in range(max(1, len(inner) - 9)))


@given(st.text(min_size=4), st.text(), st.text())
def test_no_text_holds_a_registered_value(value: str, before: str, after: str) -> None:
    redactor = Redactor()
    redactor.register(value)
    shown = redactor(f"{before}{value}{after}")
    assert value not in shown or value in "***" * 3 or "***" in value


def test_values_inside_others_and_short_ones() -> None:
    redactor = Redactor()
    for value in ("secret-long", "secret", "abc", ""):
        redactor.register(value)
    assert redactor("secret-long secret abc") == "*** *** abc"
    assert "secret" not in repr(redactor)


SIG = user_sig(Pass(1400000000, "user", 1751328000, 3600), "key")
URL = sign_push_url("rtmp://push.example/live/a?bizid=1", "key", 1751414400).url


@pytest.mark.parametrize(
    "text",
    [
        SIG,
        f'"UserSig":"{SIG}"',
        f"sig%3D{quote(SIG, safe='')}",
        URL,
        quote(URL, safe=""),
        json.dumps({"u": URL}),
    ],
)
def test_what_is_made_from_a_secret_is_masked_by_its_look(text: str) -> None:
    shown = Redactor()(text)
    assert SIG[:40] not in shown and quote(SIG, safe="")[:40] not in shown
    assert URL.partition("txSecret=")[2][:8] not in shown
    assert "***" in shown


@pytest.mark.parametrize(
    "text",
    [
        "-m97l2ZU7vxyBSmXYsRx1Xy9Kf4bVVfbbhSKC4K-4pycoZWKv542xbi139uTvGt1zAHoAQ..",
        "2a7cfa0d-9b8e-4f6d-9a0b-6e5d4c3b2a19",
        "rtmp://push.example/live/a?txTime=68647680",
    ],
)
def test_other_texts_stay(text: str) -> None:
    assert Redactor()(text) == text
