"""The way back: what is known while a raw request of the API becomes what a manifest says.

A Reading stands at one place of one request and knows which place of the manifest it becomes, so
that whatever is wrong later can be told where it stands in the request. What is wrong is collected
and never raised: all of it is told at once.
"""

import json
import re
from collections.abc import Collection
from dataclasses import dataclass, field, replace
from types import NoneType
from typing import Any, NamedTuple

from reconciler.model import Path
from reconciler.words import guess

QUOTED_FIELDS = frozenset({"room"})
"""The fields whose texts a manifest quotes even where they would be read as texts anyway."""
_SHOWN = 60


class Note(NamedTuple):
    """Something to tell of one place in the request."""

    path: Path
    text: str


@dataclass(slots=True)
class Notes:
    """What there is to tell of one request; `places` has where each part of the spec comes from."""

    warnings: list[Note] = field(default_factory=list)
    problems: list[Note] = field(default_factory=list)
    user_sigs: list[Path] = field(default_factory=list)
    """Where the UserSigs stood, which apply makes anew."""
    places: dict[Path, Path] = field(default_factory=dict)

    def place(self, path: Path) -> Path:
        """Where in the request a part of the spec, or else the nearest thing around it, comes from."""
        while path and path not in self.places:
            path = path[:-1]
        return self.places.get(path, ())

    def hopeless(self, place: Path) -> bool:
        """Whether a problem was told already of this place in the request, or of one around it."""
        return any(place[: len(note.path)] == note.path for note in self.problems)


class Variables:
    """The variables that stand for secrets; one for all requests of a run, equal secrets share theirs."""

    def __init__(self) -> None:
        self._names: dict[tuple[str, str], str] = {}

    def of_value(self, value: str, wanted: str) -> str:
        """The variable of a secret's value: `wanted`, or what was given for an equal value before."""
        return self._name(("value", value), wanted)

    def of_push_key(self, domain: str) -> str:
        """The variable of a push domain's key, which no request holds."""
        domain = domain.lower()
        return self._name(("push key", domain), f"STREAM_PUSH_KEY_{variable_word(domain)}")

    def _name(self, key: tuple[str, str], wanted: str) -> str:
        name, number = wanted, 1
        while key not in self._names and name in self._names.values():
            number += 1
            name = f"{wanted}_{number}"
        return self._names.setdefault(key, name)


@dataclass(frozen=True, slots=True)
class Reading:
    """A place in a request: `path`; what it becomes is at `spec`, below the document's `spec`.

    `name` is the document's. `variables` and `notes` are shared by all places of a request. `now` is in
    unix seconds.
    """

    name: str
    variables: Variables
    notes: Notes = field(default_factory=Notes)
    path: Path = ()
    spec: Path = ()
    now: float = 0.0

    def at(self, *names: str | int, to: Path = ()) -> "Reading":
        """A place below this one, and the place in the manifest that it becomes, if it is one of its own."""
        inner = replace(self, path=(*self.path, *names), spec=(*self.spec, *to))
        if to:
            self.notes.places[inner.spec] = inner.path
        return inner

    def warn(self, text: str) -> None:
        """Notes what the manifest does otherwise than the request says, or what is left to do."""
        self.notes.warnings.append(Note(self.path, text))

    def leave_out(self, why: str) -> None:
        """Notes that the manifest has nothing of this, so that what was told of parts of it is no matter."""
        told = self.notes.warnings
        told[:] = [note for note in told if note.path[: len(self.path)] != self.path]
        self.warn(f"{why}: left out")

    def problem(self, text: str) -> None:
        """Notes what no manifest can say."""
        self.notes.problems.append(Note(self.path, text))

    def unknown(self, name: str, known: Collection[str]) -> None:
        """Notes that the object here has no field of this name."""
        allowed = sorted(known)
        meant = guess(name, allowed, 0.7)
        self.at(name).problem(
            f"not a field that a manifest supports; {meant}allowed here: {', '.join(allowed)}"
        )

    def drop_user_sig(self, robot: Any) -> None:
        """Notes a robot's UserSig, if it has one."""
        if isinstance(robot, dict) and robot.get("UserSig") is not None:
            self.notes.user_sigs.append((*self.path, "UserSig"))

    def secret(self, value: Any, role: str) -> dict[str, Any] | None:
        """The reference that a manifest has for a secret; None, and a note, for what is none.

        `role` ends the variable's name, as in PRIVATE_MAP_KEY. The value is in no note.
        """
        if not isinstance(value, str):
            self.problem(f"found {found(value, shown=False)}; allowed: a string")
            return None
        if not value:
            self.warn("is empty, so not a secret: dropped")
            return None
        variable = self.variables.of_value(value, f"STREAM_{variable_word(self.name)}_{role}")
        self.warn(f"a secret, replaced by a reference in the manifest: set {variable} to its value")
        return {"env": variable}


def variable_word(text: str) -> str:
    """A text as part of a variable's name: `my-robot` is MY_ROBOT, `AccessKey` ACCESS_KEY."""
    parted = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", text)
    return re.sub(r"[^A-Z0-9]", "_", parted.upper())


def found(value: Any, *, shown: bool = True) -> str:
    """A JSON value as a message names it: what may be a secret is not `shown`."""
    words = {NoneType: "nothing", dict: "an object", list: "a list"}
    words |= {} if shown else {str: "a string", bool: "true or false", int: "a number", float: "a number"}
    if type(value) in words:
        return words[type(value)]
    if isinstance(value, str) and len(value) > _SHOWN:
        value = f"{value[:_SHOWN]}…"
    return json.dumps(value, ensure_ascii=False)
