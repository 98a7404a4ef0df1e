"""Two sets of manifests against each other, for a review: what the new would change of the old."""

from collections.abc import Iterable
from dataclasses import replace

from reconciler.calls import TaskIdOf
from reconciler.kinds.base import Settings
from reconciler.model import Resource
from reconciler.plan.model import Plan
from reconciler.planning.choice import Choice
from reconciler.planning.planner import make_plan
from reconciler.state.model import Entry, State

NOBODY_KNOWS = "(unknown in a review)"
"""Instead of a TaskId: a review looks at manifests alone, and its calls are named, not sent."""


def as_applied(settings: Settings, resources: Iterable[Resource]) -> State:
    """The state that an apply of the resources would leave, were every call to succeed."""
    plan = make_plan(settings, resources, State(), {}, now=0.0)
    return State(
        entries={change.address: _told(change.entry) for change in plan.changes if change.entry is not None}
    )


def _told(entry: Entry) -> Entry:
    return replace(entry, task_id=NOBODY_KNOWS) if isinstance(entry.task_id, TaskIdOf) else entry


def review(settings: Settings, resources: Iterable[Resource], old: State, choice: Choice) -> Plan:
    """The plan from what `old` had applied to the resources; no moment plays a part in it."""
    words = replace(choice, why_new="new")
    plan = make_plan(settings, resources, old, {}, words, now=0.0)
    return replace(plan, expiries=())
