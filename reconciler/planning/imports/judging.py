"""Each task that is said to run -> its row: the change that records it, or why it is not recorded; pure.

Whatever an entry's calls and expirations are made of is in the manifest, or is said, or was asked: nothing
is made up.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from reconciler.errors import UsageError
from reconciler.kinds.base import Settings
from reconciler.kinds.importing import Fact
from reconciler.model import Address, Impact, Resource, Verb
from reconciler.plan.model import Change
from reconciler.planning.imports.checks import (
    check_facts,
    check_free,
    check_once,
    check_task_id,
    check_wanted,
    importable,
    needed_of,
)
from reconciler.planning.imports.records import ImportedTask
from reconciler.planning.imports.said import Outcome, Row, Said, TaskFacts
from reconciler.state.model import State
from reconciler.words import did_you_mean, nearest


@dataclass(frozen=True, slots=True)
class Judge:
    """What tasks are judged by: the manifests' resources, the state, the moment (unix seconds).

    `resources` hold no secret in clear. `verifies` tells whether tasks are to be asked after.
    """

    resources: Mapping[Address, Resource]
    settings: Settings
    state: State
    now: float
    verifies: bool = True
    _before: dict[str, Said] = field(default_factory=dict)
    """Those that are judged together, by TaskId and by address."""

    def row(self, said: Said) -> Row:
        """The row of one task; what is wrong with it is told in it."""
        row = Row(said.place, said.address, said.facts.task_id)
        try:
            return self._judged(said, row)
        except UsageError as error:
            return replace(row, outcome=Outcome.REFUSED, message=error.message, hint=error.hint)

    def _judged(self, said: Said, row: Row) -> Row:
        resource, facts = self._resource(said.address), said.facts
        address = resource.address
        kind = importable(address)
        check_task_id(facts.task_id)
        check_once(self._before, said)
        if self._is_recorded(said):
            higher = self._with_higher_number(address, facts)
            if higher is not None:
                return replace(row, change=higher)
            message = f"{address} is already recorded with TaskId {facts.task_id}"
            return replace(row, outcome=Outcome.RECORDED, message=message)
        check_free(self.state, address, facts.task_id)
        check_wanted(resource)
        check_facts(facts, self.settings.workspace, resource, kind, self.now)
        before = self.state.entries.get(address)
        task = ImportedTask(resource, kind, facts, self.settings, self.now)
        return replace(row, change=task.change(before, verifies=self.verifies), notes=tuple(task.notes()))

    def _with_higher_number(self, address: Address, facts: TaskFacts) -> Change | None:
        """The change that records a higher SequenceNumber of a recorded task: somebody else has sent one."""
        entry, number = self.state.entries[address], facts.sequence_number
        if number is None or number <= (entry.sequence_number or 0):
            return None
        return Change(
            address=address,
            verb=Verb.UPDATE,
            impact=Impact.NONE,
            visible=False,
            reason="a higher SequenceNumber is recorded",
            steps=(),
            entry=replace(entry, sequence_number=number),
            before=entry,
        )

    def lacks(self, said: Said) -> Mapping[Fact, str]:
        """What has to be said of a task and is not, with why; nothing of one that cannot be imported."""
        try:
            resource = self._resource(said.address)
            kind = importable(resource.address)
        except UsageError:
            return {}
        if self._is_recorded(said):
            return {}
        needed = needed_of(self.settings.workspace, resource, kind)
        return {fact: needed[fact] for fact in said.facts.missing(needed)}

    def _resource(self, text: str) -> Resource:
        """The resource of an address; raises UsageError for one that is not in the manifests."""
        address = Address.parse(text)
        if address not in self.resources:
            meant = did_you_mean(nearest(text, map(str, self.resources), 0.5))
            first = "add a manifest; `reconciler convert` makes one from the request that started the task"
            raise UsageError(f"{text} is not in the manifests", f"{meant} {first}".strip())
        return self.resources[address]

    def _is_recorded(self, said: Said) -> bool:
        """Whether the very task is recorded of the very resource."""
        entry = self.state.entries.get(Address.parse(said.address))
        return entry is not None and entry.task_id == said.facts.task_id
