"""Who may look, what is served, and what files are known by."""

import base64
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import requests
from prometheus_client.parser import text_string_to_metric_families

from reconciler.plan.status import Health
from reconciler.watching.access import Access, is_loopback, proxies_of
from reconciler.watching.board import STUCK, Board
from reconciler.watching.files import fingerprint, is_busy
from reconciler.watching.metrics import Metrics
from reconciler.watching.model import Doing, Round
from reconciler.watching.server import bound, served
from reconciler.watching.serving import Pages, Site

from .kit import changes, done, settled

TOKEN = Access(token="let-me-in")
PROXIED = Access(header="X-User", proxies=frozenset({"10.0.0.5"}))
BOTH = Access("let-me-in", "X-User", frozenset({"10.0.0.5"}))


def basic(text: str) -> dict[str, str]:
    return {"authorization": f"Basic {base64.b64encode(text.encode()).decode()}"}


@pytest.mark.parametrize(
    ("access", "peer", "headers", "admitted"),
    [
        (Access(), "127.0.0.1", {"host": "localhost:9528"}, True),
        (Access(), "127.0.0.1", {"host": "127.0.0.1:9528"}, True),
        (Access(), "::1", {"host": "[::1]:9528"}, True),
        (Access(), "127.0.0.1", {"host": "rebound.example.com:9528"}, False),
        (Access(), "127.0.0.1", {}, False),
        (TOKEN, "10.0.0.9", {"authorization": "Bearer let-me-in"}, True),
        (TOKEN, "10.0.0.9", basic("anybody:let-me-in"), True),
        (TOKEN, "10.0.0.9", basic("let-me-in"), False),
        (TOKEN, "10.0.0.9", {"authorization": "Basic %%%"}, False),
        (TOKEN, "10.0.0.9", {"authorization": "Bearer let-me-out"}, False),
        (TOKEN, "127.0.0.1", {"host": "localhost"}, False),
        (TOKEN, "10.0.0.5", {"x-user": "ann"}, False),
        (PROXIED, "10.0.0.5", {"X-User": "ann"}, True),
        (PROXIED, "10.0.0.5", {"X-User": " "}, False),
        (PROXIED, "10.0.0.6", {"X-User": "ann"}, False),
        (PROXIED, "10.0.0.5", {"authorization": "Bearer "}, False),
        (BOTH, "10.0.0.6", {"authorization": "Bearer let-me-in"}, True),
        (BOTH, "10.0.0.5", {"X-User": "ann"}, True),
    ],
)
def test_who_may_look(access: Access, peer: str, headers: dict[str, str], admitted: bool) -> None:
    assert access.admits(peer, headers) is admitted


def test_addresses() -> None:
    assert [is_loopback(one) for one in ("127.0.0.1", "::1", "localhost", "0.0.0.0", "10.0.0.1", "x")] == [
        *(True, True, True),
        *(False, False, False),
    ]
    with pytest.raises(ValueError):
        proxies_of(["nobody"])


# What is served


class Now:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


@dataclass
class Client:
    """Asks the server, without what the environment says of proxies."""

    url: str

    def get(self, path: str, **more: Any) -> requests.Response:
        return self.ask("GET", path, **more)

    def ask(self, method: str, path: str, **more: Any) -> requests.Response:
        with requests.Session() as session:
            session.trust_env = False
            return session.request(method, f"{self.url}{path}", timeout=30, **more)


@pytest.fixture
def site() -> Iterator[tuple[Site, Client, Now]]:
    clock = Now()
    pages = Pages(lambda shown: f"<title>{shown.version}</title>")
    made = Site(Board(30.0), pages, Metrics("demo", "1"), TOKEN, clock)
    listener = bound("127.0.0.1", 0)
    url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    with served(made, listener):
        yield made, Client(url), clock


LET_IN = {"authorization": "Bearer let-me-in"}


def test_only_the_probes_are_for_everybody(site: tuple[Site, Client, Now]) -> None:
    made, client, _ = site
    made.board.hears(Round(1.0, Doing.NOTHING, settled()), ())
    codes = {
        path: client.get(path).status_code for path in ("/", "/metrics", "/events", "/healthz", "/readyz")
    }
    assert codes == {"/": 401, "/metrics": 401, "/events": 401, "/healthz": 200, "/readyz": 200}
    answer = client.get("/", headers=LET_IN)
    assert answer.status_code == 200 and answer.headers["cache-control"] == "no-store"
    assert client.ask("POST", "/", headers=LET_IN).status_code == 405


def test_it_is_ready_once_something_was_seen_and_healthy_while_rounds_end(
    site: tuple[Site, Client, Now],
) -> None:
    made, client, clock = site
    assert client.get("/readyz").status_code == 503
    made.board.hears(Round(1.0, Doing.NOTHING, problems=("a: no",)), ())
    assert (client.get("/readyz").status_code, client.get("/readyz").text) == (503, "a: no\n")
    assert client.get("/", headers=LET_IN).status_code == 503
    made.board.hears(Round(1.0, Doing.NOTHING, settled()), ())
    made.board.hears(Round(2.0, Doing.NOTHING, troubles=("an outage",)), ())
    assert client.get("/readyz").status_code == 200
    made.board.begins(1000.0)
    clock.now += STUCK
    assert client.get("/healthz").status_code == 200
    clock.now += 31
    assert client.get("/healthz").status_code == 503
    made.board.hears(Round(1.0, Doing.NOTHING, settled()), ())
    assert client.get("/healthz").status_code == 200


def test_a_version_is_what_differs() -> None:
    board = Board(30.0)
    board.hears(Round(1.0, Doing.NOTHING, settled()), ())
    first = board.shown
    board.hears(Round(61.0, Doing.NOTHING, settled()), ())
    assert (board.shown.version, board.shown.at) == (first.version, "1970-01-01T00:01:01Z")
    board.hears(Round(91.0, Doing.WAIT, settled(), ("it waits",)), ())
    assert (board.shown.version, board.shown.told) == (first.version + 1, ("it waits",))
    board.hears(Round(99.0, Doing.NOTHING, troubles=("an outage",)), ())
    assert (board.shown.at, board.shown.seen is None) == ("1970-01-01T00:01:31Z", False)


def test_metrics_are_what_a_parser_of_prometheus_takes(site: tuple[Site, Client, Now]) -> None:
    made, client, _ = site
    made.metrics.hears(Round(5.0, Doing.APPLY, settled(), ("waits",), [done(changes()[0])], seconds=0.2))
    text = client.get("/metrics", headers=LET_IN).text
    samples = {
        (one.name, *sorted(one.labels.values())): one.value
        for family in text_string_to_metric_families(text)
        for one in family.samples
    }
    assert samples["reconciler_watch_rounds_total", "waiting"] == 1
    assert samples["reconciler_watch_waiting",] == 1
    assert samples["reconciler_watch_last_seen_timestamp_seconds",] == 5
    assert samples["reconciler_watch_resources", Health.OK] == len(settled().report.resources)
    assert samples["reconciler_watch_changes_total", "done", str(changes()[0].verb)] == 1


# Files


def test_a_fingerprint_is_of_the_manifests_below(tmp_path: Path) -> None:
    folder = tmp_path / "manifests"
    folder.mkdir()
    (folder / "a.yaml").write_text("a")
    (folder / ".hidden").mkdir()
    seen = [fingerprint([str(folder)])]
    (folder / "README.md").write_text("x")
    (folder / ".hidden" / "b.yaml").write_text("x")
    assert fingerprint([str(folder)]) == seen[0]
    (folder / "b.yml").write_text("b")
    seen.append(fingerprint([str(folder)]))
    (folder / "a.yaml").write_text("A")
    seen.append(fingerprint([str(folder)]))
    (folder / "a.yaml").unlink()
    seen.append(fingerprint([str(folder)]))
    seen.append(fingerprint([str(folder / "none.yaml")]))
    assert len(set(seen)) == 5


def test_a_work_tree_that_git_is_at_work_in_is_busy(tmp_path: Path) -> None:
    main, linked = tmp_path / "main", tmp_path / "linked"
    git = ("git", "-c", "user.name=a", "-c", "user.email=a@example.com", "-C", str(main))
    subprocess.run(["git", "init", "-q", str(main)], check=True)
    subprocess.run([*git, "commit", "-q", "--allow-empty", "-m", "a"], check=True)
    subprocess.run([*git, "worktree", "add", "-q", str(linked)], check=True)
    for root in (main, linked):
        (root / "manifests").mkdir()
        assert not is_busy([str(root / "manifests")])
    (main / ".git" / "index.lock").touch()
    assert is_busy([str(main / "manifests")]) and not is_busy([str(linked / "manifests")])
    (main / ".git" / "worktrees" / "linked" / "index.lock").touch()
    assert is_busy([str(linked / "manifests")])
    assert not is_busy([str(tmp_path)])
