"""Slots in a file: whatever becomes of the file or of a process, nobody is blocked and none is too fast."""

import fcntl
import os
import random
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import requests
from hypothesis import given
from hypothesis import strategies as st

from reconciler.backends.local.pace import STALE, FileSlotStore, boot_id, decode, encode
from reconciler.cloud.pace import FallbackSlotStore, SlotPace
from reconciler.pacing.slots import COOLING, HOLD, Limit, RateWindow, Ticket, Trips, afresh, share, take
from reconciler.pacing.store import SlotStore, Step, T, account_of, limit_of
from reconciler.simulator import running

from ..cloud.cases import START, VirtualTime
from ..cloud.network import Network
from ..support import one_in
from .pace_child import LIMIT

CHILD = Path(__file__).with_name("pace_child.py")
TWENTY = Limit("twenty", 20)


def store_in(directory: Path, time: VirtualTime, boot: str = "boot") -> FileSlotStore:
    return FileSlotStore(directory, boot, time.clock, time.sleep)


def slots_of(store: SlotStore, limit: Limit = LIMIT) -> RateWindow:
    return store.change(limit, lambda slots, now: (slots, slots))


def take_from(store: SlotStore, limit: Limit = LIMIT) -> Ticket | float:
    return store.change(limit, lambda slots, now: take(slots, limit, now))


# The file


def test_what_one_takes_another_sees(tmp_path: Path) -> None:
    time = VirtualTime()
    one, other = store_in(tmp_path, time), store_in(tmp_path, time)
    ticket = take_from(one)
    assert isinstance(ticket, Ticket)
    assert slots_of(other) == RateWindow((ticket.until,), time.now)
    assert slots_of(other, TWENTY) == RateWindow()
    time.now += HOLD + 1
    assert isinstance(take_from(other), Ticket)


def test_only_the_owner_can_look(tmp_path: Path) -> None:
    directory = tmp_path / "state" / "reconciler" / "pace"
    before = os.umask(0)
    try:
        take_from(store_in(directory, VirtualTime()))
    finally:
        os.umask(before)
    for path in (directory.parent.parent, directory.parent, directory):
        assert path.stat().st_mode & 0o777 == 0o700
    files = list(directory.iterdir())
    assert len(files) == 2 and {path.stat().st_mode & 0o777 for path in files} == {0o600}


def test_nothing_tells_whose_account_it_is(tmp_path: Path) -> None:
    pace = SlotPace(
        store_in(tmp_path, VirtualTime()), account_of("AKIDcanary", "http://host"), VirtualTime().sleep
    )
    pace.take(START, "ap-guangzhou")
    told = b"".join(path.name.encode() + path.read_bytes() for path in tmp_path.iterdir())
    assert not any(word in told for word in (b"AKID", b"canary", b"host", b"Start", b"guangzhou"))


finite = st.floats(allow_nan=False)


@given(
    slots=st.builds(
        RateWindow,
        st.lists(finite, max_size=300).map(tuple),
        finite,
        finite,
        finite,
        st.builds(Trips, st.integers(0, 10**9), finite, finite, finite, finite),
    ),
    rest=st.binary(),
)
def test_a_file_is_read_as_it_was_written(slots: RateWindow, rest: bytes) -> None:
    assert decode(encode(slots) + rest) == slots


@given(place=st.integers(0), bit=st.integers(0, 7), held=st.lists(finite, max_size=20).map(tuple))
def test_every_changed_bit_is_noticed(place: int, bit: int, held: tuple[float, ...]) -> None:
    data = bytearray(encode(RateWindow(held, 5.0)))
    data[place % len(data)] ^= 1 << bit
    with pytest.raises(ValueError, match=r"."):
        decode(bytes(data))


@given(cut=st.integers(1, 90))
def test_every_cut_is_noticed(cut: int) -> None:
    data = encode(RateWindow((1.0, 2.0, 3.0, 4.0, 5.0)))
    with pytest.raises(ValueError, match=r"."):
        decode(data[: len(data) - cut])


NOW = VirtualTime().now
FOREIGN: dict[str, bytes] = {
    "empty": b"",
    "text": b"hello\n" * 100,
    "zeros": bytes(4096),
    "large": os.urandom(1 << 20),
    "half": encode(RateWindow((NOW,) * 20))[:100],
    "older version": encode(RateWindow()).replace(b"pace 2", b"pace 1"),
    "held for too long": encode(RateWindow((NOW + HOLD + 1,))),
    "from a clock that is ahead": encode(RateWindow((), NOW + 5)),
    "lowered in the future": encode(RateWindow((), NOW, 0.5, NOW + 5)),
    "learnt in the future": encode(RateWindow((), NOW, trips=Trips(1, 1.0, 1.0, NOW + 5))),
    "quicker than nothing": encode(RateWindow((), NOW, trips=Trips(1, -1.0, 1.0, NOW))),
    "not a number": encode(RateWindow((float("nan"),))),
}


@pytest.mark.parametrize("name", FOREIGN)
def test_a_foreign_file_is_begun_afresh_as_if_all_slots_had_just_been_used(tmp_path: Path, name: str) -> None:
    time = VirtualTime()
    store = store_in(tmp_path, time)
    store.path(TWENTY).write_bytes(FOREIGN[name])
    assert take_from(store, TWENTY) == pytest.approx(COOLING)
    assert slots_of(store, TWENTY) == afresh(TWENTY, NOW)
    time.now += COOLING
    assert isinstance(take_from(store, TWENTY), Ticket)
    assert share(slots_of(store, TWENTY), time.now) == 0.5


def test_each_boot_has_files_of_its_own(tmp_path: Path) -> None:
    time = VirtualTime()
    take_from(store_in(tmp_path, time, "before"))
    assert slots_of(store_in(tmp_path, time, "after")) == RateWindow()
    assert slots_of(store_in(tmp_path, time, "before")) != RateWindow()


def test_a_boot_without_a_name_is_known_by_times_that_have_not_come(tmp_path: Path) -> None:
    time = VirtualTime(1e6)
    take_from(store_in(tmp_path, time, ""))
    time.now = 50.0
    store = store_in(tmp_path, time, "")
    assert isinstance(take_from(store), float)
    assert slots_of(store) == afresh(LIMIT, time.now)


def test_files_that_nobody_used_for_a_day_go(tmp_path: Path) -> None:
    time = VirtualTime()
    old, young = store_in(tmp_path, time, "old"), store_in(tmp_path, time, "young")
    for store in (old, young):
        take_from(store)
    stranger = tmp_path / "notes.txt"
    stranger.write_text("mine")
    for path in (old.path(LIMIT), stranger, tmp_path / "lock"):
        os.utime(path, (0, path.stat().st_mtime - STALE - 60))
    take_from(young)
    assert old.path(LIMIT).exists()
    take_from(young, TWENTY)
    kept = {path.name for path in tmp_path.iterdir()}
    assert kept == {"lock", "notes.txt", young.path(LIMIT).name, young.path(TWENTY).name}


def test_a_directory_that_goes_is_made_again(tmp_path: Path) -> None:
    time, directory = VirtualTime(), tmp_path / "pace"
    store = store_in(directory, time)
    take_from(store)
    shutil.rmtree(directory)
    time.now += 1
    assert isinstance(take_from(store), Ticket)
    (directory / "lock").unlink()
    time.now += 1
    assert isinstance(take_from(store), Ticket)
    assert len(slots_of(store).held) == 2


def test_the_lock_of_a_file_that_nobody_finds_is_no_lock(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The directory is cleared between the opening of the lock and its locking."""
    store, flock = store_in(tmp_path, VirtualTime()), fcntl.flock
    locked: list[int] = []

    def late(descriptor: int, operation: int) -> None:
        if not locked:
            (tmp_path / "lock").unlink()
        locked.append(os.fstat(descriptor).st_ino)
        flock(descriptor, operation)

    monkeypatch.setattr(fcntl, "flock", late)
    assert isinstance(take_from(store), Ticket)
    assert locked[1:] == [(tmp_path / "lock").stat().st_ino]


@pytest.mark.slow
@pytest.mark.parametrize("seed", one_in(5, range(5)))
def test_lost_knowledge_never_makes_the_server_count_too_many(tmp_path: Path, seed: int) -> None:
    network, chance = Network(TWENTY, seed / 5), random.Random(seed)
    store = FileSlotStore(tmp_path, "boot", network.clock, VirtualTime().sleep)

    def spoil() -> None:
        store.path(TWENTY).write_bytes(b"hello")

    for _ in range(16):
        network.thread(store, lambda: (chance.uniform(0, 0.1), chance.uniform(0, 0.1)), 10**6)
    for _ in range(6):
        network.at(1000 + chance.uniform(0, 30), spoil)
    network.run(1030)
    assert network.refused == [] and len(network.arrivals) > 100


# Processes


@contextmanager
def child(*arguments: object) -> Iterator["subprocess.Popen[str]"]:
    """One that has said its first line; it is killed in the end."""
    process = subprocess.Popen(
        [sys.executable, str(CHILD), *map(str, arguments)], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    try:
        assert process.stdout.readline()
        yield process
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


def test_who_dies_with_the_lock_blocks_nobody(tmp_path: Path) -> None:
    clock = VirtualTime(time.monotonic())
    store = store_in(tmp_path, clock, boot_id())
    take_from(store)
    before, opened = store.path(LIMIT).read_bytes(), len(os.listdir("/dev/fd"))
    with child("lock", tmp_path), pytest.raises(TimeoutError, match="lock"):
        take_from(store)
    assert len(os.listdir("/dev/fd")) == opened
    assert store.path(LIMIT).read_bytes() == before
    clock.now += 1
    assert isinstance(take_from(store), Ticket)


def test_the_slot_of_a_dead_process_ends_by_its_time(tmp_path: Path) -> None:
    with child("slot", tmp_path):
        pass
    clock = VirtualTime(time.monotonic())
    store = store_in(tmp_path, clock, boot_id())
    (until,) = slots_of(store).held
    assert HOLD - 30 < until - clock.now < HOLD
    one = Limit(LIMIT.key, 1)
    clock.now = until - 0.001
    assert take_from(store, one) == pytest.approx(0.001)
    clock.now = until
    assert isinstance(take_from(store, one), Ticket)


@pytest.mark.slow
def test_a_process_can_be_killed_at_any_moment(tmp_path: Path) -> None:
    store = FileSlotStore(tmp_path, boot_id(), time.monotonic, time.sleep)
    slots_of(store)
    for number in range(8):
        with child("churn", tmp_path):
            time.sleep(0.005 * number)
        decode(store.path(LIMIT).read_bytes())
        assert share(slots_of(store), 0) == 1, "it was not begun afresh"


@pytest.mark.slow
@pytest.mark.parametrize("window", one_in(2, ["sliding", "calendar"]))
def test_processes_share_the_limit_of_a_real_server(tmp_path: Path, window: str) -> None:
    with running() as url:
        requests.post(f"{url}/_admin/variants", json={"rate-window": window}, timeout=10).raise_for_status()
        command = [sys.executable, str(CHILD), "calls", str(tmp_path), url, "15"]
        processes = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(3)]
        said = [process.communicate(timeout=120)[0].strip() for process in processes]
        arrived = requests.get(f"{url}/_admin/calls", timeout=10).json()["calls"]
    assert said == ["15", "15", "15"]
    assert [call["errorCode"] for call in arrived] == [None] * 45
    moments = [call["at"] for call in arrived]
    assert all(later - earlier > 0.999 for earlier, later in zip(moments, moments[20:], strict=False))


# Where files cannot be had


class Broken:
    """A store that works so many times."""

    def __init__(self, store: FileSlotStore, times: int) -> None:
        self.store = store
        self.times = times

    def change(self, limit: Limit, step: Step[T]) -> T:
        self.times -= 1
        if self.times < 0:
            raise PermissionError(13, "Permission denied", "/the/file")
        return self.store.change(limit, step)


def test_a_store_that_fails_leaves_what_was_last_seen(tmp_path: Path) -> None:
    time, told = VirtualTime(), list[str]()
    shared = store_in(tmp_path, time)
    store = FallbackSlotStore(Broken(shared, 3), time.clock, told.append)
    take_from(store, TWENTY)
    take_from(shared, LIMIT)
    take_from(store, LIMIT)
    take_from(store, LIMIT)
    seen = slots_of(shared), slots_of(shared, TWENTY)
    assert told == []
    assert (slots_of(store), slots_of(store, TWENTY), slots_of(store, Limit("new", 1))) == (
        *seen,
        RateWindow(),
    )
    assert told == ["the API's rate limit is not shared with other processes: /the/file: Permission denied"]
    time.now += 1
    assert isinstance(take_from(store, TWENTY), Ticket)
    assert slots_of(shared, TWENTY) == seen[1]


def unusable(tmp_path: Path) -> dict[str, Path]:
    (tmp_path / "file").write_text("")
    (tmp_path / "link").mkdir()
    (tmp_path / "victim").write_text("victim")
    (tmp_path / "link" / "lock").symlink_to(tmp_path / "victim")
    (tmp_path / "directory" / "lock").mkdir(parents=True)
    (tmp_path / "pipe").mkdir()
    os.mkfifo(store_in(tmp_path / "pipe", VirtualTime()).path(limit_of("account", START, "a")))
    return {
        "below a file": tmp_path / "file" / "pace",
        "no home": Path("~/.local/state/reconciler/pace"),
        "a link": tmp_path / "link",
        "a directory": tmp_path / "directory",
        "a pipe": tmp_path / "pipe",
        "read-only": Path("/proc/reconciler/pace"),
    }


@pytest.mark.parametrize("name", ["below a file", "no home", "a link", "a directory", "a pipe", "read-only"])
def test_without_a_file_the_process_paces_itself_and_says_so_once(
    tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    time, told = VirtualTime(), list[str]()
    directory = unusable(tmp_path)[name]
    store = FallbackSlotStore(store_in(directory, time), time.clock, told.append)
    pace = SlotPace(store, "account", time.sleep)
    times: list[Any] = [pace.take(START, "a") for _ in range(5)]
    assert [ticket.departed - NOW for ticket in times] == pytest.approx([n / 19 for n in range(5)], abs=0.003)
    assert len(slots_of(store, limit_of("account", START, "a")).held) == 5
    assert len(told) == 1 and "not shared" in told[0]
    assert (tmp_path / "victim").read_text() == "victim" and not (tmp_path / "~").exists()


def test_who_is_stopped_with_the_lock_does_not_hold_others_up(tmp_path: Path) -> None:
    clock, told = VirtualTime(time.monotonic()), list[str]()
    with child("lock", tmp_path):
        store = FallbackSlotStore(store_in(tmp_path, clock, boot_id()), clock.clock, told.append)
        assert isinstance(take_from(store), Ticket)
        assert told == [
            "the API's rate limit is not shared with other processes: another process holds the lock"
        ]
