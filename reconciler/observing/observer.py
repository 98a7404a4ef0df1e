"""Asks the cloud how recorded resources stand, read-only, as many at a time as the pace allows.

Some kinds are asked after one by one. Others are told about by live streams: those are asked
for by name where they are few, and a domain at a time where they are many.
"""

from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import Executor
from dataclasses import dataclass, field
from typing import Any

from reconciler.errors import CloudError, CredentialsRefused, NotSent
from reconciler.kinds.base import Settings, Subject
from reconciler.kinds.live import (
    ACTIVE,
    INACTIVE,
    PushTarget,
    online_call,
    online_in,
    state_call,
    state_in,
)
from reconciler.kinds.records import Recorded
from reconciler.model import Address, Call, Observation, Send, TaskIdOf

_NO_CLOUD = ("unreachable", "no-answer")
_OFFLINE = "check the network and the endpoint; --no-refresh plans without asking the cloud"

MANY = 20
"""More live streams of one domain than this are looked up in its list of active ones."""


@dataclass(frozen=True, slots=True)
class Findings:
    """What was seen, and in words what could not be."""

    observed: Mapping[Address, Observation] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Eyes:
    """What observing needs of the world: `clock` gives unix seconds."""

    send: Send
    executor: Executor
    clock: Callable[[], float]


def observe(
    records: Iterable[Recorded], settings: Settings, eyes: Eyes, *, only_exact: bool = False
) -> Findings:
    """Observes every record that anything can be told of; with `only_exact`, what can change a plan.

    A call that fails makes a warning and leaves unobserved what it was about, as nothing may be
    concluded from it; refused credentials are raised, as every other call would fail too.
    """
    look = _Look(settings, eyes)
    listed = sorted(records, key=lambda one: one.address)
    observed = look.ask([one for one in listed if one.kind.observes])
    observed.update(look.watch([one for one in listed if _is_watched(one, only_exact=only_exact)]))
    return Findings(observed, tuple(look.warnings))


def observable(recorded: Recorded, *, only_exact: bool = False) -> bool:
    """Whether anything at all can be told of a record."""
    return recorded.kind.observes is not None or _is_watched(recorded, only_exact=only_exact)


def _is_watched(recorded: Recorded, *, only_exact: bool) -> bool:
    """Whether live streams tell something of it, as its kind cannot be asked itself."""
    streams = recorded.kind.observed_by_streams
    return recorded.kind.observes is None and streams is not None and (streams.exact or not only_exact)


class _Look:
    """One round of looking: collects warnings on the way."""

    def __init__(self, settings: Settings, eyes: Eyes) -> None:
        self.warnings: list[str] = []
        self._settings = settings
        self._eyes = eyes

    def ask(self, records: Iterable[Recorded]) -> dict[Address, Observation]:
        """One call each."""
        asked = {one.address: (one, one.kind.observes) for one in records if one.kind.observes}
        calls = {address: kind.observe(self._subject(one)) for address, (one, kind) in asked.items()}
        answers = self._answers({address: call for address, call in calls.items() if call is not None})
        at = self._eyes.clock()
        return {
            address: kind.read(answers[address], one.entry.status, at)
            for address, (one, kind) in asked.items()
            if address in answers
        }

    def _subject(self, recorded: Recorded) -> Subject:
        task_id = recorded.entry.task_id
        known = None if isinstance(task_id, TaskIdOf) else task_id
        return Subject(recorded.address, recorded.spec, self._settings, task_id=known)

    def watch(self, records: Iterable[Recorded]) -> dict[Address, Observation]:
        """What live streams tell, each of them asked for once."""
        watching = [(one, kind) for one in records if (kind := one.kind.observed_by_streams)]
        targets = {one.address: kind.watched(one.spec) for one, kind in watching}
        every = {target for listed in targets.values() for target in listed}
        exact = {target for one, kind in watching if kind.exact for target in targets[one.address]}
        states = self._states(every, exact)
        at = self._eyes.clock()
        judged = {one.address: kind.judge(one.spec, states, one.entry.status, at) for one, kind in watching}
        return {address: observation for address, observation in judged.items() if observation}

    def _states(self, every: set[PushTarget], exact: set[PushTarget]) -> dict[PushTarget, str]:
        states: dict[PushTarget, str] = {}
        for domain in sorted({target.domain for target in every}):
            targets = {target for target in every if target.domain == domain}
            if len(targets) > MANY and (online := self._online(domain)) is not None:
                states.update(dict.fromkeys(targets & online, ACTIVE))
                states.update(dict.fromkeys(targets - online - exact, INACTIVE))
        left = sorted(every - states.keys())
        answers = self._answers({target: state_call(target) for target in left})
        told = {target: state_in(answer) for target, answer in answers.items()}
        return {**states, **{target: state for target, state in told.items() if state is not None}}

    def _online(self, domain: str) -> set[PushTarget] | None:
        """All active streams of a domain; None if the list could not be had."""
        first = self._answers({1: online_call(domain, 1)})
        if not first:
            return None
        online, pages = online_in(first[1])
        rest = {page: online_call(domain, page) for page in range(2, pages + 1)}
        answers = self._answers(rest)
        if len(answers) < len(rest):
            return None
        return online.union(*(online_in(answer)[0] for answer in answers.values()))

    def _answers(self, calls: Mapping[Any, Call]) -> dict[Any, dict[str, Any]]:
        """The answers of those calls that got one, side by side."""
        futures = {
            key: self._eyes.executor.submit(self._eyes.send, call, dict(call.request))
            for key, call in calls.items()
        }
        answers: dict[Any, dict[str, Any]] = {}
        silence: CloudError | None = None
        for key, future in futures.items():
            try:
                answers[key] = future.result()
            except CredentialsRefused:
                raise
            except CloudError as error:
                self.warnings.append(f"{_name(key, calls[key])}: not observed: {error.message}")
                silence = error if error.code in _NO_CLOUD else None
        if silence is not None and not answers:
            raise NotSent(silence.message, code=silence.code, hint=_OFFLINE)
        return answers


def _name(key: object, call: Call) -> str:
    return str(key) if isinstance(key, Address | PushTarget) else call.action.name
