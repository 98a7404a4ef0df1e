"""Asks the cloud how recorded resources stand, read-only, as many at a time as the pace allows.

Some kinds are asked after one by one. Others are told about by live streams: those are asked
for by name where they are few, and a domain at a time where they are many.
"""

from collections.abc import Callable, Mapping
from concurrent.futures import Executor
from dataclasses import dataclass, field
from typing import Any

from reconciler.errors import CloudError, CredentialsRefused, NotSent
from reconciler.kinds import managed
from reconciler.kinds.base import CanObserve, Managed, Settings, Subject, Watches
from reconciler.kinds.live import (
    ACTIVE,
    INACTIVE,
    PushTarget,
    online_call,
    online_in,
    state_call,
    state_in,
)
from reconciler.model import Address, Call, Observation, Send, TaskIdOf
from reconciler.state import Entry

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
    entries: Mapping[Address, Entry], settings: Settings, eyes: Eyes, *, only_exact: bool = False
) -> Findings:
    """Observes every entry that anything can be told of; with `only_exact`, what can change a plan.

    A call that fails makes a warning and leaves unobserved what it was about, as nothing may be
    concluded from it; refused credentials are raised, as every other call would fail too.
    """
    look = _Look(settings, eyes)
    watched: dict[Address, Watches] = {}
    asked: dict[Address, CanObserve] = {}
    for address, entry in sorted(entries.items()):
        kind = managed(address, entry)
        if isinstance(kind, CanObserve):
            asked[address] = kind
        elif isinstance(kind, Watches) and (kind.exact or not only_exact):
            watched[address] = kind
    observed = look.ask(asked, entries)
    observed.update(look.watch(watched, entries))
    return Findings(observed, tuple(look.warnings))


def observable(address: Address, entry: Entry, *, only_exact: bool = False) -> bool:
    """Whether anything at all can be told of an entry."""
    kind = managed(address, entry)
    return isinstance(kind, CanObserve) or (isinstance(kind, Watches) and (kind.exact or not only_exact))


class _Look:
    """One round of looking: collects warnings on the way."""

    def __init__(self, settings: Settings, eyes: Eyes) -> None:
        self.warnings: list[str] = []
        self._settings = settings
        self._eyes = eyes

    def ask(
        self, kinds: Mapping[Address, CanObserve], entries: Mapping[Address, Entry]
    ) -> dict[Address, Observation]:
        """One call each."""
        calls = {
            address: kind.observe(self._subject(kind, address, entries[address]))
            for address, kind in kinds.items()
        }
        answers = self._answers({address: call for address, call in calls.items() if call is not None})
        at = self._eyes.clock()
        return {
            address: kinds[address].read(answer, entries[address].status, at)
            for address, answer in answers.items()
        }

    def _subject(self, kind: Managed, address: Address, entry: Entry) -> Subject:
        task_id = None if isinstance(entry.task_id, TaskIdOf) else entry.task_id
        return Subject(address, kind.spec.model_validate(entry.spec), self._settings, task_id=task_id)

    def watch(
        self, kinds: Mapping[Address, Watches], entries: Mapping[Address, Entry]
    ) -> dict[Address, Observation]:
        """What live streams tell, each of them asked for once."""
        specs = {address: kind.spec.model_validate(entries[address].spec) for address, kind in kinds.items()}
        exact = {
            target for address, kind in kinds.items() for target in kind.watched(specs[address]) if kind.exact
        }
        every = {target for address, kind in kinds.items() for target in kind.watched(specs[address])}
        states = self._states(every, exact)
        at = self._eyes.clock()
        judged = {
            address: kind.judge(specs[address], states, entries[address].status, at)
            for address, kind in kinds.items()
        }
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
