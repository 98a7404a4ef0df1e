"""What changing a field does, from its ChangeEffect and from what its kind can do at all."""

from reconciler.kinds.base import Kind, Managed
from reconciler.kinds.capabilities import CanStart, CanUpdate
from reconciler.kinds.forms import Node
from reconciler.model import Impact
from reconciler.schema.survey import Field


def effect(field: Field) -> Node | None:
    """The impact of a change, as JSON; None for what is no difference of a resource.

    `changed` is another value, `visible` whether picture or sound changes. Where it is otherwise:
    `added` and `removed` of an element, or of the field as a whole, `emptied` of nothing being left,
    `why`, and `moot` for the words of `mode` beside it with which the field means nothing anyway.
    """
    mark, kind = field.around.mark, field.around.kind
    if mark is None or kind is None or field.is_wanted:
        return None
    found: Node = {"changed": _impact(mark.changed, kind).value, "visible": mark.visible}
    if field.own:
        special = {"added": mark.added, "removed": mark.removed, "emptied": mark.emptied}
        found |= {name: _impact(one, kind).value for name, one in special.items() if one is not None}
        found |= {"why": mark.why} if mark.why else {}
        found |= {"moot": list(mark.ignored_in_modes)} if mark.ignored_in_modes else {}
    return found


def _impact(impact: Impact, kind: Kind) -> Impact:
    """As a plan has it: what cannot be updated restarts, and what has no task is only set otherwise."""
    if impact is Impact.NONE or not isinstance(kind, Managed):
        return impact
    if not isinstance(kind, CanStart):
        return Impact.NONE
    return impact if isinstance(kind, CanUpdate) else Impact.RESTART
