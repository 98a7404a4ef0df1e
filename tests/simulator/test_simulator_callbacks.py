"""The simulator's callbacks: the flows of the reference, signed, doubled, lost, late, and sent again."""

import base64
import hashlib
import hmac
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any, ClassVar

import pytest
from simulator_client import Client, ingest, mix

KEY = "Callback0Key1"


def told(client: Client) -> list[dict[str, Any]]:
    return [json.loads(one["body"]) for one in client.see("callbacks")]


def statuses(client: Client) -> list[int]:
    return [body["EventInfo"]["Payload"]["Status"] for body in told(client) if body["EventType"] == 401]


@pytest.fixture
def telling(client: Client) -> Client:
    client.arrange("callbacks", {"key": KEY})
    return client


def test_a_push_that_starts_and_is_stopped(telling: Client) -> None:
    task_id = telling.start(mix())
    assert statuses(telling) == [1, 2]
    (first, _) = told(telling)
    assert (first["EventGroupId"], first["EventInfo"]["TaskId"]) == (4, task_id)
    assert first["EventInfo"]["UserId"] == "robot"
    telling.stop(task_id)
    assert statuses(telling) == [1, 2, 5, 0]


def test_a_push_that_is_forbidden_and_comes_back(telling: Client) -> None:
    telling.start(mix())
    telling.live("Forbid")
    assert statuses(telling) == [1, 2, 3]
    telling.live("Resume")
    assert statuses(telling) == [1, 2, 3, 2]


def test_a_push_that_is_forbidden_for_good_fails_after_a_minute(telling: Client) -> None:
    telling.start(mix())
    telling.live("Forbid")
    for seconds, expected in ((59, [1, 2, 3]), (2, [1, 2, 3, 4, 0]), (60, [1, 2, 3, 4, 0])):
        telling.advance(seconds)
        assert statuses(telling) == expected


def test_an_ingest_and_the_removal_of_its_robot(telling: Client) -> None:
    task_id = telling.play(ingest())
    place = task_id.replace("+", "%2B").replace("*", "%2A")
    telling.arrange(f"tasks/{place}/end", {"reason": "robot-removed"})
    events = [(body["EventGroupId"], body["EventType"]) for body in told(telling)]
    assert events == [(7, 701), (1, 104), (7, 702)]
    assert told(telling)[1]["EventInfo"]["Reason"] == 4


LIVE_KEY = "live0callback0key"


def lives(client: Client) -> list[tuple[int, str, object]]:
    """(event_type, sequence, errcode) of each event of Live's, all of them about the same stream."""
    found = [body for body in told(client) if "event_type" in body]
    assert len({(body["app"], body["appname"], body["stream_id"]) for body in found}) <= 1
    return [(body["event_type"], body["sequence"], body["errcode"]) for body in found]


@pytest.fixture
def telling_live(client: Client) -> Client:
    client.arrange("callbacks", {"key": KEY, "liveKey": LIVE_KEY})
    return client


def test_a_push_begins_and_ends_as_live_tells_it(telling_live: Client) -> None:
    task_id = telling_live.start(mix())
    assert lives(telling_live) == [(1, "1", 0)]
    telling_live.advance(10)
    telling_live.stop(task_id)
    assert lives(telling_live) == [(1, "1", 0), (0, "1", "1")]
    last = next(one for one in reversed(told(telling_live)) if "event_type" in one)
    assert int(last["push_duration"]) >= 10_000
    sent = [one for one in telling_live.see("callbacks") if json.loads(one["body"]) == last]
    assert [one["sign"] for one in sent] == [None]  # that is in the body, and covers a moment alone
    assert last["t"] == last["event_time"] + 600
    assert last["sign"] == hashlib.md5(f"{LIVE_KEY}{last['t']}".encode()).hexdigest()


def test_a_push_that_is_cut_and_comes_back_is_another_one(telling_live: Client) -> None:
    telling_live.start(mix())
    telling_live.advance(10)
    telling_live.live("Drop")
    assert lives(telling_live) == [(1, "1", 0), (0, "1", "21/100"), (1, "2", 0)]
    telling_live.advance(10)
    telling_live.live("Forbid")
    telling_live.live("Forbid")
    assert lives(telling_live)[3:] == [(0, "2", "21/101")]
    telling_live.advance(10)
    telling_live.live("Resume")
    assert lives(telling_live)[4:] == [(1, "3", 0)]


def test_without_a_key_live_tells_nothing(telling: Client) -> None:
    telling.start(mix())
    assert lives(telling) == []


def test_nothing_is_told_before_anybody_asks(client: Client) -> None:
    client.start(mix())
    assert told(client) == []
    client.arrange("callbacks", {"key": KEY})
    assert statuses(client) == [1, 2]


def test_each_is_signed_over_its_body(telling: Client) -> None:
    telling.start(mix())
    for one in telling.see("callbacks"):
        made = hmac.new(KEY.encode(), one["body"].encode(), hashlib.sha256).digest()
        assert base64.b64encode(made).decode() == one["sign"]


class Taker(BaseHTTPRequestHandler):
    """Takes what arrives, and answers with what is left of `answers`, then with 200."""

    answers: ClassVar[list[int]] = []
    taken: ClassVar[list[tuple[str, bytes]]] = []

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.taken.append((self.headers["Sign"], body))
        self.send_response(self.answers.pop(0) if self.answers else 200)
        self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing."""


@contextmanager
def taker(*answers: int) -> Iterator[str]:
    Taker.answers[:], Taker.taken[:] = list(answers), []
    with HTTPServer(("127.0.0.1", 0), Taker) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()
        thread.join()


def arrived(count: int) -> list[tuple[str, bytes]]:
    end = time.monotonic() + 30
    while len(Taker.taken) < count and time.monotonic() < end:
        time.sleep(0.01)
    return list(Taker.taken)


def test_what_is_not_taken_is_sent_again(client: Client) -> None:
    with taker(500, 500) as url:
        client.arrange("callbacks", {"key": KEY, "url": url, "retrySeconds": 0.01})
        client.play(ingest())
        assert len({body for _, body in arrived(3)}) == 1
    (one,) = client.see("callbacks")
    assert (one["attempts"], one["answer"]) == (3, 200)


def test_what_is_lost_never_arrives_and_what_is_doubled_twice(client: Client) -> None:
    with taker() as url:
        client.arrange("callbacks", {"key": KEY, "url": url, "loss": 1.0})
        client.play(ingest("lost"))
        client.arrange("callbacks", {"key": KEY, "url": url, "duplicates": 1.0, "disorderSeconds": 0.05})
        client.play(ingest("doubled"))
        (one, other) = arrived(2)
        assert one == other
    assert [one["attempts"] for one in client.see("callbacks")] == [0, 1, 1]
