"""A whole state moves by the command line, and the next plan at its new place is empty."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import count
from pathlib import Path

import pytest

from reconciler.backends.protocol import Replacing, Session
from reconciler.cli.commands import state_migrate
from reconciler.running.migrating import Journey

from ..backends.bucket import BUCKET, KEYS, REGION
from ..backends.object_servers import needs, object_server
from ..backends.servers import needs_postgres, servers
from .kit import Kit

APPLY = ("apply", "--auto-approve")
STREAM = """
apiVersion: reconciler/v1
kind: MixStream
metadata: {{name: {0}}}
spec:
  room: {1}
  publish: [{{url: "rtmp://3891.livepush.myqcloud.com/live/{0}"}}]
"""
_NUMBERS = count()


def of_file(kit: Kit) -> str:
    return str(kit.root / "elsewhere" / "demo.json")


def of_database(kit: Kit) -> str:
    return f"{servers().direct}?schema=migrated"


def of_bucket(kit: Kit) -> str:
    url = object_server("seaweedfs").url
    return f"s3://{BUCKET}/migrated{next(_NUMBERS)}?endpoint={url}&region={REGION}"


@pytest.fixture(
    params=[
        of_file,
        pytest.param(of_database, marks=needs_postgres),
        pytest.param(of_bucket, marks=[needs("seaweedfs"), pytest.mark.slow]),
    ],
    ids=["file", "database", "bucket"],
)
def there(request: pytest.FixtureRequest, kit: Kit, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Another place for the state of a kit, whose two streams run."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", KEYS.key_id)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", KEYS.secret)
    for name in ("RECONCILER_STATE", "RECONCILER_STATE_URL", "AWS_SESSION_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    make: Callable[[Kit], str] = request.param
    place = make(kit)
    (kit.root / "elsewhere").mkdir()
    if "://" in place:
        if make is of_database:
            servers().run("DROP SCHEMA IF EXISTS migrated CASCADE")
        assert kit.run("state", "backend", "init", "--state", place).code == 0
    kit.write("one.yaml", STREAM.format("one", 1))
    kit.write("two.yaml", STREAM.format("two", 2))
    kit.apply()
    yield place


def is_empty(kit: Kit, place: str) -> None:
    ran = kit.run("plan", "--state", place, "--detailed-exitcode")
    assert ran.code == 0, ran.out + ran.err


def is_refused(kit: Kit, place: str, *words: str) -> None:
    """Every command that reads or writes the state there, but the one that brings it back."""
    calls = len(kit.calls())
    for arguments in (
        APPLY,
        ("plan",),
        ("drift",),
        ("state", "list"),
        ("state", "pull"),
        ("destroy", "--auto-approve"),
    ):
        ran = kit.run(*arguments, "--state", place)
        assert ran.code == 1 and all(word in ran.err for word in words), (arguments, ran)
    ran = kit.run("state", "rm", "MixStream/one", "--state", place)
    assert ran.code == 1 and all(word in ran.err for word in words), ran.err
    assert len(kit.calls()) == calls


def test_a_state_moves_and_comes_back(kit: Kit, there: str) -> None:
    here = str(kit.state_path)
    ran = kit.run("state", "migrate", "--to", there)
    assert ran.code == 0 and "2 resources" in ran.out, ran.err
    place = there if "://" not in there else f"{there.partition('?')[0]}?"
    is_empty(kit, there)
    is_refused(kit, here, "was moved to", place)
    kit.edit("one.yaml", "room: 1", "room: 3")
    assert kit.run(*APPLY, "--state", there).code == 0
    is_empty(kit, there)
    again = kit.run("state", "migrate", "--to", there)
    assert again.code == 0 and "the state is already in" in again.out, again.err
    back = kit.run("state", "migrate", "manifests", "--state", there, "--to", here)
    assert back.code == 0 and "2 resources" in back.out, back.err
    is_empty(kit, here)
    is_refused(kit, there, "was moved to", here)
    assert {one["spec"]["room"] for one in kit.state()["resources"].values()} == {2, 3}


def test_what_an_interrupted_move_left_is_ended(
    kit: Kit, there: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(state_migrate, "migrate", _marked_alone)
        with pytest.raises(Killed):
            kit.run("state", "migrate", "--to", there)
    is_refused(kit, str(kit.state_path), "is being moved to", "did not finish")
    assert kit.run("state", "migrate", "--to", there).code == 0
    is_empty(kit, there)
    is_refused(kit, str(kit.state_path), "was moved to")


class Killed(BaseException):
    """The process is gone."""


def _marked_alone(source: Session, target: Replacing, journey: Journey, read_back: object) -> int:
    source.finish(replace(source.state, moved=journey.target))
    raise Killed


def test_a_moved_state_is_pushed_over_only_by_force(kit: Kit, there: str, tmp_path: Path) -> None:
    kept = tmp_path / "kept.json"
    kept.write_text(kit.run("state", "pull").out)
    assert kit.run("state", "migrate", "--to", there).code == 0
    ran = kit.run("state", "push", str(kept))
    assert ran.code == 1 and "was moved to" in ran.err, ran.err
    assert kit.run("state", "push", str(kept), "--force").code == 0


def test_where_it_cannot_go(kit: Kit, there: str) -> None:
    same = kit.run("state", "migrate", "--to", str(kit.state_path))
    assert same.code == 64 and "the state is already in" in same.err
    other = kit.root / "elsewhere" / "other.json"
    other.write_bytes(kit.state_path.read_bytes())
    copy = kit.run("state", "migrate", "--to", str(other))
    assert copy.code == 64 and "a copy of this state" in copy.err, copy.err
    is_empty(kit, str(kit.state_path))
    nothing = kit.run("state", "migrate", "--state", str(kit.root / "none.json"), "--to", there)
    assert nothing.code == 1 and "no state yet" in nothing.err, nothing.err
