"""The second net: any encoding of any secret, embedded anywhere, is masked; and nothing else is."""

import base64
import itertools
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.cloud.readings import DEPTH
from reconciler.cloud.redact import Redactor

from ..support import examples, one_in
from .encoding import ENCODINGS, depth, wrapped

ROOT = Path(__file__).parent.parent.parent
LETTERS = st.sampled_from("abcXYZ0189-._~/+=&?%:; \"'\\<>é漢😀")
SECRETS = st.text(LETTERS, min_size=6, max_size=48).filter(lambda text: len(set(text)) > 3)
AROUND = st.text(st.sampled_from("xyz ,.()[]{}!|\t"), max_size=12)
NAMES = st.lists(st.sampled_from(sorted(ENCODINGS)), max_size=DEPTH).filter(
    lambda names: depth(names) <= DEPTH
)
FIXED = {
    "API key": "AKIDz8krbsJ5yKBZQpn74WFkmLPx3EXAMPLE",
    "API secret": "Gu5t9xGARNpq86cd98joQYCN3EXAMPLE",
    "session token": "5s9/Ja+tq1MLzb==mixed/alphabet+token",
    "UserSig key": "5bd2850fff3ecb11d7c805251c51ee463a25727bddc2385f3fa8bfee1bb93b5e",
    "push key": "5e8e1f3d7a6b",
    "stream-URL token": "t0ken/with?all&kinds=of%20signs",
    "userinfo": "user:pässwörd",
    "SigV4 signature": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "SigV4 credential": "AKIAEXAMPLE%2F20260101%2Feu-west-1%2Fs3%2Faws4_request",
    "SAS": "aZuRe%2FsIg%2Bcan4ry%3D",
    "file with lines": "-----BEGIN KEY-----\nMIIB+/==\n-----END KEY-----",
    "short": "k3y!",
}


def masks(secret: str, encoded: str, before: str, after: str) -> bool:
    redactor = Redactor()
    redactor.register(secret)
    shown = redactor(f"{before}{encoded}{after}")
    return encoded not in shown and "***" in shown


@pytest.mark.parametrize("name", FIXED)
@pytest.mark.parametrize("outer", one_in(3, ENCODINGS))
def test_each_secret_in_each_encoding_of_each(name: str, outer: str) -> None:
    redactor, secret = Redactor(), FIXED[name]
    redactor.register(secret)
    for inner in ("json", "percent", "base64url", "hex", "html"):
        encoded = ENCODINGS[outer](ENCODINGS[inner](secret))
        shown = redactor(f"the key [{encoded}] is refused")
        left = shown.removeprefix("the key [").removesuffix("] is refused")
        assert len(re.sub(r"[*\s=]", "", left)) < 8, (inner, shown)


@examples(150)
@given(SECRETS, NAMES, AROUND, AROUND, st.binary(max_size=5))
def test_any_encoding_of_any_secret_anywhere(
    secret: str, names: list[str], before: str, after: str, inside: bytes
) -> None:
    encoded = secret
    for name in names:
        encoded = ENCODINGS[name](encoded)
    assert masks(secret, encoded, before, after)
    if depth(names) < DEPTH:
        around = base64.b64encode(inside + encoded.encode("utf-8", "surrogatepass") + inside).decode()
        assert masks(secret, around, before, after), "at any offset of base64"


@examples(60)
@given(SECRETS, st.integers(1, 80), st.sampled_from(["\n", "\r\n", "\n  ", "\\n", "\\r\\n", "%0A"]), AROUND)
def test_any_width_of_lines(secret: str, width: int, end: str, before: str) -> None:
    encoded = base64.b64encode(secret.encode()).decode()
    assert masks(secret, wrapped(encoded, width, end), f"{before} ", "")
    assert masks(secret, wrapped(encoded.replace("+", "-").replace("/", "_"), width, end), before, "")


def test_three_encodings_one_in_another() -> None:
    secret = FIXED["stream-URL token"]
    simple = ("percent", "json", "html", "base64 in lines", "hex", "base64url")
    assert DEPTH == 3
    for names in itertools.product(simple, repeat=3):
        encoded = secret
        for name in names:
            encoded = ENCODINGS[name](encoded)
        assert masks(secret, encoded, "<", ">"), names


@pytest.mark.slow
def test_ordinary_texts_stay() -> None:
    redactor = Redactor()
    for secret in FIXED.values():
        redactor.register(secret)
    for name in ("README.md", "docs/api-map.md", "docs/reliability.md"):
        text = (ROOT / name).read_text()[:20_000]
        known = re.sub(r"(?i)signature=[0-9a-f]{8,}|txSecret=[0-9a-z]+", "", text)
        assert redactor(known) == known


@examples(100)
@given(st.text())
def test_without_a_secret_nothing_is_masked(text: str) -> None:
    redactor = Redactor()
    redactor.register("\U0001f600 a secret that no text has \U0001f600")
    assert redactor(text) == text


def test_what_cannot_be_looked_through_is_not_shown() -> None:
    assert Redactor()("%41" * 1000) == "%41" * 1000
    assert Redactor()("%25\\u0025&amp;=3D+0a " * 60_000) == "***"


def test_what_was_made_for_one_call_is_known_for_a_while() -> None:
    redactor = Redactor()
    redactor.register_for_a_call("made-for-this-call")
    assert redactor("bWFkZS1mb3ItdGhpcy1jYWxs") == "***"
    for number in range(300):
        redactor.register_for_a_call(f"later-{number:04}")
    assert redactor("later-0299") == "***" and repr(redactor) == "Redactor(0 values)"
