"""One change as every report shows it: its fields as short texts, its calls by name."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from reconciler.model import Address, Impact, Verb
from reconciler.plan.drift import Drifted
from reconciler.plan.model import Change, PlannedField, Step

_MOST = 2000
_SHORT, _SHORT_TEXT = 72, 300
_encode = json.JSONEncoder(ensure_ascii=False, separators=(", ", ": ")).encode
"""Made once: a plan has tens of thousands of values."""
_MARGIN = 12
"""So many characters are shown around where two long values begin to differ."""

Labels = Mapping[str, str]
_NO_LABELS: Labels = {}


@dataclass(frozen=True, slots=True)
class Line:
    """One field: its path, and its values as compact JSON of at most 2000 characters; absent ones are empty.

    `hits` names the push or room that is interrupted, `why` tells why that is so; both may be empty. A part
    of what starts or stops as a whole has a `label` and `words`; one that `is_place` is a room or an address.
    """

    path: str
    before: str
    after: str
    impact: Impact
    visible: bool
    hits: str = ""
    why: str = ""
    label: str = ""
    words: str = ""
    is_place: bool = False

    @property
    def sign(self) -> str:
        """`+` of what comes, `-` of what goes."""
        return "+" if self.after else "-"


@dataclass(frozen=True, slots=True)
class Seen:
    """How something stands, and what was recorded of it, since when (RFC 3339), and who says so."""

    status: str
    recorded: str
    since: str
    evidence: str


@dataclass(frozen=True, slots=True)
class Row:
    """One change; `calls` names the actions it makes, in order; `seen` is told of drift alone."""

    address: Address
    verb: Verb
    impact: Impact
    visible: bool
    reason: str
    lines: tuple[Line, ...]
    calls: tuple[str, ...]
    because: tuple[Address, ...] = ()
    renewal: bool = False
    renamed_from: Address | None = None
    labels: Labels = field(default_factory=dict)
    seen: Seen | None = None
    alike: str = ""
    parts: tuple[str, ...] = ()

    @property
    def is_whole(self) -> bool:
        """Whether its lines are what starts or stops as a whole, and not what differs."""
        return bool(self.lines and self.lines[0].label)

    @property
    def has_fields(self) -> bool:
        """Whether single fields of it change, its own or those of parts that it shares."""
        return bool(self.lines or self.parts) and not self.is_whole

    @property
    def settings(self) -> tuple[Line, ...]:
        """The lines that all starts of a group share: all but rooms and addresses."""
        return tuple(line for line in self.lines if not line.is_place)

    @property
    def places(self) -> str:
        """Of what starts or stops as a whole, `room 1 → rtmp://…, rtmp://…`."""
        places = [line for line in self.lines if line.is_place]
        arrow = " ← " if any(line.label == "from" for line in places) else " → "
        first = [f"{line.label} {line.words}" for line in places[:1]]
        rest = [", ".join(line.words for line in places[1:])] if places[1:] else []
        return arrow.join([*first, *rest])

    @property
    def told_by_fields(self) -> bool:
        """Whether its fields say all that its reason says."""
        return self.has_fields and self.impact not in (Impact.RESTART, Impact.STOP)

    @property
    def marks(self) -> tuple[str, ...]:
        """What stands beside its name: `renamed from …`, `may interrupt`, `visible`, `renewal`."""
        said = (
            (f"renamed from {self.renamed_from}", self.renamed_from is not None),
            ("may interrupt", self.may_interrupt),
            ("visible", self.visible),
            ("renewal", self.renewal),
        )
        return tuple(word for word, so in said if so)

    @property
    def may_interrupt(self) -> bool:
        """Whether it starts what may run already, which ends that."""
        return self.verb is Verb.START and self.impact is Impact.RESTART

    @property
    def unsent(self) -> str:
        """What to say where there is no call."""
        if self.calls or not self.has_fields:
            return ""
        specs = (line for line in self.lines if line.path.startswith("spec") and not line.why)
        counts = bool(self.parts) or any(specs)
        return f"no call; only recorded{', takes effect at the next start' if counts else ''}"


class SharedLines:
    """The lines of fields that are the same one in many changes, which are to be there as long as this is."""

    def __init__(self) -> None:
        self._known: dict[int, Line] = {}

    def of(self, planned: PlannedField) -> Line:
        """The field's line; a place is no other's."""
        if planned.is_place or not planned.label:
            return _line(planned)
        found = self._known.get(id(planned))
        return self._known.setdefault(id(planned), _line(planned)) if found is None else found


def row_of(
    change: Change,
    labels: Labels | None = None,
    seen: Seen | None = None,
    *,
    lines: SharedLines | None = None,
) -> Row:
    """The row of a change, with lines that others of the same report may have, too."""
    return Row(
        address=change.address,
        verb=change.verb,
        impact=change.impact,
        visible=change.visible,
        reason=change.reason,
        lines=tuple(map((lines or SharedLines()).of, change.fields)),
        calls=tuple(map(_call, change.steps)),
        because=change.because,
        renewal=change.renewal,
        renamed_from=change.renamed_from,
        labels=labels or _NO_LABELS,
        seen=seen,
        alike=change.alike,
    )


def drifted_row(drifted: Drifted, labels: Labels | None = None) -> Row:
    """The row of a record that the cloud contradicts."""
    seen = Seen(drifted.status, drifted.recorded, drifted.since or "", drifted.evidence)
    return row_of(drifted.change, labels, seen)


def _call(step: Step) -> str:
    """The action, and what is sent besides after a certain answer."""
    name = step.call.action.name
    if step.pause_seconds:
        name += f" (after {step.pause_seconds:g} s)"
    if step.if_task_exists is not None:
        return f"{name} (after {step.if_task_exists.action.name} if the task already exists)"
    return (
        name
        if step.if_task_gone is None
        else f"{name} (or {step.if_task_gone.action.name} if the task has ended)"
    )


def _line(planned: PlannedField) -> Line:
    before, after = _values(planned)
    return Line(
        path=planned.path,
        before=before,
        after=after,
        impact=planned.impact,
        visible=planned.visible,
        hits=planned.hits,
        why=planned.why,
        label=planned.label,
        words=planned.words,
        is_place=planned.is_place,
    )


def _values(planned: PlannedField) -> tuple[str, str]:
    """Its values; of a part that is told in words, which of them is there is all that anybody asks."""
    if not planned.label:
        return cut_both(_json(planned.before), _json(planned.after), _MOST)
    words = planned.words or planned.label
    return (words, "") if planned.after is None else ("", words)


def _json(value: Any) -> str:
    """A value as compact JSON; nothing for what is absent."""
    return "" if value is None else _encode(value)


def brief(value: str) -> str:
    """A value for where there is little room: a text in full if it can be, of all else the beginning."""
    return cut(value, _SHORT_TEXT if value.startswith('"') else _SHORT)


def brief_both(before: str, after: str) -> tuple[str, str]:
    """The same of two values, of which both show where they differ."""
    texts = all(value.startswith('"') for value in (before, after) if value)
    return cut_both(before, after, _SHORT_TEXT if texts else _SHORT)


def cut_both(before: str, after: str, most: int) -> tuple[str, str]:
    """Both texts in at most that many characters each, at least 40; what differs first stays in both."""
    if max(len(before), len(after)) <= most:
        return before, after
    pairs = enumerate(zip(before, after, strict=False))
    same = next((at for at, (one, other) in pairs if one != other), min(len(before), len(after)))
    if same < most - _MARGIN:
        return cut(before, most), cut(after, most)
    return _around(before, same, most), _around(after, same, most)


def _around(text: str, at: int, most: int) -> str:
    """The beginning of a text, and then it from a little before a place on."""
    begin = most // 4
    return cut(f"{text[:begin]}…{text[max(at - _MARGIN, begin) :]}", most)


def cut(text: str, most: int) -> str:
    """The text in at most that many characters, with an ellipsis where it is cut."""
    return text if len(text) <= most else f"{text[: most - 1]}…"
