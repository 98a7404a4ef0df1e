"""Pushed live streams mixed into one by Live itself, by their names alone.

CreateCommonMixStream starts a mix and changes it, as a whole; CancelCommonMixStream ends it by its session
(reference fields, "CreateCommonMixStream"; mixes §1 to §5). Nothing lists or describes a mix: one that
makes a stream of its own is seen by that, any other not at all.
"""

from collections.abc import Mapping
from typing import Any

from reconciler.calls import Action, Call
from reconciler.claims import Claim, ClaimKind
from reconciler.kinds.base import Fault, Scope, Subject
from reconciler.kinds.converting.reading import Reading
from reconciler.kinds.essence import Essential
from reconciler.kinds.feeds import feed_claim
from reconciler.kinds.live import ACTIVE, PushTarget, state_question
from reconciler.kinds.live_mix.convert import DECLINED, read_live_mix, title
from reconciler.kinds.live_mix.errors import CANCEL_ERRORS, CREATE_ERRORS
from reconciler.kinds.live_mix.essence import mix_essentials, output_words
from reconciler.kinds.live_mix.picture import mix_scene
from reconciler.kinds.live_mix.resolving import resolved
from reconciler.kinds.live_mix.rules import spec_faults
from reconciler.kinds.live_mix.sessions import NamesSessions
from reconciler.kinds.live_mix.sources import source_references
from reconciler.kinds.live_mix.spec import LiveMixSpec
from reconciler.kinds.questions import Key, Question
from reconciler.layout.scene import USUAL_INPUTS, Scene
from reconciler.model import Address, Effect, Observation, Path, Source, Standing, Status

VERSION = "2018-08-01"
SESSION = "MixStreamSessionId"
CREATE = Action(
    "live",
    VERSION,
    "CreateCommonMixStream",
    per_second=200,
    regional=False,
    effect=Effect.START,
    by_name=True,
    token=SESSION,
    errors=CREATE_ERRORS,
)
CANCEL = Action(
    "live",
    VERSION,
    "CancelCommonMixStream",
    per_second=100,
    regional=False,
    effect=Effect.STOP,
    once=True,
    errors=CANCEL_ERRORS,
)


class LiveMixKind(NamesSessions):
    """A mix of live streams: starts, changes as a whole, stops; seen by the stream that it makes."""

    name = "LiveMix"
    version = 1
    spec = LiveMixSpec
    actions = (CREATE, CANCEL)
    starters = (CREATE,)
    declined = DECLINED
    authoritative = True
    refers_to_planned = True
    seconds_until_again = 30
    seconds_until_end = 5

    def references(self, spec: LiveMixSpec) -> tuple[tuple[Path, Address], ...]:
        """The layout, and the resources that inputs come from."""
        layout = () if spec.layout is None else spec.layout.references()
        return (*layout, *source_references(spec))

    def faults(self, spec: LiveMixSpec) -> list[Fault]:
        """The rules of the spec alone."""
        return list(spec_faults(spec))

    def resolve(self, spec: LiveMixSpec, scope: Scope) -> tuple[LiveMixSpec, list[Fault]]:
        """The spec with its session and inputs named, and with the layout spent on their places."""
        return resolved(spec, scope)

    def converts(self, action: str, request: Mapping[str, Any]) -> bool:
        """A start or change."""
        return action == CREATE.name

    def title(self, request: Mapping[str, Any]) -> str:
        """The session's ID."""
        return title(request)

    def from_request(self, action: str, request: Mapping[str, Any], reading: Reading) -> dict[str, Any]:
        """The spec that a request becomes."""
        return read_live_mix(request, reading)

    def wanted(self, spec: LiveMixSpec) -> Status:
        """Running or stopped."""
        return Status(spec.state)

    def occupies(self, spec: LiveMixSpec) -> frozenset[Claim]:
        """Its session, and its output, which no other mix can have."""
        return frozenset({self.identity(spec), Claim(ClaimKind.OUTPUT, spec.output.stream)})

    def needs(self, spec: LiveMixSpec) -> frozenset[Claim]:
        """The live streams that it mixes."""
        return frozenset(map(feed_claim, spec.streams()))

    def opens(self, spec: LiveMixSpec) -> frozenset[Claim]:
        """The live stream that it makes, unless that is one of its inputs."""
        return frozenset({feed_claim(spec.output.stream)} if spec.output.is_new else ())

    def essence(self, spec: LiveMixSpec) -> tuple[Essential, ...]:
        """Its session, what it makes, and what is in it."""
        return tuple(mix_essentials(spec))

    def destinations(self, spec: LiveMixSpec) -> tuple[str, ...]:
        """The stream that it makes."""
        return (output_words(spec),)

    def identity(self, spec: LiveMixSpec) -> Claim:
        """The session."""
        return Claim(ClaimKind.MIX, spec.session_id or "")

    def task_name(self, spec: LiveMixSpec) -> str:
        """The session, which a cancel names."""
        return spec.session_id or ""

    def start(self, subject: Subject) -> Call:
        """CreateCommonMixStream."""
        return Call(CREATE, "", _request(subject.spec))

    def update(self, subject: Subject) -> Call | None:
        """CreateCommonMixStream with the whole request, if it differs."""
        new = _request(subject.spec.with_defaults())
        if all(_request(base.with_defaults()) == new for base in subject.bases):
            return None
        return self.start(subject)

    def verify(self, subject: Subject) -> Call:
        """CreateCommonMixStream once more: what runs is as it was, and what does not run is started."""
        return self.start(subject)

    def stop(self, subject: Subject) -> tuple[Call, ...]:
        """CancelCommonMixStream."""
        return (self.stop_by_name(subject),)

    def stop_by_name(self, subject: Subject) -> Call:
        """CancelCommonMixStream ends the session, whoever started it."""
        return Call(CANCEL, "", {SESSION: subject.spec.session_id})

    def questions(self, spec: LiveMixSpec) -> tuple[Question, ...]:
        """How its output stands, and the inputs that may be pushed beside it; nothing without a place."""
        output = _output(spec)
        return () if output is None else tuple(map(state_question, (output, *_inputs(spec, output))))

    def interpret(
        self, spec: LiveMixSpec, answers: Mapping[Key, str], recorded: Status, at: float
    ) -> Observation | None:
        """It has ended if it makes nothing of inputs that are pushed; without those nothing follows.

        A mix that all its inputs have left ends by itself after 15 minutes (mixes §1).
        """
        output = _output(spec)
        if output is None or answers.get(output) is None:
            return None
        words = f"its output {output.stream} is {'active' if answers[output] == ACTIVE else 'not active'}"
        if answers[output] == ACTIVE:
            return Observation(None, words, at, Standing.RUNNING, Source.LIVE)
        pushed = [one.stream for one in _inputs(spec, output) if answers.get(one) == ACTIVE]
        if not pushed:
            return Observation(None, words, at, Standing.SILENT, Source.LIVE)
        evidence = f"its input {pushed[0]} is active and its output {output.stream} is not"
        return Observation(Status.ENDED, evidence, at, source=Source.LIVE)

    def scene(self, spec: LiveMixSpec, inputs: int = USUAL_INPUTS) -> Scene | None:
        """What a resolved spec shows; None for sound only."""
        return mix_scene(spec)


def _request(spec: LiveMixSpec) -> dict[str, Any]:
    """The whole request."""
    template = {} if spec.template_id is None else {"MixStreamTemplateId": spec.template_id}
    controls = {} if spec.controls is None else {"ControlParams": spec.controls.to_request()}
    return {
        SESSION: spec.session_id,
        "InputStreamList": [one.to_request() for one in spec.inputs],
        "OutputParams": spec.output.to_request(),
        **template,
        **controls,
    }


def _output(spec: LiveMixSpec) -> PushTarget | None:
    """The stream that it makes, if it is asked after; None if it is one of its inputs."""
    output = spec.output
    if not output.is_new or output.domain_name is None or output.app_name is None:
        return None
    return PushTarget(output.domain_name.lower(), output.app_name, output.stream)


def _inputs(spec: LiveMixSpec, output: PushTarget) -> list[PushTarget]:
    """Where its inputs would be if they are pushed under the same domain and path."""
    names = dict.fromkeys(spec.streams())
    return [PushTarget(output.domain, output.app, name) for name in names]


KIND = LiveMixKind()
