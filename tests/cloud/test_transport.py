"""Whether anything was sent, told by the connection itself; and the words for why there is no answer."""

import errno
import resource
import socket
import ssl
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from socket import gaierror
from threading import Barrier

import pytest
import requests

from reconciler.cloud.attempt import Attempt
from reconciler.cloud.failures import HeldBack, NoAnswer, Unreachable, Way, failure
from reconciler.cloud.transport import RequestsTransport

from .faulty import TLS_GREETING, answer, deaf_host, serving

Seen = type[Unreachable] | type[NoAnswer]
PASSWORD = "pa55word"
PROXY = f"http://user:{PASSWORD}@proxy.example:3128"
DIRECT, PROXIED = Way("https://api.example/"), Way("https://api.example/", PROXY)


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


ERRORS = [
    (requests.ConnectTimeout(), "timed out"),
    (requests.exceptions.ProxyError(), "cannot connect"),
    (wrapped(gaierror(-2, "unknown")), "cannot resolve"),
    (wrapped(ConnectionRefusedError(errno.ECONNREFUSED, "refused")), "refused the connection"),
    (wrapped(OSError(errno.ENETUNREACH, "no net")), "no route"),
    (wrapped(OSError(errno.EMFILE, "too many")), "file descriptor"),
    (wrapped(tls("CERTIFICATE_VERIFY_FAILED")), "CERTIFICATE_VERIFY_FAILED"),
    (wrapped(tls("WRONG_VERSION_NUMBER")), "WRONG_VERSION_NUMBER"),
    (wrapped(tls("DECRYPTION_FAILED_OR_BAD_RECORD_MAC")), "DECRYPTION_FAILED_OR_BAD_RECORD_MAC"),
    (wrapped(ssl.SSLEOFError(8, "EOF")), "cannot connect"),
    (wrapped(ConnectionResetError(errno.ECONNRESET, "reset")), "cannot connect"),
    (wrapped(BrokenPipeError(errno.EPIPE, "pipe")), "cannot connect"),
    (wrapped(TimeoutError("slow")), "timed out"),
    (requests.ReadTimeout(), "timed out"),
    (requests.exceptions.ChunkedEncodingError(), "cannot connect"),
    (requests.exceptions.InvalidHeader(), "cannot connect"),
    (requests.exceptions.InvalidSchema(), "cannot connect"),
    (ValueError("odd"), "cannot connect"),
]


@pytest.mark.parametrize(("error", "words"), ERRORS)
@pytest.mark.parametrize("way", [DIRECT, PROXIED], ids=["direct", "proxied"])
def test_whatever_the_error_only_what_the_connection_saw_tells_whether_it_was_sent(
    error: Exception, words: str, way: Way
) -> None:
    before, after = failure(error, Attempt(), way), failure(error, Attempt(sent=True), way)
    assert (type(before), type(after)) == (Unreachable, NoAnswer)
    assert words in str(before)
    for one in (before, after):
        assert ("proxy.example:3128" in str(one)) >= (way.proxy != "" and type(one) is NoAnswer)
        assert PASSWORD not in f"{one!r}{vars(one)}"


@pytest.mark.parametrize(
    ("said", "words", "lasting"),
    [
        (b"", "closed the connection instead of answering CONNECT api.example", False),
        (b"SSH-2.0", "is not HTTP", False),
        (b"HTTP/1.1 502 Bad Gateway\r\n", "answered CONNECT api.example with 502", False),
        (b"HTTP/1.0 407 \r\n", "rejected the user name and password", True),
        (b"HTTP/1.1 403 Forbidden\r\n", "does not allow connections to api.example (403)", True),
        (b"HTTP/1.1 200 OK\r\n", "cannot connect to api.example through the proxy", False),
    ],
)
def test_what_a_proxy_answers_to_the_wish_for_a_tunnel_is_told(
    said: bytes, words: str, lasting: bool
) -> None:
    error = failure(requests.exceptions.ProxyError(), Attempt(tunnelled=True, proxy_said=said), PROXIED)
    assert isinstance(error, Unreachable) and words in str(error) and error.lasting is lasting
    assert PASSWORD not in f"{error} {error.hint}" and "nothing was sent" in error.hint


def test_a_proxy_that_was_given_no_password_wants_one() -> None:
    way = Way("https://api.example/", "http://proxy.example:3128")
    error = failure(OSError(), Attempt(tunnelled=True, proxy_said=b"HTTP/1.1 407 No\r\n"), way)
    assert "the proxy proxy.example:3128 requires a user name and password" in str(error)


def test_what_the_caller_was_busy_with_is_no_reason() -> None:
    handled = ConnectionRefusedError(errno.ECONNREFUSED, "an earlier call")
    lost = requests.ReadTimeout()
    lost.__context__ = handled
    assert "refused" not in str(failure(lost, Attempt(), DIRECT, handled))


def test_a_server_without_tls_never_sees_the_request() -> None:
    with (
        serving(answer({})) as server,
        RequestsTransport() as transport,
        pytest.raises(Unreachable, match="WRONG_VERSION_NUMBER") as caught,
    ):
        transport.post(f"https://{server.host}/", {}, b"{}", (2, 2))
    assert [request[:1] for request in server.requests] == [TLS_GREETING]
    assert caught.value.__context__ is None


@contextmanager
def deaf_listener() -> Iterator[str]:
    """Takes connections, and reads nothing from them."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield f"127.0.0.1:{listener.getsockname()[1]}"


def test_a_request_that_got_stuck_half_way_may_have_arrived() -> None:
    with (
        deaf_listener() as host,
        RequestsTransport() as transport,
        pytest.raises(NoAnswer, match="timed out"),
    ):
        transport.post(f"http://{host}/", {}, b" " * 32_000_000, (0.2, 0.2))


def test_a_kept_connection_that_has_died_is_noticed_or_in_doubt() -> None:
    """A server that closed is noticed before anything is sent, and connected to anew."""
    with serving(answer({}, "200 OK", "Connection: keep-alive")) as server, RequestsTransport() as transport:
        url = f"http://{server.host}/"
        transport.post(url, {}, b"{}", (2, 2))
        server.hang_up_all()
        time.sleep(0.05)
        assert transport.post(url, {}, b"{}", (30, 30))[0] == 200
    assert len(server.requests) == 2


@pytest.mark.parametrize("kept", [False, True])
def test_what_may_not_be_sent_any_more_is_held_back_at_its_first_byte(kept: bool) -> None:
    """A hold that is lost while the call is signed and the connection comes about."""
    asked: list[bool] = []

    def withheld() -> bool:
        asked.append(True)
        return len(asked) > kept

    with (
        serving(answer({}, "200 OK", "Connection: keep-alive")) as server,
        RequestsTransport(withheld=withheld) as transport,
    ):
        url = f"http://{server.host}/"
        if kept:
            assert transport.post(url, {}, b"{}", (2, 2))[0] == 200
        with pytest.raises(HeldBack) as caught:
            transport.post(url, {}, b"{}", (2, 2))
    assert caught.value.__context__ is None
    assert len([request for request in server.requests if request]) == kept


def test_without_a_descriptor_nothing_is_sent() -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    with RequestsTransport() as transport, socket.create_server(("127.0.0.1", 0)) as server:
        server.setblocking(False)
        resource.setrlimit(resource.RLIMIT_NOFILE, (3, hard))
        try:
            with pytest.raises(Unreachable, match="no file descriptors left") as caught:
                transport.post(f"http://127.0.0.1:{server.getsockname()[1]}/", {}, b"{}", (2, 2))
        finally:
            resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
        assert "ulimit -n" in caught.value.hint
        with pytest.raises(BlockingIOError):  # nobody has connected
            server.accept()


def test_a_socks_proxy_without_its_library_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(*_: object, **__: object) -> None:
        raise requests.exceptions.InvalidSchema("Missing dependencies for SOCKS support.")

    monkeypatch.setattr("requests.adapters.SOCKSProxyManager", missing)
    with (
        RequestsTransport(lambda _: f"socks5h://user:{PASSWORD}@proxy.example:1080") as transport,
        pytest.raises(Unreachable, match=r"the proxy proxy.example:1080 is a SOCKS proxy") as caught,
    ):
        transport.post("https://api.example/", {}, b"{}", (2, 2))
    assert "tencent-live-reconciler[socks]" in caught.value.hint and PASSWORD not in str(caught.value)


def test_each_thread_has_its_own_connection_and_close_ends_all() -> None:
    barrier = Barrier(4)

    def post(url: str) -> int:
        barrier.wait(60)
        return transport.post(url, {}, b"{}", (30, 30))[0]

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
            assert transport.post(url, {}, b"{}", (30, 30)) == (200, b"{}")
        with (
            RequestsTransport(lambda _: nobody) as transport,
            pytest.raises(Unreachable, match="proxy"),
        ):
            transport.post(url, {}, b"{}", (2, 2))
