"""Cases -> changes: each is decided, told in fields and reasons, laid out in steps, and collected."""

from dataclasses import dataclass, field, replace

from reconciler.claims import NOTHING
from reconciler.errors import ReconcilerError
from reconciler.kinds.records import Recorded
from reconciler.model import Address, Impact, Status, Verb
from reconciler.plan.model import Change, PlannedField, Selection
from reconciler.planning.cases import Case
from reconciler.planning.decisions import cell_of, decide
from reconciler.planning.essence import whole_of
from reconciler.planning.impact import impact_of
from reconciler.planning.noted import noted_of
from reconciler.planning.notes import Notes
from reconciler.planning.ordering import Moves, moves_of
from reconciler.planning.reasons import reason_of
from reconciler.planning.resigning import check_resign, signing_fields, signing_of
from reconciler.planning.settled import Settled
from reconciler.planning.settling import settled
from reconciler.planning.sharing import Sharing
from reconciler.planning.steps import StepBuilder, uses_text
from reconciler.planning.switch_steps import SwitchSteps
from reconciler.planning.task_steps import TaskSteps
from reconciler.planning.timing import occasion_of
from reconciler.planning.waiting import waiting_words, waits


@dataclass(slots=True)
class Draft:
    """A plan in the making; `after` has what each change of what runs by its name leaves recorded.

    Of nothing else is that asked later, and the validated specs of thousands would be kept with it.
    `settled` is what has come to no change and would not, if it were planned again.
    """

    changes: list[Change] = field(default_factory=list)
    after: dict[Address, Recorded] = field(default_factory=dict)
    moves: dict[Address, Moves] = field(default_factory=dict)
    unchanged: int = 0
    considered: set[Address] = field(default_factory=set)
    left_out: int = 0
    left_out_changes: int = 0
    notes: Notes = field(default_factory=Notes)
    settled: dict[Address, Settled] = field(default_factory=dict)
    sharing: Sharing = field(default_factory=Sharing)

    def consider(self, case: Case) -> None:
        """Plans what the plan is about."""
        self.considered.add(case.address)
        unchanged = self.unchanged
        warned, dated = len(self.notes.warnings), len(self.notes.expiries)
        plan_case(case, self)
        found = settled(case) if self.unchanged > unchanged else None
        if found is not None:
            told, ends = tuple(self.notes.warnings[warned:]), tuple(self.notes.expiries[dated:])
            self.settled[case.address] = replace(found, warnings=told, expiries=ends)

    def repeat(self, address: Address, known: Settled) -> None:
        """Counts what is known to be unchanged, and tells again what is told of it."""
        self.unchanged += 1
        self.notes.repeat(known)
        self.settled[address] = known

    def leave_out_unchanged(self) -> None:
        """Counts what is settled, and what the plan is not about."""
        self.left_out += 1

    def leave_out(self, case: Case) -> None:
        """Counts what the plan is not about, and whether a plan of everything would change it.

        What cannot be planned counts as such: a plan of something else must not fail for it, as it may be
        the way out.
        """
        alone = Draft()
        try:
            plan_case(case, alone)
            changes = bool(alone.changes)
        except ReconcilerError:
            changes = True
        self.left_out += 1
        self.left_out_changes += changes

    def counted(self, selection: Selection | None) -> Selection | None:
        """How resources were chosen, with what that leaves out."""
        if selection is None:
            return None
        return replace(selection, left_out=self.left_out, left_out_changes=self.left_out_changes)


def plan_case(case: Case, draft: Draft) -> None:
    """Adds the change that a case needs, or counts it as unchanged."""
    check_resign(case)
    draft.notes.add_probation(case)
    if case.lapsed is not None:
        draft.notes.warnings.append(f"{case.address}: {case.lapsed}")
        draft.notes.add_expiries(case, lapsed=True)
        _note_case(case, draft)
        return
    verb = decide(case)
    fields = (*case.fields, *signing_fields(case), *case.noted_fields) if cell_of(case).compares else ()
    if case.kind.is_switch and any(planned.impact is Impact.RESTART for planned in fields):
        draft.notes.add_leftovers(case)
    if verb in (None, Verb.UNCHANGED):
        draft.notes.add_wait(case)
        draft.notes.add_expiries(case)
        _note_case(case, draft)
        return
    if case.too_far is not None:
        draft.notes.warnings.append(f"{case.address}: {case.too_far}")
    change, after = _change(case, verb, fields, draft.sharing)
    if verb is Verb.UPDATE and not change.renewal:
        draft.notes.add_expiries(case)
    if verb is Verb.RESUME and not case.kind.is_switch:
        draft.notes.add_expiries(case, only_over=True)
    if verb is Verb.UPDATE and not change.steps and change.entry is None:
        _note_case(case, draft)
        return
    _add(case, change, after, draft)


def _note_case(case: Case, draft: Draft) -> None:
    """Adds a change of what is only recorded, such as the name; counts what has none as unchanged."""
    resource, recorded = case.resource, case.recorded
    if waits(case):
        draft.notes.warnings.append(waiting_words(case))
    if resource is None or recorded is None or not (case.former or case.noted_fields or case.learned):
        draft.unchanged += resource is not None
        return
    entry = replace(recorded.entry, **noted_of(resource))
    if case.learned and not case.fields:
        uses = uses_text(resource)
        entry = replace(entry, spec=resource.spec, digest=resource.digest, uses=uses)
    change = Change(
        address=case.address,
        verb=Verb.UPDATE,
        impact=Impact.NONE,
        visible=False,
        reason=reason_of(case, Verb.UPDATE, case.noted_fields),
        fields=case.noted_fields,
        entry=entry,
        before=case.entry,
        renamed_from=case.former,
    )
    _add(case, change, recorded.with_entry(entry), draft)


def _add(case: Case, change: Change, after: Recorded | None, draft: Draft) -> None:
    draft.changes.append(change)
    if after is not None and case.kind.runs_by_name is not None:
        draft.after[change.address] = after
    before = case.recorded.claims if case.recorded else NOTHING
    claims = after.claims if after else NOTHING
    ends, is_switch = case.ended_late, case.kind.is_switch
    draft.moves[change.address] = moves_of(change, before, claims, is_switch=is_switch, ends=ends)
    if change.verb is Verb.FORGET:
        draft.notes.add_leftovers(case)


def _change(
    case: Case, verb: Verb, fields: tuple[PlannedField, ...], sharing: Sharing
) -> tuple[Change, Recorded | None]:
    """(the change, what it leaves recorded)."""
    builder = _builder(case, sharing)
    steps = builder.build(verb)
    only_noted = verb is Verb.UPDATE and not steps and (fields or case.moved or case.ended or case.found)
    entry = steps[-1].entry if steps else builder.noted() if only_noted else None
    told = tuple(replace(one, impact=Impact.NONE) for one in fields) if case.kind.is_switch else fields
    whole = whole_of(case, verb, sharing)
    change = Change(
        address=case.address,
        verb=verb,
        impact=impact_of(case, verb, told),
        visible=verb is Verb.PAUSE or any(planned.visible for planned in told),
        reason=reason_of(case, verb, told),
        fields=told or whole.fields,
        steps=steps,
        entry=entry,
        before=case.entry,
        because=case.causes if told else (),
        renewal=case.is_renewal(verb),
        renamed_from=case.former,
        alike=whole.alike,
        forgets=_forgotten_by(case, verb),
        scheduled=verb is Verb.STOP and case.is_off_schedule,
    )
    if entry is None:
        return change, None
    if case.desired is not None and entry.spec is case.desired.resource.spec:
        return change, case.desired.as_recorded(entry)
    return change, case.recorded.with_entry(entry) if case.recorded else None


def _forgotten_by(case: Case, verb: Verb) -> str:
    """The digest of what is declared and not started again, where a change forgets an end of it."""
    resource = case.resource
    forgets = verb is Verb.FORGET and case.ended is not None
    if not forgets or resource is None or resource.wanted.is_over:
        return ""
    return occasion_of(resource, case.now)


def _builder(case: Case, sharing: Sharing) -> StepBuilder:
    builder = SwitchSteps if case.kind.is_switch else TaskSteps
    return builder(
        case.kind,
        case.address,
        case.settings,
        desired=case.desired,
        recorded=_as_it_can_be_ended(case),
        probation=case.probation,
        now=case.now,
        renewing=case.ends_soon,
        signing=signing_of(case),
        restarting=case.must_restart,
        end=None if case.is_tried_anew else case.ended,
        found=case.found if case.actual is Status.UNCERTAIN else None,
        share=sharing.of,
    )


def _as_it_can_be_ended(case: Case) -> Recorded | None:
    """What is recorded, as far as calls can still be about it."""
    recorded = case.recorded
    if recorded is None:
        return None
    entry = recorded.entry
    if case.handle_expired:
        # A stop by such a TaskId is answered as if the task had ended; its robot still ends it.
        return recorded.with_entry(replace(entry, status=Status.UNCERTAIN, task_id=None))
    if case.found is not None and entry.pending is not None:
        return recorded.with_entry(replace(entry, pending=replace(entry.pending, task_id=case.found.task_id)))
    if entry.late_calls and case.actual is Status.ENDED:
        return recorded.with_entry(replace(entry, status=Status.ENDED, task_id=None))
    return recorded
