"""Plans and applies of one resource of a test kind, on a virtual clock, against a world of the test's."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from reconciler.applying.results import ChangeResult
from reconciler.applying.scheduler import apply_plan
from reconciler.applying.tools import Tools
from reconciler.calls import Before, Call, nothing_before
from reconciler.cloud.redact import Redactor
from reconciler.cloud.resolve import SecretResolver
from reconciler.cloud.secret_files import SecretDirectory
from reconciler.cloud.secrets import Vault
from reconciler.cloud.translate import ApiError, translate
from reconciler.errors import OutcomeUnknown
from reconciler.kinds.api import Spec
from reconciler.kinds.base import Managed, Settings
from reconciler.kinds.records import recorded as record
from reconciler.model import Address, Observation, Resource, Status
from reconciler.observing.asking import Connection
from reconciler.observing.observer import observe
from reconciler.plan.model import Plan
from reconciler.planning.choice import Choice
from reconciler.planning.planner import make_plan
from reconciler.state.journal import Intent, Record, put
from reconciler.state.model import Entry, State
from reconciler.state.unanswered import after_unknown

from ..fake_host import Inline
from ..support import LINEAGE
from .plain import known

SETTINGS = Settings("works")


class Denied(Exception):
    """The world's answer is an error of this code."""


Serve = Callable[[str, Mapping[str, Any], float], dict[str, Any]]
"""Answers an action with its body at a moment in unix seconds; raises Denied."""


@dataclass
class Host:
    """One resource, what is recorded of it, and the world where calls go.

    `fates` has, for the next calls, what becomes of them: "lost" happens without an answer, "late" happens
    only when `arrive` is called; what is left over happens.
    """

    kind: Managed
    serve: Serve
    now: float = 1_800_000_000.0
    entries: dict[Address, Entry] = field(default_factory=dict)
    fates: list[str] = field(default_factory=list)
    sent: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    late: list[tuple[Call, dict[str, Any]]] = field(default_factory=list)
    journal: list[Record] = field(default_factory=list)
    choice: Choice = field(default_factory=Choice)
    observations: dict[Address, Observation] = field(default_factory=dict)

    @property
    def address(self) -> Address:
        return Address(self.kind.name, "one")

    @property
    def entry(self) -> Entry:
        return self.entries[self.address]

    def plan(self, spec: Spec | None) -> Plan:
        resources = []
        if spec is not None:
            wanted: Status = self.kind.wanted(spec)
            resources = [Resource(self.address, spec.to_json(), wanted, {}, repr(spec))]
        state = State(LINEAGE, 1, self.entries, cleared="before")
        with known(self.kind):
            return make_plan(SETTINGS, resources, state, self.observations, self.choice, now=self.now)

    def look(self) -> None:
        """Asks after what is recorded."""
        with known(self.kind):
            records = [record(address, entry) for address, entry in self.entries.items()]
            asking = Connection(self._answer, Inline(), lambda: self.now)
            seen = observe(records, SETTINGS, asking)
        assert seen.warnings == ()
        self.observations = dict(seen.observed)

    def settle(self, spec: Spec | None) -> list[ChangeResult]:
        """Looks, applies, and looks again."""
        self.look()
        results = self.apply(spec)
        self.look()
        return results

    def apply(self, spec: Spec | None) -> list[ChangeResult]:
        plan = self.plan(spec)
        self.sent.clear()
        self.entries, results = apply_plan(plan, self.entries, self._tools())
        return results

    def arrive(self) -> None:
        """Every late call arrives now."""
        late, self.late = self.late, []
        for call, body in late:
            self._answer(call, body)

    def actions(self) -> list[str]:
        return [name for name, _ in self.sent]

    def _tools(self) -> Tools:
        vault = Vault({}, frozenset(), SecretDirectory(None).read, Redactor(), None)
        resolve = SecretResolver(vault, lambda: self.now).resolve_request
        return Tools(self.send, resolve, self.journal.append, lambda: self.now, Inline())

    def send(self, call: Call, body: dict[str, Any], before: Before = nothing_before) -> dict[str, Any]:
        self.now += 1
        before()
        self.sent.append((call.action.name, body))
        fate = self.fates.pop(0) if self.fates else ""
        if fate == "late":
            self.late.append((call, body))
            raise OutcomeUnknown("no answer", code="no-answer")
        answer = self._answer(call, body)
        if fate == "lost":
            raise OutcomeUnknown("no answer", code="no-answer")
        return answer

    def _answer(self, call: Call, body: dict[str, Any]) -> dict[str, Any]:
        try:
            return self.serve(call.action.name, body, self.now)
        except Denied as refusal:
            raise translate(call.action, ApiError(str(refusal), "told", "r"), str) from refusal

    def intents(self) -> list[Intent]:
        return [record for record in self.journal if isinstance(record, Intent)]

    def died(self, spec: Spec | None) -> None:
        """An apply that dies between its last intent and the answer: the journal alone is left."""
        before = dict(self.entries)
        self.apply(spec)
        last = self.intents()[-1]
        entry = after_unknown(before.get(last.address), last.entry, last.pending, last.starts)
        put(before, last.address, entry)
        self.entries = before
