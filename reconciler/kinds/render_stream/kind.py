"""A cloud-rendering (CAR) session's video pushed to a CDN; identified by its user instead of a TaskId.

StartPublishStream, StartPublishStreamWithURL, StopPublishStream (reference fields, "CAR";
semantics §13). Nothing tells whether such a push runs, so nothing is concluded about it.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from reconciler.calls import Action, Call
from reconciler.claims import Claim, ClaimKind
from reconciler.kinds.base import Fault, Scope, Subject
from reconciler.kinds.converting.reading import Reading
from reconciler.kinds.essence import Essential, Role, text_words
from reconciler.kinds.feeds import feed_claim, feeds_of
from reconciler.kinds.fields import text_or_ref
from reconciler.kinds.live import live_claim
from reconciler.kinds.push import held_push_fault
from reconciler.kinds.render_stream.convert import DECLINED, read_render, title
from reconciler.kinds.render_stream.spec import RenderStreamSpec
from reconciler.meanings import ErrorMeaning
from reconciler.model import Address, Effect, Path, Status

VERSION = "2022-01-10"
PUSHES_ALREADY = {"OperationDenied": ErrorMeaning.EXISTS}
"""What is said to the start of a session that pushes (semantics §10, §13, unconfirmed)."""
PUSHES_NOT = {"OperationDenied": ErrorMeaning.ENDED}
"""What is said to the stop of a session that does not push (semantics §10, §13, unconfirmed)."""

START = Action(
    "car",
    VERSION,
    "StartPublishStream",
    per_second=20,
    regional=False,
    effect=Effect.START,
    once=True,
    by_name=True,
    errors=PUSHES_ALREADY,
)
START_WITH_URL = replace(
    START, name="StartPublishStreamWithURL", addresses={"PublishStreamURL": held_push_fault}
)
STOP = Action(
    "car",
    VERSION,
    "StopPublishStream",
    per_second=20,
    regional=False,
    effect=Effect.STOP,
    once=True,
    errors=PUSHES_NOT,
)
COUNT = Action("car", VERSION, "DescribeConcurrentCount", per_second=20, regional=False)


class RenderStreamKind:
    """A render push: starts and stops; any change replaces it; cannot be asked after."""

    name = "RenderStream"
    version = 1
    spec = RenderStreamSpec
    actions = (START, START_WITH_URL, STOP)
    starters = (START, START_WITH_URL)
    declined = DECLINED

    def references(self, spec: RenderStreamSpec) -> tuple[tuple[Path, Address], ...]:
        """Nothing."""
        return ()

    def faults(self, spec: RenderStreamSpec) -> list[Fault]:
        """The rules of the spec alone."""
        if spec.publish is None:
            return []
        found = [
            Fault(("publish", *fault.path), fault.message, fault.warns) for fault in spec.publish.faults()
        ]
        if spec.publish_stream_args is not None:
            found.append(Fault(("publishStreamArgs",), "only valid without publish: remove one of the two"))
        return found

    def resolve(self, spec: RenderStreamSpec, scope: Scope) -> tuple[RenderStreamSpec, list[Fault]]:
        """The spec itself: it takes nothing from the workspace."""
        return spec, []

    def converts(self, action: str, request: Mapping[str, Any]) -> bool:
        """A start, with an address or without."""
        return action in (START.name, START_WITH_URL.name)

    def title(self, request: Mapping[str, Any]) -> str:
        """The session's user ID."""
        return title(request)

    def from_request(self, action: str, request: Mapping[str, Any], reading: Reading) -> dict[str, Any]:
        """The spec that a request becomes."""
        return read_render(self.spec, request, reading, to_url=action == START_WITH_URL.name)

    def wanted(self, spec: RenderStreamSpec) -> Status:
        """Running or stopped."""
        return Status(spec.state)

    def occupies(self, spec: RenderStreamSpec) -> frozenset[Claim]:
        """Its session, which can push once, and its address."""
        pushes = {spec.publish.claim()} if spec.publish else set()
        return frozenset({self.identity(spec), *pushes})

    def needs(self, spec: RenderStreamSpec) -> frozenset[Claim]:
        """The live stream that its address is."""
        target = spec.publish.live_target() if spec.publish else None
        return frozenset({live_claim(target)} if target else ())

    def opens(self, spec: RenderStreamSpec) -> frozenset[Claim]:
        """The live stream that it makes: without an address it is called as the user."""
        return (
            feeds_of([spec.publish.live_target()]) if spec.publish else frozenset({feed_claim(spec.user_id)})
        )

    def essence(self, spec: RenderStreamSpec) -> tuple[Essential, ...]:
        """Its session, and where its picture goes."""
        bound = "" if spec.publish else ", pushed to the domain bound in the console"
        session = Essential(("userId",), "session", f"{spec.user_id}{bound}", spec.user_id, Role.PLACE)
        if spec.publish is None:
            return (session,)
        words, value = text_words(spec.publish.url), spec.publish
        return (session, Essential(("publish",), "to", words, value, Role.PLACE))

    def destinations(self, spec: RenderStreamSpec) -> tuple[str, ...]:
        """Its address, or that only the console knows it."""
        return (text_words(spec.publish.url) if spec.publish else "the domain that the console has bound",)

    def identity(self, spec: RenderStreamSpec) -> Claim:
        """The session's user."""
        return Claim(ClaimKind.SESSION, spec.user_id)

    def task_name(self, spec: RenderStreamSpec) -> str:
        """The session's user, whom a stop names."""
        return spec.user_id

    def start(self, subject: Subject) -> Call:
        """StartPublishStreamWithURL where an address is given, else StartPublishStream."""
        spec: RenderStreamSpec = subject.spec
        request: dict[str, Any] = {"UserId": spec.user_id}
        if spec.publish is not None:
            return Call(
                START_WITH_URL, "", {**request, "PublishStreamURL": spec.publish.address(subject.signed)}
            )
        if spec.publish_stream_args is not None:
            request["PublishStreamArgs"] = text_or_ref(spec.publish_stream_args)
        return Call(START, "", request)

    def verify(self, subject: Subject) -> Call:
        """The start once more: refused if the session pushes (semantics §10 and §13, unconfirmed)."""
        return self.start(replace(subject, signed={}))

    def stop(self, subject: Subject) -> tuple[Call, ...]:
        """StopPublishStream."""
        return (self.stop_by_name(subject),)

    def stop_by_name(self, subject: Subject) -> Call:
        """StopPublishStream ends the session's push, whoever started it."""
        return Call(STOP, "", {"UserId": subject.spec.user_id})

    def question(self, call: Call) -> Call:
        """DescribeConcurrentCount: a push itself cannot be asked after."""
        return Call(COUNT, "", {})


KIND = RenderStreamKind()
