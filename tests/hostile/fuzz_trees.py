"""Mutations of what documents say: values of other types, fields that are missing, wrong or elsewhere.

The text that comes of it is well-formed, so that it gets past the reader and to the validation.
"""

import json
from collections.abc import Callable, Iterator, Sequence
from copy import deepcopy
from random import Random
from typing import Any

import yaml

STEPS = (1, 1, 1, 2, 3, 5)
DEPTHS = (2, 5, 20, 30, 31, 32, 33, 60)

Tree = dict[str, Any]
Place = tuple[Any, Any]
"""A mapping or list, and the key or index in it."""

_WORDS = """
0 a no null 12:30 0x1F2933 é 直播 😀 ' 1% 101% -1% 24h 0s 9999999d 1h30m
2026-01-01T00:00:00Z 2026-13-01T00:00:00Z ap-guangzhou simulator tencentcloud-intl :// // http://[
rtmp://a.b/live/x rtmp://[::1/live/x rtmp://[v1.x]/a/b rtmp://a.b:x/live/x http://a.b:99999/
http://\u2100.b/x.mp4 http://xn--/x.mp4 http://a.b/%zz?x#y https://é.b/x.mp4
http://127.0.0.1:9527 http://127.0.0.1.evil.example \x1b[2J \x00 \x7f \u202e \u200b \ufeff
"""
_TEXTS = [*_WORDS.split(), "", " ", "\n", "a\nb", "\t", "\x85", "\u2028", "\xa0", '"', "A" * 70, "x" * 3000]
_NUMBERS = [0, -1, 1, 7, 2**31, 2**32, 2**63, -(2**63), 10**18, 10**19, 10**40, 0.0, 0.5, -1.5, 1e308, 1e-300]
_LISTS: list[Any] = [[], [[]], [None], [0], [{}]]
_MAPPINGS: list[Any] = [{}, {"": 0}, {"a": 1}, {"env": "X"}, {"env": 1}, {"file": ""}, {"ref": "x"}]
ODD: list[Any] = [None, True, False, *_NUMBERS, *_TEXTS, *_LISTS, *_MAPPINGS]
_FIELDS = "a name kind spec __class__ model_config $ref a.b a/b << = 0 é \u202e \x1b"
NAMES = ["", *_FIELDS.split(" ")]


def mutated(random: Random, documents: Sequence[Tree], other: Sequence[Tree]) -> list[Tree]:
    """The documents after a few random steps; `other` are those that values are taken from."""
    changed = deepcopy(list(documents))
    for _ in range(random.choice(STEPS)):
        places = [place for document in changed for place in _places(document)]
        if places:
            random.choice(_STEPS)(random, random.choice(places), places, other)
    if random.random() < 0.1:
        changed.insert(random.randint(0, len(changed)), deepcopy(random.choice(changed)))
    return changed


def _places(value: Any) -> Iterator[Place]:
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in items:
        yield value, key
        yield from _places(inner)


def _odd(random: Random, place: Place, places: list[Place], other: Sequence[Tree]) -> None:
    holder, key = place
    holder[key] = deepcopy(random.choice(ODD))


def _near(random: Random, place: Place, places: list[Place], other: Sequence[Tree]) -> None:
    """A value of the same type, just beside."""
    holder, key = place
    value = holder[key]
    if isinstance(value, str):
        at = random.randint(0, len(value))
        holder[key] = value[:at] + random.choice(("", "x", " ", "é", ":", "/", "\n")) + value[at + 1 :]
    elif isinstance(value, bool):
        holder[key] = not value
    elif isinstance(value, int | float):
        holder[key] = random.choice((value + 1, value - 1, -value, value * 1000, value / 2, str(value)))
    else:
        _odd(random, place, places, other)


def _taken(random: Random, place: Place, places: list[Place], other: Sequence[Tree]) -> None:
    """A value of another input in the place of this one."""
    there = [one for document in other for one in _places(document)]
    if there:
        holder, key = random.choice(there)
        place[0][place[1]] = deepcopy(holder[key])


def _swapped(random: Random, place: Place, places: list[Place], other: Sequence[Tree]) -> None:
    """Two values that change their places; copies, as one may stand inside the other."""
    (one, here), (two, there) = place, random.choice(places)
    one[here], two[there] = deepcopy(two[there]), deepcopy(one[here])


def _gone(random: Random, place: Place, places: list[Place], other: Sequence[Tree]) -> None:
    del place[0][place[1]]


def _renamed(random: Random, place: Place, places: list[Place], other: Sequence[Tree]) -> None:
    holder, key = place
    if isinstance(holder, dict):
        at = random.randint(0, len(key))
        near = [key[:at] + key[at + 1 :], key[:at] + "x" + key[at:], key.upper(), key[::-1]]
        holder[random.choice([*near, *NAMES])] = holder.pop(key)


def _added(random: Random, place: Place, places: list[Place], other: Sequence[Tree]) -> None:
    holder, key = place
    if isinstance(holder, list):
        many = (1, 2, 20) if isinstance(holder[key], list | dict) else (1, 20, 200)
        holder[key:key] = [deepcopy(holder[key])] * random.choice(many)
        return
    names = [name for found, name in places if isinstance(found, dict)]
    holder[random.choice([*names, *NAMES])] = deepcopy(random.choice(ODD))


def _wrapped(random: Random, place: Place, places: list[Place], other: Sequence[Tree]) -> None:
    holder, key = place
    value = holder[key]
    for _ in range(random.choice((1, 1, 1, *DEPTHS))):
        value = random.choice(([value], [0, value], {"a": value}, {str(key): value}))
    holder[key] = value


_STEPS: list[Callable[[Random, Place, list[Place], Sequence[Tree]], None]] = [
    *[_odd] * 5,
    *[_near] * 3,
    *[_taken] * 2,
    *[_renamed] * 2,
    *[_added] * 2,
    _swapped,
    _gone,
    _wrapped,
]


class _Dumper(yaml.CSafeDumper):
    def ignore_aliases(self, data: Any) -> bool:
        return True


def written(random: Random, documents: Sequence[Tree]) -> str:
    """The documents as JSON or YAML in one of their styles."""
    style = random.randrange(6)
    if style < 2:
        ascii_only, indent = random.random() < 0.5, random.choice((None, 2))
        return "---\n".join(
            json.dumps(document, ensure_ascii=ascii_only, indent=indent) + "\n" for document in documents
        )
    flow = (False, False, None, True)[style - 2]
    return str(
        yaml.dump_all(
            documents,
            Dumper=_Dumper,
            default_flow_style=flow,
            allow_unicode=random.random() < 0.5,
            sort_keys=False,
            width=random.choice((20, 80, 10_000)),
        )
    )
