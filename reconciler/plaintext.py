"""Secrets that are written in clear in an address: where they stand, masked, and as keyed digests.

The one place that says which parts of a text are secret. A text whose secrets are replaced by digests
is compared, recorded and planned in its place: equal digests mean equal secrets, under one key.
"""

import hmac
import re
from collections.abc import Callable
from hashlib import sha256
from typing import NamedTuple
from urllib.parse import unquote

MASK = "***"
CHANGED = " (its secret changed)"
"""What is told behind the second of two texts that differ in what is masked alone."""

_TELLING = 8
"""A secret of so many characters is one wherever it is found."""
_DIGEST = re.compile(r"\*hmac-sha256-[0-9a-f]{64}\*")
_BEHIND_APP = re.compile(rf"(?<=[/?]){_DIGEST.pattern}$")
_USERINFO = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://([^/?#]*)@")
# Tried only where a name can begin: at each place of a long text it would take for ever.
_NAME = re.compile(r"(?<![^=&;?#])([^=&;?#]*)=")
_VALUE = re.compile(r"[^&;#]*")
_WRITTEN = re.compile(r"""[^\s"'<>{}]+""")
_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")

# Words of a parameter's name, as in X-Amz-Security-Token, txSecret and auth_key.
_SECRET_WORD = re.compile(
    "token|secret|sig|sign|signature|sas|auth|authorization|bearer|key|psk|password|passwd|passphrase|pass|pwd|"
    "credentials?|cred|hmac|hash|md5|jwt|ticket|session"
)
# Names that are written as one word; `qak` is q-ak, the key's ID of COS, `hdn..` are Akamai's tokens.
_SECRET_NAME = re.compile(
    ".*(token|secret|signature|sig|auth|password|passwd|accesskeyid)|googleaccessid|qak|hdn(ts|ea|tl)|"
    "sessionid|authinfo|(api|auth|access|push|stream|secret|sign)key"
)
# With these COS says how it signs, and for how long.
_NO_SECRET = re.compile("qsign(algorithm|time)|qkeytime")


class Span(NamedTuple):
    """From where to where a secret stands in a text."""

    begins: int
    ends: int


Spans = tuple[Span, ...]
NO_SPANS: Spans = ()


def _no_keys(text: str) -> Spans:
    return NO_SPANS


def secret_spans(text: str) -> Spans:
    """The parts of an address, or of the arguments of one, that are secrets, in order.

    A name and password before the host, and each parameter whose name says that its value is a
    credential: of a query, a fragment, or a text that is arguments alone. Digests are none.
    """
    if "@" not in text and "=" not in text:
        return NO_SPANS  # no name stands before a host, and no parameter has a value
    host, query = _USERINFO.match(text), _query_begins(text)
    spans = [Span(*host.span(1))] if host else []
    over = query
    for match in _NAME.finditer(text, query):
        # The value of a name that is none of a secret may be an address itself, with parameters of its own.
        value = (
            _VALUE.match(text, match.end()) if match.start() >= over and is_secret_name(match[1]) else None
        )
        if value is not None and value[0]:
            spans.append(Span(*value.span()))
            over = value.end()
    return tuple(span for span in spans if not _DIGEST.fullmatch(text[span.begins : span.ends]))


def is_secret_name(name: str) -> bool:
    """Whether a parameter of this name holds a credential."""
    plain = unquote(name)
    words = [word.lower() for word in _WORD.findall(plain)]
    joined = "".join(word for word in words if not word.isdigit())
    if _NO_SECRET.fullmatch(joined):
        return False
    return _SECRET_NAME.fullmatch(joined) is not None or any(map(_SECRET_WORD.fullmatch, words))


def secrets_of(text: str) -> tuple[str, ...]:
    """The secrets themselves, each as it is written and, where that differs, as it reads.

    A password is one by itself, too, beside the name and password that it stands in.
    """
    found = [text[span.begins : span.ends] for span in secret_spans(text)]
    host = _USERINFO.match(text)
    if host:
        found.append(host[1].partition(":")[2])
    return tuple(dict.fromkeys(one for value in found if value for one in (value, unquote(value))))


def secrets_behind(hidden: str, text: str) -> tuple[str, ...]:
    """What a text has where `hidden`, the same with digests, has those.

    A short one is told with the address around it: by itself it could be a part of any word.
    """
    match = re.fullmatch("(.*)".join(map(re.escape, _DIGEST.split(hidden))), text, re.DOTALL)
    found: list[str] = []
    for value in match.groups() if match else ():
        path, _, query = value.partition("?")
        if len(value) < _TELLING:
            found.append(text.partition("://")[2] or text)
            continue
        found += [value, unquote(value)]
        found += [part for part in (path.rpartition("/")[2], query) if len(part) >= _TELLING]
    return tuple(dict.fromkeys(found))


def masked(text: str) -> str:
    """The text with `***` in the place of each secret, or of its digest."""
    return _DIGEST.sub(lambda _: MASK, _replaced(text, secret_spans(text), lambda _: MASK))


def masked_within(text: str) -> str:
    """Any text, as a line of a manifest, with `***` for the secrets of what looks like addresses."""
    return _WRITTEN.sub(lambda match: _masked_word(match[0]), text)


def _masked_word(word: str) -> str:
    """A word without blanks, which may be an address."""
    return masked(word) if "://" in word or "=" in word else word


def with_digests(text: str, key: str, keys: Callable[[str], Spans] = _no_keys) -> str:
    """The text with a digest in the place of each secret; an address as before, where it was one.

    `keys` are further secrets, which may have others inside: those are digests by then, as they are in a
    text that was treated without `keys` before, and so both become the same.
    """

    def digest(value: str) -> str:
        return value if _DIGEST.fullmatch(value) else f"*hmac-sha256-{digest_of(value, key)}*"

    inner = _replaced(text, secret_spans(text), digest)
    return _replaced(inner, keys(inner), digest)


def digest_of(value: str, key: str) -> str:
    """HMAC-SHA256 of a secret in hex: without the key it can neither be made nor be guessed at."""
    return hmac.new(key.encode(), value.encode("utf-8", "surrogatepass"), sha256).hexdigest()


def has_digest(text: str) -> bool:
    """Whether a text holds a secret's digest in its place."""
    return "*hmac-" in text and _DIGEST.search(text) is not None


def without_digests(text: str) -> str:
    """The text with nothing where digests stand, or with a word where an address would be none without."""
    return _DIGEST.sub("", _BEHIND_APP.sub("unknown", text))


def _query_begins(text: str) -> int:
    """Where the parameters begin: behind the first `?` or `#` of an address; arguments are all of it."""
    if "://" not in text:
        return 0
    found = re.search(r"[?#]", text)
    return found.end() if found else len(text)


def _replaced(text: str, spans: Spans, change: Callable[[str], str]) -> str:
    for span in reversed(spans):
        text = text[: span.begins] + change(text[span.begins : span.ends]) + text[span.ends :]
    return text
