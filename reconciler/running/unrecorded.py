"""Tasks that a list tells of, and that the state of a plan does not record though it may have lost them."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from reconciler.backends.snapshots import Snapshot, Standing
from reconciler.kinds import managed
from reconciler.kinds.base import Settings, Subject
from reconciler.kinds.capabilities import Recognises
from reconciler.kinds.questions import Key, Question
from reconciler.model import Resource, Status, Verb
from reconciler.observing.observer import Observations
from reconciler.plan.model import Plan
from reconciler.running.standing import Place
from reconciler.state.model import State

_ON = (Status.RUNNING, Status.PAUSED)


@dataclass(frozen=True, slots=True)
class Unrecorded:
    """A resource that is not recorded, and that may run: what finds a task of it."""

    kind: Recognises
    about: Subject
    questions: tuple[Question, ...]

    def task(self, answers: Mapping[Key, object], at: float) -> str | None:
        """The TaskId of one that runs, by the first answer that tells of any; `at` in unix seconds."""
        for question in self.questions:
            if question.key in answers:
                found = self.kind.found(self.about, answers[question.key], at)
                if found.status in _ON and found.task_id is not None:
                    return found.task_id
        return None


def unrecorded(
    resources: Iterable[Resource], settings: Settings, snapshot: Snapshot, place: Place
) -> list[Unrecorded]:
    """Those that are to run while the state may lack what runs: it was emptied, is missing or dropped them.

    Or it is new: at a real endpoint that is planned for without credentials, so that only an apply looks.
    """
    state = snapshot.state
    lost = state.was_emptied or snapshot.standing is Standing.MISSING
    lost = lost or (snapshot.standing is Standing.NEW and place.real and place.sends)
    if not (lost or state.untracked):
        return []
    return [
        one
        for resource in resources
        if (lost or resource.address in state.untracked) and resource.address not in state.entries
        for one in _recognisable(resource, settings)
    ]


def _recognisable(resource: Resource, settings: Settings) -> Iterator[Unrecorded]:
    kind = managed(resource.address)
    if kind.recognises is not None and resource.wanted in _ON:
        about = Subject(resource.address, kind.read(resource.spec), settings)
        questions = kind.recognises.recognised_by(about)
        if questions:
            yield Unrecorded(kind.recognises, about, questions)


def told_of_unrecorded(
    every: Iterable[Unrecorded], seen: Observations, plan: Plan, state: State, at: float
) -> Iterator[str]:
    """Warnings of those that run and that a plan starts; `at` in unix seconds."""
    starts = {one.address for one in plan.changes if one.verb is Verb.START}
    recorded = {entry.task_id for entry in state.entries.values()}
    for one in every:
        task_id = one.task(seen.answers, at)
        if task_id is not None and task_id not in recorded and one.about.address in starts:
            yield (
                f"{one.about.address}: task {task_id} runs already and is not in the state: this start makes "
                "a second one, which is billed too; end the one that runs first, or restore the state that "
                "records it"
            )
