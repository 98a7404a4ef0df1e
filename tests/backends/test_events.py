"""What every store owes of callbacks: each once, in order of arrival, durable, and gone once it is old."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from reconciler.backends.local.backend import LocalBackend
from reconciler.backends.local.files import PosixFiles
from reconciler.backends.local.paths import paths_of
from reconciler.backends.parts import Event, Events
from reconciler.errors import StateError, UsageError

from .postgres_store import PostgresStore, made
from .servers import needs_postgres, servers

FIRST, SECOND, THIRD = (f"2026-01-0{day}T00:00:00Z" for day in (1, 2, 3))
STORES = ["local", pytest.param("postgres", marks=needs_postgres)]


def local(path: Path) -> Events:
    events = LocalBackend(path, PosixFiles(), lambda: "token").parts.events
    assert events is not None
    return events


@pytest.fixture(params=STORES)
def events(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Events]:
    if request.param == "local":
        yield local(tmp_path / "demo.json")
        return
    schema = made(servers(), "events")
    found = PostgresStore(schema_name=schema, workspace="demo").backend().parts.events
    assert found is not None
    yield found
    servers().run(f"DROP SCHEMA {schema} CASCADE")


def event(number: int, received: str = FIRST) -> Event:
    return Event(f"key-{number}", received, {"number": number, "text": "ü\x00" if number == 0 else "plain"})


def test_each_is_kept_once_and_in_order(events: Events) -> None:
    assert list(events.after("", 9)[0]) == []
    assert [events.put(event(number)) for number in (3, 0, 3, 2, 0)] == [True, True, False, True, False]
    found, place = events.after("", 2)
    assert list(found) == [event(3), event(0)]
    rest, end = events.after(place, 9)
    assert list(rest) == [event(2)]
    assert (list(events.after(end, 9)[0]), events.after(end, 9)[1]) == ([], end)
    events.put(event(4))
    assert list(events.after(end, 9)[0]) == [event(4)]


def test_what_is_old_goes_and_stays_gone(events: Events) -> None:
    for number, received in enumerate((FIRST, SECOND, THIRD), 1):
        events.put(event(number, received))
    assert (events.sweep(SECOND), events.sweep(SECOND)) == (1, 0)
    found, place = events.after("", 9)
    assert [one.key for one in found] == ["key-2", "key-3"]
    events.put(event(9, THIRD))
    assert [one.key for one in events.after(place, 9)[0]] == ["key-9"]


def test_a_place_behind_all_is_the_beginning(events: Events) -> None:
    """The store was made anew, or set back, since it was told: nothing that came since must be missed."""
    events.put(event(1))
    events.put(event(2))
    _, place = events.after("", 9)
    behind = str(int(place) + 7)
    assert [one.key for one in events.after(behind, 9)[0]] == ["key-1", "key-2"]
    assert (events.sweep(THIRD), list(events.after(place, 9)[0])) == (2, [])


def test_kept_open_they_are_asked_for_again_and_again(events: Events) -> None:
    with events.kept_open() as kept:
        assert list(kept.after("", 9)[0]) == []
        for number in (1, 2):
            events.put(event(number))
            found, _ = kept.after("", 9)
            assert list(found)[-1] == event(number)


def test_the_file_is_private_and_another_programs_is_left_alone(tmp_path: Path) -> None:
    events = local(tmp_path / "demo.json")
    assert list(events.after("", 9)[0]) == [] and not (tmp_path / "demo.events").exists()
    events.put(event(0))
    assert (tmp_path / "demo.events").stat().st_mode & 0o777 == 0o600
    assert [one.body for one in local(tmp_path / "demo.json").after("", 9)[0]] == [event(0).body]
    (tmp_path / "other.events").write_text("not a database at all, and long enough to be read as one" * 20)
    (tmp_path / "link.events").symlink_to(tmp_path / "demo.events")
    for name in ("other", "link"):
        with pytest.raises(StateError, match=f"{name}.events"):
            local(tmp_path / f"{name}.json").put(event(1))


@pytest.mark.parametrize("name", ["a.events", "a.state-events"])
def test_no_state_has_the_name_of_a_file_of_events(tmp_path: Path, name: str) -> None:
    with pytest.raises(UsageError, match="reserved"):
        paths_of(tmp_path / name, PosixFiles(), lambda: "t", lambda state: state)


def test_a_state_without_json_in_its_name_has_events_of_its_own(tmp_path: Path) -> None:
    local(tmp_path / "demo").put(event(1))
    assert (tmp_path / "demo.state-events").exists()
