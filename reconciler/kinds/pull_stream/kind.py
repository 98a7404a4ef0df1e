"""A pull task of Live: it pulls a stream, files or a picture, and pushes that on.

See reference fields, "CreateLivePullStreamTask"; semantics §15. A second start ends nothing of the first, so
a lost one is found again by an ID of ours. The task ends by itself at its EndTime, which is put off.
"""

from collections.abc import Mapping
from typing import Any

from reconciler.calls import Call
from reconciler.claims import Claim, ClaimKind
from reconciler.kinds.api import Spec
from reconciler.kinds.base import Fault, Scope, Subject
from reconciler.kinds.converting.reading import Reading
from reconciler.kinds.essence import Essential
from reconciler.kinds.expirations import Expiration, moment_of
from reconciler.kinds.feeds import feeds_of
from reconciler.kinds.fields import seconds
from reconciler.kinds.live import ACTIVE, live_claim, state_question
from reconciler.kinds.marks import read_recorded
from reconciler.kinds.placing import region_faults
from reconciler.kinds.pull_stream.actions import DELETE, DESCRIBE, MODIFY, START
from reconciler.kinds.pull_stream.convert import DECLINED, read_pull, title
from reconciler.kinds.pull_stream.essence import essentials, target_words
from reconciler.kinds.pull_stream.observed import seen, told_spec
from reconciler.kinds.pull_stream.questions import question_about, recognising
from reconciler.kinds.pull_stream.requests import END, changed, end_of, start_request, status_of
from reconciler.kinds.pull_stream.rules import LONGEST, site_faults, spec_faults
from reconciler.kinds.pull_stream.spec import PullStreamSpec
from reconciler.kinds.questions import Key, Question
from reconciler.kinds.sites import Site
from reconciler.model import Address, Observation, Path, Source, Standing, Status
from reconciler.moments import rfc3339, unix_seconds
from reconciler.state.model import Entry

NO_TASK = "0"
HOUR = 3600


class PullStreamKind:
    """A pull: starts, is updated, paused and renewed in place, stops, and tells what it is made of."""

    name = "PullStream"
    version = 1
    spec = PullStreamSpec
    actions = (START, MODIFY, DELETE, DESCRIBE)
    starters = (START,)
    declined = DECLINED
    authoritative = False
    pause_ends = "the task ends at its endTime all the same, which is not put off while it is paused"

    def references(self, spec: PullStreamSpec) -> tuple[tuple[Path, Address], ...]:
        """Nothing."""
        return ()

    def faults(self, spec: PullStreamSpec) -> list[Fault]:
        """The rules of the spec alone."""
        return spec_faults(spec)

    def resolve(self, spec: PullStreamSpec, scope: Scope) -> tuple[PullStreamSpec, list[Fault]]:
        """The spec with its region filled in."""
        region = spec.region or scope.settings.region
        faults = [*region_faults(spec.region, scope.settings, self.actions)]
        resolved = spec.model_copy(update={"region": region})
        return resolved, [*faults, *site_faults(resolved, scope.settings.site)]

    def converts(self, action: str, request: Mapping[str, Any]) -> bool:
        """A start."""
        return action == START.name

    def title(self, request: Mapping[str, Any]) -> str:
        """The stream's name."""
        return title(request)

    def from_request(self, action: str, request: Mapping[str, Any], reading: Reading) -> dict[str, Any]:
        """The spec that a request becomes."""
        return read_pull(request, reading)

    def wanted(self, spec: PullStreamSpec) -> Status:
        """Running, paused or stopped."""
        return Status(spec.state)

    def occupies(self, spec: PullStreamSpec) -> frozenset[Claim]:
        """The address that it pushes to, and an ID that the manifest gives it."""
        claims = set() if spec.publish is None else {spec.publish.claim()}
        if isinstance(spec.to_url, str):
            claims.add(Claim(ClaimKind.PUSH, spec.to_url))
        if spec.specify_task_id is not None:
            claims.add(Claim(ClaimKind.SESSION, f"pull task {spec.specify_task_id}"))
        return frozenset(claims)

    def needs(self, spec: PullStreamSpec) -> frozenset[Claim]:
        """The live stream that it makes, to be allowed."""
        target = spec.publish.live_target() if spec.publish is not None else None
        return frozenset() if target is None else frozenset({live_claim(target)})

    def opens(self, spec: PullStreamSpec) -> frozenset[Claim]:
        """The live stream that it makes, for mixes of it."""
        return frozenset() if spec.publish is None else feeds_of([spec.publish.live_target()])

    def essence(self, spec: PullStreamSpec) -> tuple[Essential, ...]:
        """Its target and sources, how it plays them, and until when it is billed."""
        return tuple(essentials(spec))

    def destinations(self, spec: PullStreamSpec) -> tuple[str, ...]:
        """The address that it pushes to."""
        return (target_words(spec),)

    def identity(self, spec: PullStreamSpec) -> Claim | None:
        """None: the API lets two tasks push to one address (semantics §15)."""
        return None

    def start(self, subject: Subject) -> Call:
        """CreateLivePullStreamTask."""
        return Call(START, subject.spec.region or "", start_request(subject))

    def update(self, subject: Subject) -> Call | None:
        """ModifyLivePullStreamTask with what differs; None if nothing does."""
        said = changed(subject)
        if any((base.state == "paused") is not (subject.spec.state == "paused") for base in subject.bases):
            said["Status"] = status_of(subject.spec)
        return self._modify(subject, said) if said else None

    def renew(self, subject: Subject) -> Call:
        """ModifyLivePullStreamTask with a later EndTime, which disturbs nothing, and what differs."""
        return self._modify(subject, {**changed(subject), "EndTime": end_of(subject.spec)})

    def pause(self, subject: Subject) -> Call:
        """ModifyLivePullStreamTask that pauses, and changes what differs by the way."""
        return self._modify(subject, {**changed(subject), "Status": status_of(subject.spec)})

    def resume(self, subject: Subject) -> Call:
        """ModifyLivePullStreamTask that enables the task again, and changes what differs by the way."""
        return self._modify(subject, {**changed(subject), "Status": status_of(subject.spec)})

    def stop(self, subject: Subject) -> tuple[Call, ...]:
        """DeleteLivePullStreamTask, in the region that the task was started in."""
        return (Call(DELETE, subject.spec.region or "", self._about(subject)),)

    def _modify(self, subject: Subject, said: Mapping[str, Any]) -> Call:
        """StartTime is never said, as it can be moved only while it has not come (semantics §15)."""
        return Call(MODIFY, subject.spec.region or "", {**self._about(subject), **said})

    def _about(self, subject: Subject) -> dict[str, Any]:
        return {"TaskId": subject.task_id, "Operator": subject.spec.operator}

    def expirations(self, entry: Entry) -> tuple[Expiration, ...]:
        """The end of the task."""
        ends = _ends_at(entry)
        if ends is None or entry.task_id is None:
            return ()
        declared = read_recorded(self.spec, entry.spec).end_time is not None
        note = "the task ends then, as its manifest says" if declared else "an apply before that puts it off"
        over = "" if declared else "the task has ended: an apply starts it again"
        return (Expiration("endTime", ends, note, 24 * HOUR, over),)

    def renew_at(self, entry: Entry) -> float | None:
        """Half way to the end of a running task that declares none."""
        spec, ends = read_recorded(self.spec, entry.spec), _ends_at(entry)
        if ends is None or spec.end_time is not None or entry.status is not Status.RUNNING:
            return None
        return ends - seconds(spec.ends_after) / 2

    def lapsed(self, spec: PullStreamSpec, now: float) -> str | None:
        """A task whose declared end has passed is over, as was wanted."""
        if spec.end_time is None or unix_seconds(spec.end_time) > now:
            return None
        return (
            f"its endTime ({spec.end_time}) has passed, so nothing is started; set a later one, or remove it"
        )

    def too_far(self, spec: PullStreamSpec, now: float) -> str | None:
        """A task lasts less than 30 days from its StartTime (fields, "CreateLivePullStreamTask")."""
        longest = LONGEST[Site.MAINLAND]
        if spec.end_time is None or spec.start_time is not None:
            return None
        if not 0 < now <= unix_seconds(spec.end_time) - longest:
            return None
        latest = rfc3339(now + longest - 1)
        return f"spec.endTime is {spec.end_time}, 30 days ahead or more: use {latest} or earlier"

    def question(self, call: Call) -> Call:
        """DescribeLivePullStreamTasks of a task that is none: the list is empty."""
        return Call(DESCRIBE, call.region, {"TaskId": NO_TASK})

    def sought(self, subject: Subject) -> Question | None:
        """DescribeLivePullStreamTasks."""
        return question_about(subject, known_by_id=subject.settings.site is not Site.INTERNATIONAL)

    def recognised_by(self, subject: Subject) -> tuple[Question, ...]:
        """DescribeLivePullStreamTasks, for a mark of ours in its comment, or for where it pushes to."""
        return recognising(subject)

    def found(self, subject: Subject, answer: Any, at: float) -> Observation:
        """How the task stands."""
        return seen(answer, at, declared=subject.spec.end_time is not None)

    def as_told(self, spec: PullStreamSpec, answer: Any) -> Spec:
        """The spec as the task is."""
        return told_spec(spec, answer)

    def questions(self, spec: PullStreamSpec) -> tuple[Question, ...]:
        """How the live stream stands that it feeds."""
        target = spec.publish.live_target() if spec.publish is not None else None
        return () if target is None else (state_question(target),)

    def interpret(
        self, spec: PullStreamSpec, answers: Mapping[Key, str], recorded: Status, at: float
    ) -> Observation | None:
        """Silent while it is to push and nothing arrives: the source is gone, or the push is refused."""
        known = [answers[one.key] for one in self.questions(spec) if one.key in answers]
        if not known:
            return None
        evidence = f"the stream that it feeds is {known[0]}"
        down = Standing.SILENT if recorded is Status.RUNNING else None
        seen = Standing.RUNNING if known[0] == ACTIVE else down
        return Observation(None, evidence, at, seen, Source.LIVE)


def _ends_at(entry: Entry) -> float | None:
    """The end that the manifest declares, or that was sent last."""
    return moment_of(read_recorded(PullStreamSpec, entry.spec).end_time or entry.made.get(END))


KIND = PullStreamKind()
