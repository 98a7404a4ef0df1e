"""A stream name on a push domain that is allowed or forbidden to push; not a task.

ResumeLiveStream, ForbidLiveStream and DescribeLiveStreamState (reference fields, "Live";
semantics §14). A forbid runs out by itself; what it stands at can be read back.
"""

from collections.abc import Mapping
from typing import Any

from reconciler.calls import Action, Call
from reconciler.claims import Claim
from reconciler.kinds.base import Fault, Scope, Subject
from reconciler.kinds.converting.reading import Reading
from reconciler.kinds.essence import Essential, Role
from reconciler.kinds.expirations import Expiration, moment_of
from reconciler.kinds.live import (
    FEWEST,
    FORBID,
    ONLINE_LIST,
    STATE,
    VERSION,
    PushTarget,
    live_claim,
    state_call,
    state_question,
)
from reconciler.kinds.live_stream.convert import DECLINED, read_live, title
from reconciler.kinds.live_stream.spec import LiveStreamSpec
from reconciler.kinds.marks import read_recorded
from reconciler.kinds.questions import Key, Question
from reconciler.model import Address, Observation, Path, Source, Status
from reconciler.moments import rfc3339, unix_seconds
from reconciler.state.model import Entry

RESUME = Action("live", VERSION, "ResumeLiveStream", per_second=100, regional=False)
FORBID_STREAM = Action("live", VERSION, "ForbidLiveStream", per_second=200, regional=False)
DROP = Action("live", VERSION, "DropLiveStream", per_second=100, regional=False)

NOBODY = "none"
"""What stands for a name where there is none: a stream of it is inactive."""
DAY = 86400
DEFAULT_FORBID = 7 * DAY
"""How long a forbid lasts that is given no end (reference semantics §14)."""
LONGEST_FORBID = 90 * DAY
"""How far ahead the end of a forbid can be (reference semantics §14)."""
RENEW_BEFORE = 2 * DAY
"""How long before its end a forbid without a declared one is set again, so that a daily apply does it."""


class LiveStreamKind:
    """A live stream: resumed, forbidden, observed; leaves its last setting behind."""

    name = "LiveStream"
    version = 1
    spec = LiveStreamSpec
    actions = (RESUME, FORBID_STREAM, DROP)
    declined = DECLINED
    authoritative = True

    def references(self, spec: LiveStreamSpec) -> tuple[tuple[Path, Address], ...]:
        """Nothing."""
        return ()

    def faults(self, spec: LiveStreamSpec) -> list[Fault]:
        """What belongs to a forbid is not said of an allowed stream."""
        given = [("resumeTime", spec.resume_time), ("reason", spec.reason), ("drop", spec.drop or None)]
        return [
            Fault((name,), "only valid with state: forbidden")
            for name, value in given
            if value is not None and spec.state != "forbidden"
        ]

    def resolve(self, spec: LiveStreamSpec, scope: Scope) -> tuple[LiveStreamSpec, list[Fault]]:
        """The spec itself: it refers to nothing and takes nothing from the workspace."""
        return spec, []

    def converts(self, action: str, request: Mapping[str, Any]) -> bool:
        """What sets the switch."""
        return action in (FORBID_STREAM.name, RESUME.name)

    def title(self, request: Mapping[str, Any]) -> str:
        """The stream's name."""
        return title(request)

    def from_request(self, action: str, request: Mapping[str, Any], reading: Reading) -> dict[str, Any]:
        """The spec that a request becomes."""
        return read_live(self.spec, request, reading, forbidden=action == FORBID_STREAM.name)

    def wanted(self, spec: LiveStreamSpec) -> Status:
        """Allowed or forbidden."""
        return Status(spec.state)

    def occupies(self, spec: LiveStreamSpec) -> frozenset[Claim]:
        """Nothing: a switch can be set by many."""
        return frozenset()

    def needs(self, spec: LiveStreamSpec) -> frozenset[Claim]:
        """Nothing."""
        return frozenset()

    def opens(self, spec: LiveStreamSpec) -> frozenset[Claim]:
        """The push target of this name."""
        return frozenset({live_claim(_target(spec))})

    def essence(self, spec: LiveStreamSpec) -> tuple[Essential, ...]:
        """The push target of this name."""
        return (Essential(("streamName",), "push to", str(_target(spec)), spec.stream_name, Role.PLACE),)

    def destinations(self, spec: LiveStreamSpec) -> tuple[str, ...]:
        """The push target of this name."""
        return (str(_target(spec)),)

    def resume(self, subject: Subject) -> Call:
        """ResumeLiveStream."""
        return Call(RESUME, "", _identity(subject.spec))

    def stop(self, subject: Subject) -> tuple[Call, ...]:
        """ForbidLiveStream, which cuts a running push; and DropLiveStream where `drop` asks for it."""
        drop = (Call(DROP, "", _identity(subject.spec)),) if subject.spec.drop else ()
        return (_forbid(subject.spec), *drop)

    def update(self, subject: Subject) -> Call | None:
        """ForbidLiveStream once more: its end and reason are replaced (semantics §10)."""
        if all(_forbid(base) == _forbid(subject.spec) for base in subject.bases):
            return None
        return _forbid(subject.spec)

    def questions(self, spec: LiveStreamSpec) -> tuple[Question, ...]:
        """How the stream stands."""
        return (state_question(_target(spec)),)

    def question(self, call: Call) -> Call:
        """DescribeLiveStreamState of the stream that the call is about; a list, where it names no domain."""
        names = [call.request.get(name) for name in ("DomainName", "AppName", "StreamName")]
        if all(isinstance(name, str) and name for name in names):
            return state_call(PushTarget(*map(str, names)))
        return Call(ONLINE_LIST, "", {"PageNum": 1, "PageSize": FEWEST})

    def interpret(
        self, spec: LiveStreamSpec, answers: Mapping[Key, str], recorded: Status, at: float
    ) -> Observation | None:
        """Forbidden or not: active and inactive are both allowed."""
        state = answers.get(_target(spec))
        if state is None:
            return None
        status = Status.FORBIDDEN if state == FORBID else Status.ALLOWED
        return Observation(status, f"{STATE.name} reports {state}", at, source=Source.LIVE)

    def lapsed(self, spec: LiveStreamSpec, now: float) -> str | None:
        """A forbid whose declared end has passed is over, as was wanted; it cannot be set again."""
        if spec.resume_time is None or unix_seconds(spec.resume_time) > now:
            return None
        return (
            f"the stream was to be forbidden until {spec.resume_time}, which has passed; set state: "
            "allowed, or a later resumeTime"
        )

    def too_far(self, spec: LiveStreamSpec, now: float) -> str | None:
        """A forbid lasts at most 90 days (fields, "Live")."""
        if spec.resume_time is None or not 0 < now < unix_seconds(spec.resume_time) - LONGEST_FORBID:
            return None
        latest = rfc3339(now + LONGEST_FORBID)
        return (
            f"spec.resumeTime is {spec.resume_time}, more than 90 days ahead, which ForbidLiveStream "
            f"rejects: use {latest} or earlier, and extend it later"
        )

    def expirations(self, entry: Entry) -> tuple[Expiration, ...]:
        """The end of a forbid."""
        ends = _ends_at(entry)
        if ends is None:
            return ()
        declared = read_recorded(self.spec, entry.spec).resume_time is not None
        note = (
            "the stream can be pushed again" if declared else "an apply in the two days before that renews it"
        )
        todo = "set state: allowed, or a later resumeTime" if declared else "an apply sets it again"
        return (
            Expiration("the forbidden state", ends, note, DAY, f"the stream can be pushed again: {todo}"),
        )

    def renew_at(self, entry: Entry) -> float | None:
        """Two days before the end of a forbid that was given none."""
        ends = _ends_at(entry)
        if ends is None or read_recorded(self.spec, entry.spec).resume_time is not None:
            return None
        return ends - RENEW_BEFORE

    def renew(self, subject: Subject) -> Call:
        """ForbidLiveStream once more, which begins its seven days anew (semantics §10)."""
        return _forbid(subject.spec)

    def leftovers(self, spec: LiveStreamSpec, status: Status) -> str | None:
        """A standing forbid outlives its record."""
        unknown = status is Status.UNCERTAIN and spec.state == "forbidden"
        if status is not Status.FORBIDDEN and not unknown:
            return None
        until = spec.resume_time or "seven days after it was last forbidden"
        stays = "may stay forbidden" if unknown else "stays forbidden"
        return (
            f"{spec.stream_name} on {spec.domain_name} {stays} until {until}; to allow pushes again, set "
            "state: allowed and apply before you remove it"
        )


def _ends_at(entry: Entry) -> float | None:
    """When a recorded forbid ends; None of what is not one."""
    if entry.status is not Status.FORBIDDEN:
        return None
    declared = moment_of(read_recorded(LiveStreamSpec, entry.spec).resume_time)
    began = moment_of(entry.started_at)
    return declared if declared is not None or began is None else began + DEFAULT_FORBID


def _forbid(spec: LiveStreamSpec) -> Call:
    given = {"ResumeTime": spec.resume_time, "Reason": spec.reason}
    until = {name: value for name, value in given.items() if value is not None}
    return Call(FORBID_STREAM, "", {**_identity(spec), **until})


def _target(spec: LiveStreamSpec) -> PushTarget:
    return PushTarget(spec.domain_name.lower(), spec.app_name, spec.stream_name)


def _identity(spec: LiveStreamSpec) -> dict[str, Any]:
    return PushTarget(spec.domain_name, spec.app_name, spec.stream_name).to_request()


KIND = LiveStreamKind()
