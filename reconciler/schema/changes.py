"""What changing a field does, in words with `code` in them."""

from collections.abc import Iterator

from reconciler.kinds.base import Managed
from reconciler.kinds.capabilities import CanPause, CanResume, CanStart, CanStop
from reconciler.kinds.forms import Node
from reconciler.model import Impact
from reconciler.schema.effects import effect
from reconciler.schema.survey import Field, many

_IMPACTS = {
    Impact.NONE: "in place",
    Impact.START: "start",
    Impact.RECONNECT: "reconnect",
    Impact.RESTART: "restart",
    Impact.PAUSE: "pause",
    Impact.STOP: "it ends",
}
_VERBS = {"start": CanStart, "pause": CanPause, "resume": CanResume, "stop": CanStop}
_COMING = (("added", "added"), ("removed", "removed"), ("emptied", "none left"))


def change_words(one: Field) -> str:
    """What changing the field does; empty where the fields below it say so."""
    if one.is_wanted:
        able = (verb for verb, can in _VERBS.items() if isinstance(one.around.kind, can))
        return f"verb: {', '.join(able)}"
    found = effect(one)
    if found is None:
        return ""
    parts = [] if one.inner else [_another(one, found)]
    if not many(one.info.annotation) and found.get("emptied") == found.get("removed"):
        found.pop("emptied", None)
    parts += [f"{text}: {_IMPACTS[Impact(found[name])]}" for name, text in _COMING if name in found]
    parts += [f"({found['why']})"] if found.get("why") else []
    text = "; ".join(parts).replace("; (", " (")
    return "; ".join(filter(None, [text, *_asides(one)]))


def _another(one: Field, found: Node) -> str:
    mark = one.around.mark
    switch = isinstance(one.around.kind, Managed) and not isinstance(one.around.kind, CanStart)
    if switch and mark is not None and mark.changed is Impact.RESTART:
        return "refers to another stream: the new one is set, and the old one is left unchanged"
    text = _IMPACTS[Impact(found["changed"])]
    return f"{text}, visible" if found["visible"] and found["changed"] == Impact.NONE else text


def _asides(one: Field) -> Iterator[str]:
    mark = one.around.mark if one.own else None
    if mark is None:
        return
    if mark.ignored_in_modes:
        yield f"ignored with `mode` {' and '.join(f'`{word}`' for word in mark.ignored_in_modes)}"
    if mark.key:
        keys = " and ".join(f"`{name}`" for name in mark.key)
        yield f"entries are identified by {keys}" + ("; their order matters" if mark.ordered else "")
