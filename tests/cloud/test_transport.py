"""What proves that nothing was sent, where a real failure cannot be had on localhost."""

import errno
import ssl
from concurrent.futures import ThreadPoolExecutor
from socket import gaierror
from threading import Barrier

import pytest
import requests

from reconciler.cloud.transport import NoAnswer, RequestsTransport, Unreachable, classify

from .faulty import TLS_GREETING, answer, deaf_host, serving

Seen = type[Unreachable] | type[NoAnswer]


def tls(reason: str) -> ssl.SSLError:
    error = ssl.SSLError(1, f"[SSL: {reason}] words")
    error.reason = reason
    return error


def wrapped(cause: Exception) -> requests.ConnectionError:
    """As the HTTP library would raise it: the system's error two layers down."""
    try:
        try:
            raise cause
        except Exception as inner:
            raise RuntimeError("pool") from inner
    except RuntimeError as outer:
        error = requests.ConnectionError("outer")
        error.__context__ = outer
        return error


@pytest.mark.parametrize(
    ("error", "wanted"),
    [
        (requests.ConnectTimeout(), Unreachable),
        (requests.exceptions.ProxyError(), Unreachable),
        (wrapped(gaierror(-2, "unknown")), Unreachable),
        (wrapped(ConnectionRefusedError(errno.ECONNREFUSED, "refused")), Unreachable),
        (wrapped(OSError(errno.ENETUNREACH, "no net")), Unreachable),
        (wrapped(tls("CERTIFICATE_VERIFY_FAILED")), Unreachable),
        (wrapped(tls("WRONG_VERSION_NUMBER")), Unreachable),
        (wrapped(tls("DECRYPTION_FAILED_OR_BAD_RECORD_MAC")), NoAnswer),
        (wrapped(ssl.SSLEOFError(8, "EOF")), NoAnswer),
        (wrapped(ConnectionResetError(errno.ECONNRESET, "reset")), NoAnswer),
        (wrapped(BrokenPipeError(errno.EPIPE, "pipe")), NoAnswer),
        (wrapped(TimeoutError("slow")), NoAnswer),
        (requests.ReadTimeout(), NoAnswer),
        (requests.exceptions.ChunkedEncodingError(), NoAnswer),
        (requests.exceptions.InvalidHeader(), NoAnswer),
        (ValueError("odd"), NoAnswer),
    ],
)
def test_only_a_failed_connection_proves_that_nothing_was_sent(error: Exception, wanted: Seen) -> None:
    assert type(classify(error)) is wanted


def test_what_the_caller_was_busy_with_proves_nothing() -> None:
    handled = ConnectionRefusedError(errno.ECONNREFUSED, "an earlier call")
    lost = requests.ReadTimeout()
    lost.__context__ = handled
    assert type(classify(lost, handled)) is NoAnswer


def test_a_server_without_tls_never_sees_the_request() -> None:
    with (
        serving(answer({})) as server,
        RequestsTransport() as transport,
        pytest.raises(Unreachable, match="WRONG_VERSION_NUMBER") as caught,
    ):
        transport.post(f"https://{server.host}/", {}, b"{}", (2, 2))
    assert [request[:1] for request in server.requests] == [TLS_GREETING]
    assert caught.value.__context__ is None


def test_each_thread_has_its_own_connection_and_close_ends_all() -> None:
    barrier = Barrier(4)

    def post(url: str) -> int:
        barrier.wait(5)
        return transport.post(url, {}, b"{}", (2, 2))[0]

    with serving(answer({})) as server, RequestsTransport() as transport:
        with ThreadPoolExecutor(4) as pool:
            assert list(pool.map(post, [f"http://{server.host}/"] * 4)) == [200] * 4
        assert len(server.threads) == 5


def test_nothing_is_read_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    nobody = f"http://{deaf_host()}"
    monkeypatch.setenv("HTTP_PROXY", nobody)
    monkeypatch.setenv("http_proxy", nobody)
    with serving(answer({})) as server:
        url = f"http://{server.host}/"
        with RequestsTransport() as transport:
            assert transport.post(url, {}, b"{}", (2, 2)) == (200, b"{}")
        with (
            RequestsTransport({"http": nobody}) as transport,
            pytest.raises(Unreachable, match="proxy"),
        ):
            transport.post(url, {}, b"{}", (2, 2))
