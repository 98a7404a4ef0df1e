"""Answers in encodings that nobody asked for: none is decoded, whatever it claims to be or holds."""

import gzip
import json
import tracemalloc
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from unittest.mock import patch

import pytest

from reconciler.cloud import transport
from reconciler.cloud.client import Client
from reconciler.cloud.endpoint import Endpoint
from reconciler.cloud.redact import Redactor
from reconciler.cloud.signing import Credentials
from reconciler.cloud.transport import NoAnswer, RequestsTransport
from reconciler.errors import OutcomeUnknown

from .cases import CANARY, call
from .faulty import answer, serving

GOOD = json.dumps({"Response": {"TaskId": "t-1", "RequestId": "r-1"}}).encode()
REFUSAL = json.dumps({"Response": {"Error": {"Code": "InvalidParameter"}, "RequestId": "r"}}).encode()


def raw_deflate(data: bytes) -> bytes:
    made = zlib.compressobj(wbits=-15)
    return made.compress(data) + made.flush()


def as_it_is(data: bytes) -> bytes:
    return data


ENCODINGS: dict[str, tuple[str, Callable[[bytes], bytes]]] = {
    # name: (the header, what is done to the body)
    "gzip": ("Content-Encoding: gzip", gzip.compress),
    "gzip in capitals": ("content-encoding: GZIP ", gzip.compress),
    "x-gzip": ("Content-Encoding: x-gzip", gzip.compress),
    "deflate": ("Content-Encoding: deflate", zlib.compress),
    "raw deflate": ("Content-Encoding: deflate", raw_deflate),
    "gzip that is none": ("Content-Encoding: gzip", as_it_is),
    "br": ("Content-Encoding: br", as_it_is),
    "zstd": ("Content-Encoding: zstd", as_it_is),
    "compress": ("Content-Encoding: compress", as_it_is),
    "unknown": ("Content-Encoding: x-vendor-7", as_it_is),
    "several": ("Content-Encoding: gzip, gzip", lambda data: gzip.compress(gzip.compress(data))),
    "several lines": ("Content-Encoding: deflate\r\nContent-Encoding: gzip", gzip.compress),
    "identity and more": ("Content-Encoding: identity, gzip", gzip.compress),
    "of the transfer": ("Transfer-Encoding: gzip", gzip.compress),
}
STATUSES = {
    "200 OK": GOOD,
    "200 Fine": REFUSAL,
    "429 Slow Down": b"",
    "500 Oh": b"oh",
    "502 Bad Gateway": GOOD,
}


@pytest.mark.parametrize("status", STATUSES)
@pytest.mark.parametrize(("header", "encode"), ENCODINGS.values(), ids=ENCODINGS)
def test_an_answer_in_another_encoding_is_none(
    header: str, encode: Callable[[bytes], bytes], status: str
) -> None:
    with serving(answer(encode(STATUSES[status]), status, header)) as server, RequestsTransport() as opened:
        with pytest.raises(NoAnswer, match=r"unrequested encoding"):
            opened.post(f"http://{server.host}/", {}, b"{}", (2, 2))
        sent = server.requests[0].lower()
    assert b"accept-encoding: identity\r\n" in sent and sent.count(b"accept-encoding") == 1


@pytest.mark.parametrize("header", ["Content-Encoding: identity", "Content-Encoding:", "X-Encoding: gzip"])
def test_an_answer_as_it_is_counts(header: str) -> None:
    with serving(answer(GOOD, "200 OK", header)) as server, RequestsTransport() as opened:
        assert opened.post(f"http://{server.host}/", {}, b"{}", (2, 2)) == (200, GOOD)


def test_what_it_asked_for_may_have_happened() -> None:
    """A success that cannot be read is no success, and no refusal either."""
    fault = answer(gzip.compress(GOOD), "200 OK", "Content-Encoding: gzip")
    with serving(fault) as server, RequestsTransport() as opened:
        keys = Credentials("AKIDcanary", CANARY, "")
        client = Client(opened, keys, Endpoint.parse(f"http://{server.host}"), lambda: 0.0, Redactor())
        with pytest.raises(OutcomeUnknown):
            client.send(call(), {})


@pytest.mark.slow
@pytest.mark.parametrize("status", ["200 OK", "500 Oh"])
def test_a_bomb_is_not_unpacked(status: str) -> None:
    bomb = gzip.compress(bytes(128 * 1024 * 1024))
    with serving(answer(bomb, status, "Content-Encoding: gzip")) as server, RequestsTransport() as opened:
        tracemalloc.start()
        try:
            with pytest.raises(NoAnswer):
                opened.post(f"http://{server.host}/", {}, b"{}", (2, 2))
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
    assert peak < 4 * 1024 * 1024


@contextmanager
def decoding() -> Iterator[None]:
    """The bug on purpose: what the library undoes is taken for the answer."""
    with patch.object(transport, "_encoding", lambda _: ""):
        yield


def test_the_table_would_see_an_answer_that_is_decoded() -> None:
    fault = answer(gzip.compress(GOOD), "200 OK", "Content-Encoding: gzip")
    with decoding(), serving(fault) as server, RequestsTransport() as opened:
        assert opened.post(f"http://{server.host}/", {}, b"{}", (2, 2)) == (200, GOOD)
