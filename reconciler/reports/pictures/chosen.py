"""Which pictures a plan's report has."""

from reconciler.layout.scene import Scene
from reconciler.model import Address, Impact
from reconciler.plan.model import Plan
from reconciler.reports.pictures.sources import Pictures, layout_of, svg_of
from reconciler.reports.view import View

_PICTURES = 100
"""How many pictures a report has at most; each is about as long as four changes without."""

NONE = Pictures()
"""Those of a report of drift."""


def chosen_pictures(plan: Plan, view: View) -> Pictures:
    """What changes to be seen, and each distinct layout of what starts; not what only ends."""
    changes = {change.address: change for change in plan.changes}
    drawn: dict[Address, str] = {}
    known: dict[Scene, Address] = {}
    like: dict[Address, Address] = {}
    for group in view.groups:
        address = group.row.address
        layout = layout_of(changes[address])
        if layout is not None and known.setdefault(layout, address) is not address:
            like[address] = known[layout]
        elif len(drawn) < _PICTURES and group.row.impact is not Impact.STOP:
            picture = svg_of(changes[address])
            drawn |= {address: picture} if picture is not None else {}
    narrow = {address: svg_of(changes[address], narrow=True) or "" for address in drawn}
    return Pictures(drawn, narrow, like)
