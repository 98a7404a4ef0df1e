"""What must hold of push addresses: one grammar, and one way to take them apart, wherever they are read."""

import re
from collections.abc import Callable, Iterator
from itertools import product

from hypothesis import strategies

from reconciler.addresses.push import PATTERN, key_spans, push_fault, split_push
from reconciler.cloud.push_url import sign_push_url, tx_secret
from reconciler.kinds.converting.addresses import read_push
from reconciler.kinds.converting.reading import Reading, Variables
from reconciler.kinds.publish.fields import Publish, held_cdn_fault
from reconciler.plaintext import with_digests
from reconciler.simulator.push_addresses import can_be_pushed_to, parse
from reconciler.simulator.streams import StreamName

KEY = "e12c46f2612d5106e2034781ab261ca3"
SCHEMES = ("rtmp://", "RTMP://", "rtmps://", "http://", "rtmp:/", "", " rtmp://")
HOSTS = (
    "3891.livepush.myqcloud.com",
    "Push.Example",
    "127.0.0.1",
    "a_b.example",
    "-a.example",
    "a..b",
    "bühne.example",
    "[::1]",
    "me@push.example",
    "",
)
PORTS = ("", ":1935", ":1", ":65535", ":0", ":65536", ":01936", ":000001", ":", ":rtmp", ":-1")
PATHS = (
    "/live/hall",
    "/live/room1/x",
    "/live/",
    "/live",
    "/",
    "",
    "//hall",
    "/live//hall",
    "/live/hall/",
    "/live/the hall",
    "/live/h%20l@1!",
    "/live/大厅",
    "/live/hall\n",
    "/live/ha\u200bll",
    "/live/ha\x7fll",
)
QUERIES = ("", "?", "?bizid=1", "?a=/b", "? a", "#top", "?a#b")

texts = strategies.text(strategies.sampled_from("rtmp:/?#@.-_ab1 \n\u200bé[]%"), max_size=24)
forms = strategies.tuples(
    *(strategies.sampled_from(parts) for parts in (SCHEMES, HOSTS, PORTS, PATHS, QUERIES))
).map("".join)
likely = strategies.tuples(
    strategies.just("rtmp://"),
    strategies.sampled_from(HOSTS[:3]),
    strategies.sampled_from(PORTS[:4]),
    strategies.one_of(strategies.sampled_from(PATHS), texts.map(lambda text: f"/live/{text}")),
    strategies.sampled_from(QUERIES),
).map("".join)
addresses = strategies.one_of(forms, likely, texts.map(lambda text: f"rtmp://{text}"))
"""Texts that are push addresses, and texts that are nearly none."""


def is_valid(url: str, is_tencent_cdn: bool | None = None) -> bool:
    """Whether `validate` accepts an address."""
    given = {"url": url} if is_tencent_cdn is None else {"url": url, "isTencentCdn": is_tencent_cdn}
    try:
        return all(fault.warns for fault in Publish.model_validate(given).faults())
    except ValueError:
        return False


def one_grammar(url: str) -> None:
    """A manifest's text, a secret's value and the cloud's own reader: all take it, or none does."""
    accepted = can_be_pushed_to(url, True)
    assert is_valid(url) is accepted
    assert is_valid(url, True) is accepted
    assert (held_cdn_fault(url, {}) is None) is accepted
    elsewhere = can_be_pushed_to(url, False)
    assert is_valid(url, False) is elsewhere
    assert (held_cdn_fault(url, {"IsTencentCdn": 0}) is None) is elsewhere


def one_pattern(url: str) -> None:
    """What editors are told is what `validate` says."""
    assert (push_fault(url) is None) is (re.fullmatch(PATTERN, url) is not None)


def one_split(url: str) -> None:
    """Signature, question, claim, conversion and the cloud's own reader take one address apart alike."""
    cloud = parse(url)
    assert (cloud is not None) is is_valid(url)
    if cloud is None:
        return
    ours = split_push(url)
    push = Publish.model_validate({"url": url, "auth": {"key": {"env": "STREAM_KEY"}}})
    assert (ours.host, ours.app, ours.stream) == cloud == push.live_target()
    assert StreamName(*cloud) == StreamName.pushed_by(url, True)
    port = "" if ours.port == 1935 else f":{ours.port}"
    assert push.target() == f"{cloud.domain}{port}/{cloud.app}/{cloud.stream}"
    signed = sign_push_url(url, KEY, "5C271099").url
    assert f"txSecret={tx_secret(KEY, cloud.stream, '5C271099')}&" in signed
    assert parse(signed) == cloud
    reading = Reading("hall", Variables())
    assert read_push(signed, reading)["auth"]["key"] == {"env": reading.variables.of_push_key(cloud.domain)}


CHECKS: tuple[Callable[[str], None], ...] = (one_grammar, one_pattern, one_split)


def each_form() -> Iterator[str]:
    """Every form in which at most one part is wrong."""
    parts = (SCHEMES, HOSTS, PORTS, PATHS, QUERIES)
    for index, varied in enumerate(parts):
        for part, host in product(varied, HOSTS[:2]):
            whole = ["rtmp://", host, "", "/live/hall", ""]
            whole[index] = part
            yield "".join(whole)


def all_hold() -> None:
    """Every check, of each form."""
    for url in each_form():
        for check in CHECKS:
            check(url)


def keys_are_hidden() -> None:
    """The key to a stream of another network is a digest, with whatever secrets are inside."""
    clear = "rtmp://cdn.example/app/k3y?token=t0ken"
    hidden = with_digests(clear, "key", key_spans)
    assert hidden.startswith("rtmp://cdn.example/app/*hmac-sha256-") and "t0ken" not in hidden
    assert with_digests(hidden, "key", key_spans) == hidden
    assert with_digests(with_digests(clear, "key"), "key", key_spans) == hidden
