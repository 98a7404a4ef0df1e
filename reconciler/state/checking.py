"""A state that was edited by hand: whether each key is known and each value can be, told by its path.

What a run writes is read more leniently (`codec`), as a newer version may have added to it; an edit has
nothing but this to tell of a mistake.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from reconciler.errors import UsageError
from reconciler.model import Address, Effect, EndReason, OnRemoval, Path, Status, Verb
from reconciler.moments import unix_seconds
from reconciler.words import guess

Problem = tuple[Path, str]
Check = Callable[[Any, Path], Iterator[Problem]]
_LONGEST_WORD = 20


def _is(kind: type, words: str) -> Check:
    def check(value: Any, path: Path) -> Iterator[Problem]:
        if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
            yield path, f"found {_shown(value)}; allowed: {words}"

    return check


_TEXT = _is(str, "a string")
_OBJECT = _is(dict, "an object")


def _whole(value: Any, path: Path) -> Iterator[Problem]:
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        yield path, f"found {_shown(value)}; allowed: a whole number, 0 or more"


def _moment(value: Any, path: Path) -> Iterator[Problem]:
    try:
        unix_seconds(value)
    except (TypeError, ValueError, OverflowError):
        yield path, f"found {_shown(value)}; allowed: a time such as 2026-11-21T10:00:00Z"


def _word(words: Mapping[str, object]) -> Check:
    def check(value: Any, path: Path) -> Iterator[Problem]:
        if value not in list(words):
            meant = guess(value, words, 0.6) if isinstance(value, str) else ""
            found = repr(value) if isinstance(value, str) and len(value) <= _LONGEST_WORD else _shown(value)
            yield path, f"found {found}; {meant}allowed: {', '.join(words)}"

    return check


def _texts(value: Any, path: Path) -> Iterator[Problem]:
    yield from _OBJECT(value, path)
    for key, item in value.items() if isinstance(value, dict) else ():
        yield from _TEXT(item, (*path, key))


def _each(check: Check) -> Check:
    def checks(value: Any, path: Path) -> Iterator[Problem]:
        if not isinstance(value, list):
            yield path, f"found {_shown(value)}; allowed: a list"
            return
        for index, item in enumerate(value):
            yield from check(item, (*path, index))

    return checks


def _object(keys: Mapping[str, Check], required: tuple[str, ...]) -> Check:
    def check(value: Any, path: Path) -> Iterator[Problem]:
        yield from _OBJECT(value, path)
        if not isinstance(value, dict):
            return
        for key in required:
            if key not in value:
                yield path, f"{key} is missing"
        for key, item in value.items():
            if key in keys:
                yield from keys[key](item, (*path, key))
            else:
                yield (*path, key), f"unknown key; {guess(key, keys, 0.6)}allowed: {', '.join(keys)}"

    return check


def _optional_text(value: Any, path: Path) -> Iterator[Problem]:
    if value is not None:
        yield from _TEXT(value, path)


def _address(value: Any, path: Path) -> Iterator[Problem]:
    try:
        Address.parse(value)
    except (AttributeError, TypeError, UsageError):
        yield path, f"found {_shown(value)}; allowed: an address, Kind/name"


def _arrivals(value: Any, path: Path) -> Iterator[Problem]:
    yield from _OBJECT(value, path)
    for key, item in value.items() if isinstance(value, dict) else ():
        yield from _address(item, (*path, key))


def _forgotten(value: Any, path: Path) -> Iterator[Problem]:
    yield from _texts(value, path)
    for key in value if isinstance(value, dict) else ():
        yield from _address(key, (*path, key))


_PENDING = _object(
    {
        "action": _TEXT,
        "at": _moment,
        "taskId": _optional_text,
        "effect": _word({str(one): one for one in Effect}),
    },
    ("action", "at"),
)
_PROBATION = _object(
    {
        "until": _moment,
        "verb": _word({str(one): one for one in (Verb.START, Verb.STOP, Verb.UPDATE)}),
        "spec": _OBJECT,
    },
    ("until", "spec"),
)
_END = _object(
    {"reason": _word({str(one): one for one in EndReason}), "at": _moment, "evidence": _TEXT},
    ("reason", "at", "evidence"),
)
_MOVING = _object(
    {"move": _TEXT, "state": _TEXT, "lineage": _TEXT, "address": _address},
    ("move", "state", "lineage", "address"),
)
ENTRY: Mapping[str, Check] = {
    "kind": _TEXT,
    "schemaVersion": _whole,
    "digest": _TEXT,
    "uses": _texts,
    "status": _word({str(one): one for one in Status}),
    "taskId": _TEXT,
    "sequenceNumber": _whole,
    "startedAt": _moment,
    "pausedAt": _moment,
    "answeredAt": _moment,
    "end": _END,
    "restarts": _each(_moment),
    "labels": _texts,
    "annotations": _texts,
    "onRemoval": _word({str(one): one for one in OnRemoval}),
    "signed": _texts,
    "signedBy": _texts,
    "made": _texts,
    "pending": _PENDING,
    "moving": _MOVING,
    "probation": _each(_PROBATION),
    "attempted": _each(_OBJECT),
    "spec": _OBJECT,
}
"""The keys of an entry; a test holds them to those that are written."""


def _resources(value: Any, path: Path) -> Iterator[Problem]:
    yield from _OBJECT(value, path)
    entry = _object(ENTRY, ("kind", "schemaVersion", "digest", "status", "spec"))
    for key, item in value.items() if isinstance(value, dict) else ():
        try:
            Address.parse(key)
        except UsageError as error:
            yield (*path, key), f"{error.message}: use Kind/name"
            continue
        yield from entry(item, (*path, key))


STATE: Mapping[str, Check] = {
    "checksum": _TEXT,
    "formatVersion": _whole,
    "workspace": _TEXT,
    "serial": _whole,
    "lineage": _TEXT,
    "cloud": _TEXT,
    "run": _TEXT,
    "usedPlans": _each(_TEXT),
    "clearedBy": _TEXT,
    "movedTo": _TEXT,
    "frozenBy": _TEXT,
    "digestKey": _TEXT,
    "arrivals": _arrivals,
    "untracked": _each(_address),
    "forgotten": _forgotten,
    "resources": _resources,
}
"""The keys of a state; a test holds them to those that are written."""


def document_problems(data: Any) -> Iterator[Problem]:
    """Everything in a state's document that no run would have written, by its path."""
    required = ("formatVersion", "workspace", "serial", "lineage", "resources")
    yield from _object(STATE, required)(data, ())


def _shown(value: Any) -> str:
    """What was found; of what is no single value, and of a text that may be a secret, only the sort."""
    if isinstance(value, bool) or value is None:
        return "null" if value is None else str(value).lower()
    if isinstance(value, int | float):
        return str(value)
    return "an object" if isinstance(value, dict) else "a list" if isinstance(value, list) else "a string"
