"""The backend for buckets: its URLs, its signatures, its probe, and what it owes beside the protocol."""

import calendar
import socket
from functools import partial
from threading import Thread

import pytest

from reconciler.backends.objects.location import COS, S3, ObjectPlace, endpoint_of, object_place
from reconciler.backends.objects.probe import probed
from reconciler.backends.objects.s3 import S3Bucket, Server
from reconciler.backends.objects.signing import Keys, signed_for_cos, signed_for_s3
from reconciler.backends.objects.store import note_probed
from reconciler.backends.objects.web import Answer, RequestsWeb
from reconciler.errors import StateError, UsageError

from ..support import one_in
from .bucket import REGION, Headers, MemoryWeb
from .checks_object_runs import OBJECT_RUNS_CHECKS
from .checks_objects import OBJECTS_CHECKS
from .conformance import DEMO
from .mutants_objects import MUTANTS, is_caught
from .object_servers import direct, needs, object_server
from .objects_store import ObjectsStore, served

URLS = [
    ("s3://states", ObjectPlace(S3, "states")),
    ("s3://states/live/eu", ObjectPlace(S3, "states", "live/eu")),
    (
        "s3://states/live?endpoint=https://s3.example:9000&region=eu-west-1&workspace=demo",
        ObjectPlace(S3, "states", "live", "https://s3.example:9000", "eu-west-1", "", "demo"),
    ),
    (
        "s3://states?endpoint=https://s3.example&addressing=virtual",
        ObjectPlace(S3, "states", "", "https://s3.example", "", "virtual"),
    ),
    (
        "cos://states-1250000000/live?region=ap-guangzhou&workspace=a%26b",
        ObjectPlace(COS, "states-1250000000", "live", "", "ap-guangzhou", "", "a&b"),
    ),
]


@pytest.mark.parametrize(("url", "place"), URLS)
def test_a_url_names_a_place_and_a_place_has_one_url(url: str, place: ObjectPlace) -> None:
    assert object_place(url, "--state") == place
    assert object_place(place.location.text, "--state") == place


@pytest.mark.parametrize(
    "url",
    [
        "s3://",
        "s3://States",
        "s3://a",
        "s3://states/../other",
        "s3://states/a//b",
        "s3://states/a b",
        "s3://key:secret-word@states",
        "s3://states?region=EU",
        "s3://states?endpoint=s3.example",
        "s3://states?endpoint=https://u:secret-word@s3.example",
        "s3://states?endpoint=https://s3.example/path",
        "s3://states?endpoint=ftp://s3.example",
        "s3://states?addressing=path",
        "s3://states?region=eu&region=us",
        "s3://states?key=secret-word",
        "s3://states#part",
        "gs://states",
    ],
)
def test_what_names_no_bucket(url: str) -> None:
    with pytest.raises(UsageError) as error:
        object_place(url, "--state")
    assert error.value.hint and "secret-word" not in error.value.message.replace(url, "")


ENDPOINTS = [
    ("s3://b-1?region=eu", {}, ("https://s3.eu.amazonaws.com", "eu")),
    ("s3://b-1", {"AWS_DEFAULT_REGION": "us"}, ("https://s3.us.amazonaws.com", "us")),
    ("s3://b-1", {"AWS_DEFAULT_REGION": "us", "AWS_REGION": "eu"}, ("https://s3.eu.amazonaws.com", "eu")),
    ("s3://b-1", {"AWS_ENDPOINT_URL": "https://a.example/"}, ("https://a.example", "us-east-1")),
    (
        "s3://b-1?region=eu",
        {"AWS_ENDPOINT_URL": "https://a.example", "AWS_ENDPOINT_URL_S3": "https://b.example"},
        ("https://b.example", "eu"),
    ),
    (
        "s3://b-1?endpoint=https://own.example&region=eu",
        {"AWS_ENDPOINT_URL_S3": "https://b.example", "AWS_REGION": "us"},
        ("https://own.example", "eu"),
    ),
    ("cos://b-1?region=ap-x", {}, ("https://cos.ap-x.myqcloud.com", "ap-x")),
    ("cos://b-1", {"TENCENTCLOUD_REGION": "ap-y"}, ("https://cos.ap-y.myqcloud.com", "ap-y")),
]


@pytest.mark.parametrize(("url", "variables", "wanted"), ENDPOINTS)
def test_where_a_place_is(url: str, variables: dict[str, str], wanted: tuple[str, str]) -> None:
    assert endpoint_of(object_place(url, "--state"), variables) == wanted


def test_a_bucket_is_addressed_by_path_or_by_host() -> None:
    keys = Keys("id", "secret")
    by_path = Server("https://s3.example:9000", "states", keys)
    assert by_path.address("a/b", ()) == "https://s3.example:9000/states/a/b"
    by_host = Server("https://s3.example:443", "states", keys, virtual=True)
    assert by_host.address("a/b", [("x", "1")]) == "https://states.s3.example/a/b?x=1"
    assert Server("http://[::1]:8333", "states", keys).host == "[::1]:8333"
    assert "secret" not in repr(by_path)


AWS = Keys("AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY")
TENCENT = Keys("AKIDQjz3ltompVjBni5LitkWHFlFpwkn9U5q", "BQYIM75p8x0iWVFSIgqEKwFprpRSVHlz")
HOST = "examplebucket-1250000000.cos.ap-beijing.myqcloud.com"


def test_the_signature_is_that_of_the_vendors_examples() -> None:
    at = calendar.timegm((2013, 5, 24, 0, 0, 0))
    own = {"host": "examplebucket.s3.amazonaws.com", "range": "bytes=0-9"}
    signed = signed_for_s3(AWS, "us-east-1", "GET", "/test.txt", (), own, b"", at)["authorization"]
    assert signed.endswith("f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41")
    path = "/exampleobject(腾讯云)"
    put = {
        "content-length": "13",
        "content-md5": "mQ/fVh815F3k6TAUm8m0eg==",
        "content-type": "text/plain",
        "date": "Thu, 16 May 2019 06:45:51 GMT",
        "host": HOST,
        "x-cos-acl": "private",
        "x-cos-grant-read": 'uin="100000000011"',
    }
    signed = signed_for_cos(TENCENT, "PUT", path, (), put, 1557989151, 7200)["authorization"]
    assert signed.endswith("q-url-param-list=&q-signature=3b8851a11a569213c17ba8fa7dcf2abec6935172")
    query = [("response-content-type", "application/octet-stream"), ("response-cache-control", "max-age=600")]
    get = {"date": "Thu, 16 May 2019 06:55:53 GMT", "host": HOST}
    signed = signed_for_cos(TENCENT, "GET", path, query, get, 1557989753, 7200)["authorization"]
    assert signed.endswith("q-signature=01681b8c9d798a678e43b685a9f1bba0f6c0e012")


def test_a_temporary_key_sends_its_token_signed() -> None:
    keys = Keys("id", "secret", "token")
    s3 = signed_for_s3(keys, "eu", "GET", "/", (), {"host": "h"}, b"", 0)
    assert s3["x-amz-security-token"] == "token" and "x-amz-security-token" in s3["authorization"]
    cos = signed_for_cos(keys, "GET", "/", (), {"host": "h"}, 0)
    assert cos["x-cos-security-token"] == "token" and "x-cos-security-token" in cos["authorization"]


@pytest.mark.parametrize("promise", OBJECTS_CHECKS)
def test_a_bucket_keeps_every_promise(promise: str) -> None:
    OBJECTS_CHECKS[promise](ObjectsStore)


@pytest.mark.parametrize("promise", OBJECT_RUNS_CHECKS)
def test_a_bucket_tells_of_runs(promise: str) -> None:
    OBJECT_RUNS_CHECKS[promise](ObjectsStore)


@pytest.mark.parametrize("promise", one_in(4, OBJECTS_CHECKS | OBJECT_RUNS_CHECKS))
def test_a_bucket_of_appends_does(promise: str) -> None:
    (OBJECTS_CHECKS | OBJECT_RUNS_CHECKS)[promise](partial(ObjectsStore, cos=True))


@pytest.mark.parametrize("name", one_in(3, MUTANTS))
def test_a_bug_is_caught(name: str) -> None:
    assert is_caught(MUTANTS[name])


def test_a_head_never_leaves_without_its_body() -> None:
    """A process that died between the two had SeaweedFS keep an empty object in the place of a lock."""
    seen: list[bytes] = []
    answer = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"

    def serve(listener: socket.socket) -> None:
        near, _ = listener.accept()
        with near:
            for _ in range(3):
                seen.append(near.recv(65536))
                near.sendall(answer)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = Thread(target=serve, args=(listener,), daemon=True)
        thread.start()
        web, url = RequestsWeb(direct), f"http://127.0.0.1:{listener.getsockname()[1]}/key"
        for method, body in (("PUT", b"body"), ("GET", b""), ("POST", b"x" * 3000)):
            assert web.send(method, url, {"host": "h"}, body).body == b"ok"
        thread.join(10)
    for one, body in zip(seen, (b"body", b"", b"x" * 3000), strict=True):
        assert one.partition(b"\r\n\r\n")[2] == body, one


# The probe

IGNORED = [
    (False, "if-match", "named an earlier version"),
    (False, "if-none-match", "overwritten"),
    (True, "position", "the store ignores the position"),
]


@pytest.mark.parametrize(("cos", "header", "words"), IGNORED)
def test_what_is_taken_and_ignored_is_refused(cos: bool, header: str, words: str) -> None:
    web = MemoryWeb(ignored=frozenset({header}))
    store = ObjectsStore(web=web, cos=cos)
    for act in (store.admin().init, lambda: probed(store.place, store.bucket(), "nonce")):
        with pytest.raises(StateError) as error:
            act()
        assert words in error.value.message and error.value.hint
    assert store.admin().check()
    assert not [key for key in web.objects if "/probe/" in key]


@pytest.mark.parametrize("cos", [False, True])
def test_a_sound_store_is_taken(cos: bool) -> None:
    store = ObjectsStore(cos=cos)
    store.admin().init()
    assert store.admin().check() == [] and store.admin().upgrade() == []


@pytest.mark.parametrize("cos", [False, True])
def test_a_list_that_leads_back_is_refused_and_not_read_for_ever(cos: bool) -> None:
    store = ObjectsStore(cos=cos, web=MemoryWeb(endless=True))
    for number in range(8):
        store.client().create(f"{store.place.base}log/{number:012}", b"x")
    with pytest.raises(StateError, match="has no end"):
        store.backend().snapshot(DEMO)


class Forgetful(MemoryWeb):
    """A store that loses what is replaced often."""

    def send(self, method: str, url: str, headers: Headers, body: bytes) -> Answer:
        answer = super().send(method, url, headers, body)
        if method == "PUT" and "/swaps" in url and body == b"5\n":
            self.objects = {key: found for key, found in self.objects.items() if "/swaps" not in key}
        return answer


def test_a_store_that_loses_what_is_replaced_is_refused() -> None:
    store = ObjectsStore(web=Forgetful())
    with pytest.raises(StateError, match="an object that was only ever replaced is gone"):
        probed(store.place, store.bucket(), "nonce")


@pytest.mark.parametrize("cos", [False, True])
def test_a_store_that_cannot_be_replaced_is_told_and_not_asked_for_ever(cos: bool) -> None:
    web = MemoryWeb()
    store = ObjectsStore(cos=cos, web=web)
    web.fixed = frozenset({f"{store.place.root}store"})
    with pytest.raises(StateError, match="cannot be replaced"):
        note_probed(store.place, store.client(), "another server")


class Dropping:
    """A proxy that drops a header, on the way to a real server."""

    def __init__(self, header: str) -> None:
        self._header, self._web = header, RequestsWeb(direct)

    def send(self, method: str, url: str, headers: Headers, body: bytes) -> Answer:
        kept = {name: value for name, value in headers.items() if name != self._header}
        return self._web.send(method, url, kept, body)


@needs("seaweedfs", "moto", "rclone")
@pytest.mark.slow
def test_the_probe_judges_real_stores() -> None:
    for name in ("seaweedfs", "moto"):
        probed(served(name).place, object_server(name).bucket(), "nonce")
    rclone = object_server("rclone")
    with pytest.raises(StateError, match="cannot keep states"):
        probed(ObjectPlace(S3, rclone.server.bucket), rclone.bucket(), "nonce")


@needs("moto")
@pytest.mark.slow
@pytest.mark.parametrize("header", ["if-match", "if-none-match"])
def test_the_probe_refuses_a_proxy_that_drops_a_condition(header: str) -> None:
    """Its signature covers the condition, so a store that checks it refuses as well; moto does not look."""
    found = object_server("moto")
    bucket = S3Bucket(found.server, REGION, Dropping(header), lambda: 0.0)
    with pytest.raises(StateError, match="cannot keep states"):
        probed(ObjectPlace(S3, found.server.bucket, "proxied"), bucket, "nonce")
