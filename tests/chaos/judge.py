"""What must be so once all is quiet: what runs is what is recorded and what is wanted, each once."""

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, NamedTuple

from reconciler.calls import PushUrl
from reconciler.kinds import managed
from reconciler.kinds.base import Subject
from reconciler.model import Address, Status
from reconciler.state.model import Entry, State

from ..fake_cloud import MIX, RENDER, Cloud, Target, Task, pushes_of
from .scenes import EMPTY, Choice, manifests, resource
from .world import World

ON = (Status.RUNNING, Status.PAUSED)
MADE = ("UserSig", "IsPause", "StartTime", "EndTime", "SpecifyTaskId")
"""What is made for each call, and what the task has beside its request."""


ALL = {"CallbackEvents": 6}
"""Lists that say nothing where they have all that there is."""


LISTS = ("SubscribeStreamUserIds",)
"""Lists of users, which say nothing where all of them are empty."""


class Finding(NamedTuple):
    """Something that is wrong: of which sort, and what."""

    sort: str
    what: str


def judged(world: World, cloud: Cloud, choice: Choice) -> list[Finding]:
    """All that is wrong, though nothing is under way and every suspicion is settled.

    An apply that had nothing to do was just now shown the plan that is judged.
    """
    state, plan = world.state(), world.shown
    if plan is None or plan.changes:
        plan = world.planned(manifests(choice), state)
    found = [*_tasks(state, cloud), *_twice(cloud), *_records(state, cloud, choice)]
    found += [Finding("sequence", text) for text in world.wire.broken]
    found += [Finding("plan", f"{change.address} {change.verb}: {change.reason}") for change in plan.changes]
    found += [Finding("plan", f"{address} is still in probation") for address in plan.probation]
    return found


def _tasks(state: State, cloud: Cloud) -> Iterator[Finding]:
    """Orphans and dead records: a task is held by its TaskId, a rendered push by its user."""
    held = {name: address for address, entry in state.entries.items() if (name := _held(address, entry))}
    running = {_name(task): task for task in cloud.running()}
    for name in running.keys() - held.keys():
        yield Finding("orphan", f"{running[name].id} runs ({name}), and nothing holds it")
    for name in held.keys() - running.keys():
        yield Finding("dead", f"{held[name]} holds {name}, which runs no more")


def _held(address: Address, entry: Entry) -> str | None:
    """The name of the task that an entry says is running."""
    if isinstance(entry.task_id, str):
        return entry.task_id
    kind = managed(address, entry)
    if kind.starts is None or entry.status not in ON:
        return None
    return str(kind.starts.identity(kind.read(entry.spec)))


def _name(task: Task) -> str:
    if task.kind == MIX:
        return f"mix {task.request['MixStreamSessionId']}"
    return f"render {task.request['UserId']}" if task.kind == RENDER else task.id


def _twice(cloud: Cloud) -> Iterator[Finding]:
    """Two tasks of one robot, or to one push address."""
    holders: dict[object, str] = {}
    for task in cloud.running():
        for key in (*task.robots, *pushes_of(task)):
            other = holders.setdefault(key, task.id)
            if other != task.id:
                yield Finding("double", f"{other} and {task.id} both have {key}")


def _records(state: State, cloud: Cloud, choice: Choice) -> Iterator[Finding]:
    """Each entry is certain and as wanted, and what runs for it is what was wanted."""
    wanted = dict(choice)
    running = {_name(task): task for task in cloud.running()}
    for address, entry in state.entries.items():
        if entry.pending or entry.attempted:
            yield Finding("record", f"{address} is not certain: {entry}")
        if address not in wanted:
            yield Finding("record", f"{address} is recorded and not wanted")
            continue
        want = resource(address, wanted[address])
        if (entry.status, _said(entry.spec)) != (want.wanted, _said(want.spec)):
            yield Finding("record", f"{address} is recorded as {entry.status} {entry.spec}")
        elif not managed(address).is_switch:
            task = running.get(_held(address, entry) or "")
            yield from _content(address, entry, task, started(address, wanted[address]))
        elif (target(entry) in cloud.forbidden) is not (entry.status is Status.FORBIDDEN):
            yield Finding("content", f"{address} is recorded {entry.status}, and is not so")
    for address, way in choice:
        if address not in state.entries and resource(address, way).wanted is not Status.STOPPED:
            yield Finding("record", f"{address} is wanted and not recorded")


def _said(spec: Mapping[str, Any]) -> dict[str, Any]:
    """A spec without the state that it wants, which the entry's status tells."""
    return {name: value for name, value in spec.items() if name != "state"}


def _content(address: Address, entry: Entry, task: Task | None, expected: Any) -> Iterator[Finding]:
    """What is in force is what a fresh start would send."""
    if task is None:
        return
    if plain(task.request) != expected:
        yield Finding("content", f"{address} runs as {plain(task.request)}, not as {expected}")
    if task.paused is not (entry.status is Status.PAUSED):
        yield Finding("content", f"{address} is recorded {entry.status}, and paused is {task.paused}")


def target(entry: Entry) -> Target:
    spec = entry.spec
    return (spec["domainName"], spec.get("appName", "live"), spec["streamName"])


@cache
def started(address: Address, way: str) -> Any:
    """The request of a start, in plain values."""
    kind = managed(address)
    assert kind.starts is not None
    spec = kind.read(resource(address, way).spec)
    return plain(kind.starts.start(Subject(address, spec, EMPTY.settings)).request)


def plain(value: Any) -> Any:
    """A request without what is made for each call, and without lists of nobody, which say nothing."""
    if isinstance(value, Mapping):
        value = {name: item for name, item in value.items() if name not in LISTS or any(item.values())}
        kept = {name: item for name, item in value.items() if name not in MADE and item != []}
        return {name: plain(item) for name, item in kept.items() if name not in ALL or len(item) < ALL[name]}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if isinstance(value, PushUrl):
        return value.url
    return value.partition("?txSecret=")[0] if isinstance(value, str) else value
