"""Random histories of manifests, each planned twice: by the index of the plan before, and with all read.

    python -m tests.index.histories [--count 10000] [--seed 1]

A history begins with some documents in some files. Then documents are edited, added, removed, renamed and
moved between files, layouts, defaults and overrides change, time passes, tasks end, callbacks tell of them,
and what was planned is applied, or is left in doubt. After each step both plans, with their warnings, or what
is wrong with the manifests, must be the same; and so must the one that is told without reading anything, and
the drift that is found by an index of its own while the cloud answers the same, or something else.
"""

import argparse
import json
import sys
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from random import Random

from reconciler.backends.snapshots import Snapshot
from reconciler.cli.drifting import Drifting, drift_in
from reconciler.cli.index_files import IndexFiles
from reconciler.cli.indexed import IndexedManifests
from reconciler.cli.manifest_files import Kept, ManifestFiles
from reconciler.cli.nothing import is_still_nothing, plan_of_nothing
from reconciler.cli.opening import Opening
from reconciler.cli.unchanged_drift import answers_the_same, drift_of_nothing, questions_of
from reconciler.errors import ReconcilerError
from reconciler.index.codec import StoredIndex, index_to_bytes, stored_index
from reconciler.index.model import Index, Subject, files_digest
from reconciler.kinds.base import Settings
from reconciler.manifests.loading.context import LoadContext
from reconciler.manifests.loading.loader import Workspace, load_sources
from reconciler.manifests.loading.sources import Source
from reconciler.model import Address, Status, Verb
from reconciler.moments import rfc3339
from reconciler.observing.asking import Connection
from reconciler.observing.observer import Round, observe
from reconciler.plan.codec import plan_to_json
from reconciler.plan.drift import Drift, drift_to_json
from reconciler.plan.model import Plan
from reconciler.planning.choice import Choice
from reconciler.planning.limits import Limits
from reconciler.reports.formats import Look, ReportContext, render
from reconciler.running.planning import Planned, PlanRequest, run_plan
from reconciler.running.standing import NOWHERE, with_standing
from reconciler.state.model import Entry, LateCall, State
from tests.chaos.scenes import HEAD, WAYS
from tests.index.happenings import SWITCH, Callbacks, Cloud, Steady, ended_otherwise, policy
from tests.support import told

STEPS = 8
"""Of one history."""
DAY = 86400
BEGINS = 1_790_000_000.0

WORKSPACE = """\
apiVersion: reconciler/v1
kind: Workspace
metadata: {{name: demo}}
spec:
  region: ap-guangzhou
  trtc: {{sdkAppId: 1400188366, secretKey: {{env: TRTC_SECRET_KEY}}}}
{more}"""
SETTINGS = (
    "",
    "  defaults: {MixStream: {agent: {maxIdleTime: 55}}}\n",
    "  defaults: {IngestStream: {volume: 50}}\n",
    "  defaults: {LiveStream: {reason: maintenance}}\n",
    "  renewal: {leadDays: 5, windows: [{days: [mon, wed, fri], begins: '00:00', ends: '12:00'}]}\n",
    "  safety: {maxImpact: reconnect}\n",
    "  restarts: {most: 2, within: 2d, backOff: 3h}\n",
)
LAYOUT = """\
apiVersion: reconciler/v1
kind: MixLayout
metadata: {{name: {name}}}
spec:
  mode: custom
  canvas: {{width: 1280, height: 720}}
  slots:
    - {{name: left, locationX: 0, locationY: 0, imageWidth: {width}, imageHeight: 720}}
    - {{name: right, locationX: 640, locationY: 0, imageWidth: 640, imageHeight: 720, zOrder: {order}}}
"""
SHOWN = """\
apiVersion: reconciler/v1
kind: MixStream
metadata: {{name: {name}}}
spec:
  room: {room}
  video: {{encode: {{fps: 15, bitRate: 1500, gop: 2}}}}
  layout: {{ref: {layout}, users: {{left: {{userId: alice}}, right: {{userId: {user}}}}}}}
  publish: [{{url: rtmp://push.example/live/{name}}}]
"""
OVERRIDE = """\
apiVersion: reconciler/v1
kind: Override
metadata: {{name: {name}}}
spec:
  of: {of}
  set: {{{set}}}
"""
SETS = {
    "MixStream": (
        "region: ap-shanghai",
        "agent: {maxIdleTime: 99}",
        "publish: [{url: 'rtmp://push.example/live/set'}]",
    ),
    "RelayStream": ("agent: {maxIdleTime: 77}",),
    "IngestStream": ("volume: 30", "maxDuration: 90"),
    "MixLayout": ("background: {color: '0x101010'}",),
}


@dataclass
class Text:
    """One document: its text, and where it stands: a file and a place in that."""

    text: str
    file: str
    place: float


@dataclass
class History:
    """Manifests, what is recorded, and the moment; the index of the plan before.

    `refresh` tells whether the next plans ask the cloud and look at callbacks.
    """

    chance: Random
    texts: dict[Address, Text] = field(default_factory=dict)
    state: State = field(default_factory=State)
    now: float = BEGINS
    files: "Remembered" = field(default_factory=lambda: Remembered())
    counts: Counter[str] = field(default_factory=Counter)
    callbacks: Callbacks = field(default_factory=Callbacks)
    refresh: bool = False
    seen: "Remembered" = field(default_factory=lambda: Remembered())

    @property
    def snapshot(self) -> Snapshot:
        """What is recorded, with the version's token."""
        return Snapshot(self.state, "demo", mark=f"{self.state.serial}" if self.state.lineage else None)

    def sources(self) -> list[Source]:
        """The files by their names, each with its documents in their places."""
        found: dict[str, list[Text]] = {}
        for one in self.texts.values():
            found.setdefault(one.file, []).append(one)
        return [
            Source(f"manifests/{name}", "---\n".join(one.text for one in sorted(texts, key=_place)).encode())
            for name, texts in sorted(found.items())
        ]


def _place(one: Text) -> float:
    return one.place


class Remembered(IndexFiles):
    """One index, kept as bytes."""

    def __init__(self) -> None:
        self.data: bytes | None = None

    def read(self, key: str) -> StoredIndex | None:
        return None if self.data is None else stored_index(self.data)

    def write(self, key: str, index: Index) -> None:
        self.data = index_to_bytes(index)


def begun(chance: Random) -> History:
    """Some documents in some files."""
    history = History(chance)
    _put(history, Address("Workspace", "demo"), WORKSPACE.format(more=SETTINGS[0]))
    for name in ("stage", "wide"):
        _put(history, Address("MixLayout", name), LAYOUT.format(name=name, width=640, order=1))
    for _ in range(chance.randint(4, 12)):
        edit_one(history)
    return history


def _put(history: History, address: Address, text: str) -> None:
    chance = history.chance
    known = history.texts.get(address)
    file = known.file if known else f"{chance.choice('abc')}.yaml"
    history.texts[address] = Text(text, file, known.place if known else chance.random())


def _labelled(chance: Random, text: str) -> str:
    """The text, perhaps with a label, an annotation, a comment or another ending of its task."""
    more = chance.choice(
        (
            "",
            "",
            ", labels: {hall: a}",
            ", labels: {hall: b}",
            ", annotations: {note: x}",
            ", onRemoval: leave",
        )
    )
    text = text.replace("}\nspec:", f"{more}}}\nspec:", 1)
    return text + chance.choice(("", "", "# a comment\n"))


def edit_one(history: History) -> None:
    """A resource as it is in one of its ways, there or not before."""
    chance = history.chance
    if chance.random() < 0.3:
        name = chance.choice(("one", "two", "three"))
        filled = SHOWN.format(
            name=name,
            room=chance.choice((11, 12, 13, "'11'")),
            layout=chance.choice(("stage", "wide")),
            user=chance.choice(("bob", "eve", "robot")),
        )
        _put(history, Address("MixStream", name), _labelled(chance, filled + policy(chance, "MixStream")))
        return
    address = chance.choice([*WAYS])
    way = chance.choice([*WAYS[address].values()])
    head = HEAD.format(kind=address.kind, name=address.name)
    text = head + way.lstrip("\n") + policy(chance, address.kind)
    _put(history, address, _labelled(chance, text))


def remove_one(history: History) -> None:
    """One document less."""
    if len(history.texts) > 3:
        del history.texts[history.chance.choice([*history.texts][1:])]


def rename_one(history: History) -> None:
    """A resource under another name, which says what it was called, or does not."""
    chance = history.chance
    address = chance.choice([one for one in history.texts if one.kind not in ("Workspace", "Override")])
    new = Address(address.kind, chance.choice(("one", "two", "renamed", f"new-{chance.randrange(9)}")))
    if new in history.texts:
        return
    old = history.texts.pop(address)
    former = (
        f", renamedFrom: [{address.name}]" if address.kind != "MixLayout" and chance.random() < 0.7 else ""
    )
    text = old.text.replace(f"name: {address.name}", f"name: {new.name}{former}", 1)
    history.texts[new] = replace(old, text=text)


def move_some(history: History) -> None:
    """Documents in other files, or in another order."""
    for one in history.texts.values():
        if history.chance.random() < 0.3:
            one.file, one.place = f"{history.chance.choice('abcd')}.yaml", history.chance.random()


def other_layout(history: History) -> None:
    """A layout with another slot."""
    chance = history.chance
    name = chance.choice(("stage", "wide"))
    text = LAYOUT.format(name=name, width=chance.choice((640, 320, 641)), order=chance.choice((0, 1, 2)))
    _put(history, Address("MixLayout", name), text)


def other_settings(history: History) -> None:
    """Other settings of the workspace."""
    more = history.chance.choice(SETTINGS)
    _put(history, Address("Workspace", "demo"), WORKSPACE.format(more=more))


def override_one(history: History) -> None:
    """An override, or another one, or none."""
    chance = history.chance
    address = Address("Override", chance.choice(("first", "second")))
    of = chance.choice([one for one in history.texts if one.kind in SETS] or [Address("MixStream", "hall")])
    if chance.random() < 0.3:
        history.texts.pop(address, None)
        return
    _put(history, address, OVERRIDE.format(name=address.name, of=of, set=chance.choice(SETS[of.kind])))


def spoil_one(history: History) -> None:
    """A document that is wrong, or stands twice; put right by the next edit of it."""
    chance = history.chance
    address = chance.choice([*history.texts])
    one = history.texts[address]
    if chance.random() < 0.5:
        history.texts[address] = replace(one, text=one.text.replace("spec:", "spec:\n  nonsense: 1", 1))
    else:
        history.texts[Address(address.kind, f"{address.name}-again")] = replace(one, file="e.yaml")


def pass_time(history: History) -> None:
    """Some seconds, hours, or days."""
    history.now += history.chance.choice((15, 200, 700, 3600, 6 * 3600, DAY, 6 * DAY, 13 * DAY, 27 * DAY))


def doubt_one(history: History) -> None:
    """A record as an unanswered call leaves it, or one that somebody has edited, or lost."""
    chance, entries = history.chance, dict(history.state.entries)
    if not entries:
        return
    address = chance.choice(sorted(entries))
    entry = entries[address]
    late = LateCall(
        rfc3339(history.now + chance.choice((-60, 60))), entry.spec, chance.choice((Verb.START, Verb.UPDATE))
    )
    entries[address] = chance.choice(
        (
            replace(entry, late_calls=(late,)),
            replace(entry, status=Status.ENDED, task_id=None),
            replace(entry, attempted=(entry.spec,)),
            replace(entry, labels={"hall": "edited"}),
        )
    )
    if address.kind != SWITCH and chance.random() < 0.5:
        entries[address] = ended_otherwise(chance, entry, history.now)
    if chance.random() < 0.2:
        del entries[address]
    history.state = replace(history.state, entries=entries, serial=history.state.serial + 1)


def tell_some(history: History) -> None:
    """Callbacks of one task, or of all; or the older ones are gone."""
    chance, entries = history.chance, history.state.entries
    every = sorted(entries)
    for address in every if chance.random() < 0.3 else every and [chance.choice(every)]:
        history.callbacks.tell_of(chance, address, entries[address], history.now)
    if chance.random() < 0.2:
        history.callbacks.sweep(chance)


EDITS: Mapping[Callable[[History], None], int] = {
    edit_one: 8,
    remove_one: 2,
    rename_one: 2,
    move_some: 2,
    other_layout: 2,
    other_settings: 1,
    override_one: 2,
    spoil_one: 1,
    pass_time: 3,
    doubt_one: 3,
    tell_some: 3,
}


HAPPENINGS: Mapping[Callable[[History], None], int] = {pass_time: 2, tell_some: 1}
"""What nobody does, and nothing is written for."""


def step(history: History) -> None:
    """A few edits."""
    history.refresh = history.chance.random() < 0.6
    edits = EDITS if history.chance.random() < 0.6 else HAPPENINGS
    for _ in range(history.chance.randint(0, 3)):
        (edit,) = history.chance.choices([*edits], [*edits.values()])
        edit(history)


def planned(history: History, *, use: bool) -> tuple[str, Plan | None]:
    """What a plan comes to, in every word that is printed of it, or what is wrong; and the plan."""
    sources = history.sources()
    context = LoadContext(learn=use)
    try:
        if not use:
            plan = _run(history)(load_sources(sources, context)).plan
        else:
            kept = Kept(history.files, "key", "context")
            manifests = IndexedManifests(ManifestFiles(sources, kept), context)
            history.counts["known"] += len(manifests.workspace.known)
            history.counts["documents"] += len(history.texts)
            received = history.callbacks.since if history.refresh else None
            opening = Opening(manifests, history.snapshot, frozenset(), received)
            subject = Subject("context", manifests.workspace.name, "state", history.state.lineage)
            plan = opening.plan(subject, history.now, _run(history))
            history.counts["left unread"] += len(manifests.workspace.known)
    except ReconcilerError as error:
        problems = getattr(error, "problems", ())
        return "\n".join(
            [f"{type(error).__name__}: {error.message}; {error.hint}", *map(str, problems)]
        ), None
    return _shown(plan), plan


def drifted(history: History, *, use: bool) -> str:
    """The drift, in every word that is printed of it, or what is wrong."""
    sources, snapshot, events = history.sources(), history.snapshot, history.callbacks.all()

    def plan(workspace: Workspace, since: Round) -> Planned:
        request = PlanRequest(
            workspace,
            lambda labels: Choice(),
            Limits(),
            Steady("cloud", history.now).connect,
            lambda: history.now,
            events=lambda: events,
            since=since,
        )
        return run_plan(request, snapshot, only_authoritative=False)

    context = LoadContext(learn=use)
    try:
        if not use:
            return _drift_shown(drift_in(plan(load_sources(sources, context), Round())))
        manifests = IndexedManifests(ManifestFiles(sources, Kept(history.seen, "key", "context")), context)
        subject = Subject("context", manifests.workspace.name, "state", history.state.lineage)
        found = Drifting(manifests, snapshot, events).find(subject, history.now, plan, Round())
        unread = sum(
            row.settled is not None for row in (one.row for one in manifests.workspace.known.values())
        )
        history.counts["left unread for drift"] += unread
        history.counts["drifted"] += len(found.rows)
        return _drift_shown(found)
    except ReconcilerError as error:
        return f"{type(error).__name__}: {error.message}; {error.hint}"


def no_drift_at_once(history: History) -> str | None:
    """What is told where index and answers alone say that nothing has drifted; None where they do not.

    As the command has it, no callback may have been received.
    """
    stored = history.seen.read("key")
    nothing = stored.nothing if stored is not None else None
    if stored is None or nothing is None or not stored.mark or stored.mark != history.snapshot.mark:
        return None
    files = files_digest((source.name, source.data) for source in history.sources())
    if history.callbacks.all() or not is_still_nothing(nothing, files, history.now, refresh=True):
        return None
    since = Round()
    with Steady("cloud", history.now).connect() as cloud:
        connection = Connection(cloud.send, cloud.executor, lambda: history.now)
        observe((), Settings("demo"), connection, beside=questions_of(nothing), since=since)
    if since.warnings or not answers_the_same(nothing, since.answers):
        return None
    history.counts["no drift told at once"] += 1
    drift = drift_of_nothing(nothing, "demo", history.snapshot)
    return _drift_shown(replace(drift, plan=with_standing(drift.plan, history.snapshot, NOWHERE)))


def _drift_shown(drift: Drift) -> str:
    shown = render(drift, "text", Look(100), ReportContext("state"))
    return f"{json.dumps(drift_to_json(drift), indent=1)}\n{shown}"


def _shown(plan: Plan) -> str:
    shown = render(plan, "text", Look(100), ReportContext("state"))
    return f"{json.dumps(plan_to_json(plan), indent=1)}\n{shown}"


def told_at_once(history: History) -> str | None:
    """What is told where the index alone says that there is nothing to do; None where it does not."""
    stored = history.files.read("key")
    nothing = stored.nothing if stored is not None else None
    if stored is None or nothing is None or not stored.mark or stored.mark != history.snapshot.mark:
        return None
    files = files_digest((source.name, source.data) for source in history.sources())
    if not is_still_nothing(nothing, files, history.now, refresh=history.refresh):
        return None
    if history.refresh and history.callbacks.since(stored.events).in_question:
        return None
    history.counts["told at once"] += 1
    plan = plan_of_nothing(nothing, "demo", history.state, refresh=history.refresh)
    return _shown(with_standing(plan, history.snapshot, NOWHERE))


def _run(history: History) -> Callable[[Workspace], Planned]:
    def run(workspace: Workspace) -> Planned:
        request = PlanRequest(
            workspace,
            lambda labels: Choice(),
            Limits(),
            Cloud("cloud", history.now).connect,
            lambda: history.now,
            refresh=history.refresh,
            events=history.callbacks.all if history.refresh else tuple,
        )
        return run_plan(request, history.snapshot, only_authoritative=True)

    return run


def applied(history: History, plan: Plan) -> None:
    """What is recorded once all calls of the plan were answered, or those of most of its changes."""
    entries: dict[Address, Entry] = dict(history.state.entries)
    for change in plan.changes:
        if history.chance.random() < 0.1:
            continue
        if change.renamed_from is not None:
            entries.pop(change.renamed_from, None)
        if change.entry is None:
            entries.pop(change.address, None)
        else:
            entry = told(change)
            started = rfc3339(history.now) if entry.started_at else None
            entries[change.address] = replace(entry, started_at=started)
    forgets = {one.address: one.forgets for one in plan.changes if one.forgets and one.address not in entries}
    history.state = replace(
        history.state, lineage="lineage", serial=history.state.serial + 1, entries=entries, run="run"
    ).forgetting(forgets)


def difference(seed: str, counts: Counter[str] | None = None) -> str:
    """Runs one history; what differs at its first step that does, "" if nothing does."""
    history = begun(Random(seed))
    history.counts = counts if counts is not None else Counter()
    sound = dict(list(history.texts.items())[:3])
    for number in range(STEPS):
        at_once = told_at_once(history)
        warm, _ = planned(history, use=True)
        cold, plan = planned(history, use=False)
        history.counts["plans" if plan else "refused"] += 1
        for other in (warm, at_once):
            if other not in (cold, None):
                return f"step {number}:\n{_apart(cold, other or '')}"
        none, by_index = no_drift_at_once(history), drifted(history, use=True)
        all_read = drifted(history, use=False)
        for other in (by_index, none):
            if other not in (all_read, None):
                return f"step {number}, drift:\n{_apart(all_read, other or '')}"
        if plan is None and history.chance.random() < 0.8:
            history.texts = sound
        sound = {address: replace(one) for address, one in history.texts.items()}
        if plan is not None and plan.changes and history.chance.random() < 0.7:
            applied(history, plan)
        step(history)
    return ""


def _apart(cold: str, warm: str) -> str:
    lines = [
        (one, other) for one, other in zip(cold.splitlines(), warm.splitlines(), strict=False) if one != other
    ]
    return "\n".join(f"  all read: {one}\n  by index: {other}" for one, other in lines[:5]) or "one is longer"


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.index.histories")
    parser.add_argument("--count", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    chosen = parser.parse_args(arguments)
    began, counts, wrong = time.monotonic(), Counter[str](), 0
    for number in range(chosen.count):
        found = difference(f"{chosen.seed} {number}", counts)
        if found:
            wrong += 1
            print(f"WRONG: history {chosen.seed} {number}, {found}")
    print(f"{chosen.count} histories in {time.monotonic() - began:.0f} s, seed {chosen.seed}: {dict(counts)}")
    print(f"{wrong} wrong")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
