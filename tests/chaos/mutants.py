"""Bugs on purpose, each switched on for the length of a run: some seed must fail of it.

Each is one that a careful looking program has had: a doubt dropped, a record written too late, a
request repeated that must not be. The last ones were ours, and were found by these runs.

    python -m tests.chaos.mutants
"""

import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, nullcontext
from dataclasses import replace
from typing import Any, NamedTuple
from unittest.mock import patch

from reconciler.applying import step_execution
from reconciler.applying.step_execution import StepExecution
from reconciler.backends.local.session import LocalSession
from reconciler.calls import Call
from reconciler.cloud import client, retry
from reconciler.cloud.codes import MEANINGS
from reconciler.cloud.retry import Caller, Policy
from reconciler.errors import CloudError, Exists, NotSent, OutcomeUnknown, Refused, Superseded
from reconciler.kinds.base import Settings, Subject
from reconciler.kinds.ingest_stream.kind import IngestStreamKind
from reconciler.kinds.records import Recorded
from reconciler.kinds.render_stream.kind import PUSHES_ALREADY
from reconciler.meanings import ErrorMeaning
from reconciler.model import Address, Status, Verb
from reconciler.observing import observer
from reconciler.plan.model import Change
from reconciler.planning import cases, late_calls, planner, waiting
from reconciler.planning.cases import Case
from reconciler.planning.earlier_starts import EarlierStarts
from reconciler.planning.endings import EndingSteps
from reconciler.planning.late_calls import Probation
from reconciler.planning.steps import StepBuilder
from reconciler.state import journal, unanswered
from reconciler.state.journal import Outcome, Record, put
from reconciler.state.model import Entry, LateCall, Pending

from ..durability.mutants import changed, intent_after_the_call
from .mutants_network import OF_THE_NETWORK
from .scenarios import Figures, Options, Scenario, prepared

SEEDS = 6000
"""So many seeds are tried at most; the hardest mutant needs 4,700 of them, the next 2,100."""

Mutant = Callable[[], AbstractContextManager[Any]]
# As they are, for the mutants that begin or end with them.
AFTER_UNKNOWN, APPEND, ATTEMPT, FAILED, MAY_REPEAT, RECORDED, ACTUAL, PROBATION = (
    unanswered.after_unknown,
    LocalSession.append,
    Caller._attempt,
    StepExecution.failed,
    retry.may_repeat,
    StepBuilder.recorded.fget,
    Case.actual.func,
    late_calls.probation_of,
)


class Caught(NamedTuple):
    """The first seed that fails of a mutant, and of what sorts."""

    seed: int
    sorts: tuple[str, ...]


# What is recorded of a call that was not answered


def unknown_is(way: Callable[..., Entry]) -> Mutant:
    """Another record of a call that was not answered, in a run that lives and after one that died."""

    def switched() -> AbstractContextManager[Any]:
        stack = ExitStack()
        stack.enter_context(patch.object(step_execution, "after_unknown", way))
        stack.enter_context(patch.object(journal, "after_unknown", way))
        return stack

    return switched


def starts_forgotten(
    before: Entry | None, intended: Entry | None, pending: Pending, starts: bool
) -> Entry | None:
    """A start that was not answered is taken for one that never was."""
    return before if starts else AFTER_UNKNOWN(before, intended, pending, starts)


def stops_believed(
    before: Entry | None, intended: Entry | None, pending: Pending, starts: bool
) -> Entry | None:
    """A stop that was not answered is taken for done."""
    found = AFTER_UNKNOWN(before, intended, pending, starts)
    return intended if found.status is Status.UNCERTAIN and not starts else found


def numbers_kept_back(before: Entry | None, intended: Entry | None, pending: Pending, starts: bool) -> Entry:
    """The SequenceNumber of an update is recorded only when it was answered."""
    found = AFTER_UNKNOWN(before, intended, pending, starts)
    return replace(found, sequence_number=before.sequence_number) if before is not None else found


def updates_forgotten(before: Entry | None, intended: Entry | None, pending: Pending, starts: bool) -> Entry:
    """What an update that was not answered may have set is not kept."""
    return replace(AFTER_UNKNOWN(before, intended, pending, starts), attempted=())


def doubts_dropped(before: Mapping[Address, Entry], records: Iterable[Record]) -> dict[Address, Entry]:
    """What was under way when a run died is not looked at."""
    entries = dict(before)
    for record in records:
        if isinstance(record, Outcome):
            put(entries, record.address, record.entry)
    return entries


def task_ids_later(self: LocalSession, record: Record) -> None:
    """The journal has no TaskIds; they are written with the state."""
    if isinstance(record, Outcome) and record.entry is not None:
        record = replace(record, entry=replace(record.entry, task_id=None))
    APPEND(self, record)


# What is sent again


def repeated_blindly(call: Call, failures: Sequence[CloudError], policy: Policy) -> bool:
    if isinstance(failures[-1], OutcomeUnknown):
        return len(failures) < policy.tries
    return MAY_REPEAT(call, failures, policy)


def repeated_with_the_next_number(
    self: Caller, leave: Any, call: Call, body: dict[str, Any], moment: float | None
) -> Any:
    try:
        return ATTEMPT(self, leave, call, body, moment)
    except CloudError:
        if "SequenceNumber" in body:
            body["SequenceNumber"] += 1
        raise


def last_word(failures: Sequence[CloudError]) -> CloudError:
    """What the last attempt ended in is believed of all of them."""
    return failures[-1]


def outdated_is_done(failures: Sequence[CloudError]) -> bool:
    """Whoever's update it was that came before."""
    return isinstance(failures[-1], Superseded)


def refused_if(*errors: type[CloudError]) -> Mutant:
    """What says that something runs, or is in force, is taken for a plain refusal."""

    def failed(self: Any, error: CloudError, *given: Any) -> Any:
        plain = Refused(error.message, code=error.code) if isinstance(error, errors) else error
        return FAILED(self, plain, *given)

    return changed(StepExecution, failed=failed)


def repeated_whatever_it_names(call: Call, failures: Sequence[CloudError], policy: Policy) -> bool:
    """What goes by a name, or has no number, is repeated like what cannot come late."""
    return MAY_REPEAT(replace(call, action=replace(call.action, once=False)), failures, policy)


def taken_for(error: type[CloudError]) -> Callable[[Call, str, str], CloudError]:
    """No answer is taken for another error."""
    return lambda call, reason, code: error(reason, code=code)


# What is done about a doubt


def of_the_manifest(self: StepBuilder) -> Recorded:
    """What is in doubt is ended by the robot and room that the manifest has now."""
    found: Recorded = RECORDED(self)
    if found.entry.status is not Status.UNCERTAIN or self._desired is None:
        return found
    return self._desired.as_recorded(found.entry)


def nothing(*_: object) -> None:
    """Instead of a step."""


def no_probation(*_: object) -> Probation:
    return Probation()


def never_verified(*given: Any) -> Probation:
    return replace(PROBATION(*given), over=())


def stops_on_time(*given: Any) -> Probation:
    """A stop by a name is held to have arrived by now, or never to do so."""
    found = PROBATION(*given)
    waiting, over = (
        tuple(one for one in late_calls if one.verb is not Verb.STOP)
        for late_calls in (found.waiting, found.over)
    )
    return Probation(waiting, over)


def updates_on_time(before: Entry, *_: object) -> tuple[LateCall, ...]:
    return before.late_calls


def as_it_is_seen(self: Case) -> Status | None:
    """A switch that is seen set is taken for recorded so."""
    entry, seen = self.entry, self.observation.status if self.observation else None
    return ACTUAL(self) if entry is None or entry.status is Status.UNCERTAIN else seen or entry.status


def nobody_taken_over(changes: tuple[Change, ...], *_: object) -> tuple[Change, ...]:
    """What takes the name of another says nothing of it, and the other stops what it had by that name."""
    return changes


def attempts_by_spec(before: Entry, intended: Entry | None) -> tuple[Mapping[str, Any], ...]:
    """What has the spec that is recorded is taken for what is recorded, also if it was to be paused."""
    if intended is None or intended.spec in (before.spec, *before.attempted):
        return before.attempted
    return (*before.attempted, intended.spec)


def late_calls_of_one(*entries: Entry | None) -> tuple[LateCall, ...]:
    """A doubt takes the place of the doubts before it."""
    return entries[0].late_calls if entries[0] is not None else ()


def pauses_left(self: IngestStreamKind, subject: Any) -> Call | None:
    """A pause that was not answered is not sent again."""
    found = UPDATE_INGEST(self, subject)
    return (
        found if found is not None and len(found.request) > len(("SdkAppId", "TaskId", "IsPause")) else None
    )


def nothing_otherwise(*_: object) -> tuple[Mapping[str, Any], ...]:
    """The task that answers a start is taken for what that start says."""
    return ()


def every_update_sets_it(*_: object) -> tuple[str, ...]:
    """What no update can change is started over a lost start as all else is."""
    return ()


def asked_by_task_id(recorded: Recorded, settings: Settings) -> Subject:
    """What a late start may have made beside the known task is not asked after."""
    return replace(POSSIBLE(recorded, settings), doubled=False)


def as_it_was_to_be(before: Entry, intended: Entry) -> Entry:
    """A task that was found is recorded with what an update without an answer was to make of it."""
    return intended


UPDATE_INGEST = IngestStreamKind.update
POSSIBLE = observer.possible_subject

MUTANTS: dict[str, Mutant] = {
    **OF_THE_NETWORK,
    "what was in doubt is dropped": changed(journal, replayed=doubts_dropped),
    "an unanswered start is forgotten": changed(step_execution, after_unknown=starts_forgotten),
    "an unanswered stop is believed": changed(step_execution, after_unknown=stops_believed),
    "what an unanswered update may have set is forgotten": unknown_is(updates_forgotten),
    "no fence before another robot": changed(EndingSteps, clear_the_way=nothing),
    "the intent written after the call": changed(LocalSession, append=intent_after_the_call),
    "the SequenceNumber recorded after the call": unknown_is(numbers_kept_back),
    "a repeat with another SequenceNumber": changed(Caller, _attempt=repeated_with_the_next_number),
    "a start repeated though its answer was lost": changed(retry, may_repeat=repeated_blindly),
    "an earlier loss forgotten": changed(retry, verdict=last_word),
    "whatever is outdated taken for done": changed(retry, arrived_before=outdated_is_done),
    "the fence for the robot of the manifest": changed(StepBuilder, recorded=property(of_the_manifest)),
    "no probation": changed(cases, probation_of=no_probation),
    "no verification": changed(cases, probation_of=never_verified),
    "a probation of one minute": changed(unanswered, LATE_SECONDS=60),
    "the TaskId not recorded at the outcome": changed(LocalSession, append=task_ids_later),
    "no answer taken for a refusal": changed(client, _unknown=taken_for(Refused)),
    "no answer taken for a request that was not sent": changed(client, _unknown=taken_for(NotSent)),
    "an internal error taken for a refusal": lambda: patch.dict(
        MEANINGS, {"InternalError": ErrorMeaning.CALLER}
    ),
    "a doubt in the place of another": changed(unanswered, _late_calls_of=late_calls_of_one),
    "a pause that was not answered left": changed(IngestStreamKind, update=pauses_left),
    "a push that runs taken for a refusal": lambda: patch.dict(PUSHES_ALREADY, clear=True),
    "a robot that is there after its fence taken for a refusal": refused_if(Exists),
    "an update that is outdated at once taken for a refusal": refused_if(Superseded),
    "what goes by a name repeated": changed(retry, may_repeat=repeated_whatever_it_names),
    "a stop by a name held to be on time": changed(cases, probation_of=stops_on_time),
    "an update without a number held to be on time": changed(unanswered, _after_update=updates_on_time),
    "a session that was taken over stopped": changed(planner, transfer_claims=nobody_taken_over),
    "a pause right after its start forgotten": changed(unanswered, _attempts=attempts_by_spec),
    "a switch that is seen set taken for recorded": changed(Case, actual=property(as_it_is_seen)),
    "a task in doubt twice asked after by its TaskId": changed(observer, possible_subject=asked_by_task_id),
}

FORMER = Options(kinds=("MixStream", "RelayStream", "IngestStream", "RenderStream", "LiveStream"))
"""What a mutant is looked for in that has no focus: with more kinds, other seeds would catch it."""
INGEST, RENDER, LIVE, PULL = ("IngestStream",), ("RenderStream",), ("LiveStream",), ("PullStream",)
FOCUS = {
    "an earlier loss forgotten": Options(fates=("answer lost", "refused", "no capacity")),
    "a doubt in the place of another": Options(kinds=INGEST, fates=("late", "dies, late", "fails before")),
    "a pause that was not answered left": Options(kinds=INGEST, fates=("dies after",)),
    "a robot that is there after its fence taken for a refusal": Options(kinds=INGEST),
    "what goes by a name repeated": Options(kinds=RENDER),
    "a session that was taken over stopped": Options(kinds=RENDER),
    "a pause right after its start forgotten": Options(kinds=INGEST, fates=("answer lost", "dies after")),
    "a stop by a name held to be on time": Options(kinds=RENDER),
    "an update without a number held to be on time": Options(kinds=INGEST),
    "a switch that is seen set taken for recorded": Options(kinds=LIVE, fates=("late",)),
    "a task in doubt twice asked after by its TaskId": Options(kinds=PULL, fates=("late", "doubled late")),
}
"""Where a mutant shows only in few runs, what it is looked for in."""


BEGIN = {
    "the first byte of a request noted too late": 600,
    "an unanswered start is forgotten": 440,
    "what an unanswered update may have set is forgotten": 870,
    "a task in doubt twice asked after by its TaskId": 1600,
}
"""Where the tests begin to look for a mutant that no earlier seed caught when it was last told."""


RARE: dict[int, tuple[Options, Mutant]] = {
    2068224: (Options(), changed(EarlierStarts, otherwise=nothing_otherwise)),
    5018398: (Options(), changed(waiting, _unchangeable=every_update_sets_it)),
    5023096: (Options(), changed(waiting, _unchangeable=every_update_sets_it)),
    2003022: (Options(), changed(observer, possible_subject=asked_by_task_id)),
    9004102: (Options(kinds=PULL), changed(unanswered, _as_found=as_it_was_to_be)),
}
"""Seeds that have found a bug which few others find, the bug, and what it is found in."""


def caught_by(
    mutant: Mutant, seeds: int = SEEDS, options: Options | None = None, first: int = 1
) -> Caught | None:
    """The first seed that fails of a mutant; each run begins with what was applied without it."""
    with prepared():
        for seed in range(first, first + seeds):
            # Without outages, which these bugs need none of: so the seeds that catch them stay the same.
            scenario = Scenario(seed, replace(options or FORMER, outages=False), Figures())
            with mutant():
                found = scenario.run()
            if found:
                return Caught(seed, tuple(sorted({one.sort for one in found})))
    return None


def main() -> int:
    missed = 0
    for name, mutant in MUTANTS.items():
        caught = caught_by(mutant, options=FOCUS.get(name))
        missed += caught is None
        how = "NOT CAUGHT" if caught is None else f"seed {caught.seed}: {', '.join(caught.sorts)}"
        print(f"{name:55} {how}", flush=True)
    print(f"{len(MUTANTS) - missed} of {len(MUTANTS)} caught")
    sound = caught_by(nullcontext, 500)
    print(f"without a bug: {sound or 'nothing'}")
    return 0 if not missed and sound is None else 1


if __name__ == "__main__":
    sys.exit(main())
