"""`--probe`: asks tasks that have no Describe by an update that changes nothing, as a run of its own."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from reconciler.applying.results import ChangeResult, Result
from reconciler.backends.snapshots import Snapshot
from reconciler.cli.applying import ApplyOptions, carried_out, tell_running
from reconciler.cli.environment import current_environment
from reconciler.cli.holding import say
from reconciler.cli.options import Selection
from reconciler.cli.world import Target
from reconciler.errors import Gone, StateError
from reconciler.kinds.records import records_of
from reconciler.manifests.loading.loader import Workspace
from reconciler.plan.model import Plan
from reconciler.planning.probing import probing_plan
from reconciler.running.known import labels_in


class _Silent:
    """Whoever asks: is shown nothing before it is known what was answered."""

    def show(self, plan: Plan) -> None:
        """Nothing."""

    def approve(self, plan: Plan) -> bool:
        """Yes: nothing that runs is changed."""
        return True

    @contextmanager
    def follow(self, total: int) -> Iterator[Callable[[ChangeResult], None]]:
        """Nothing is told before the end."""
        yield lambda result: None


@dataclass(frozen=True, slots=True)
class Probing:
    """What is asked: the chosen records of a workspace's state; by which command, as the history has it."""

    workspace: Workspace
    target: Target
    selection: Selection
    command: str
    patience: float = 0.0
    outage: float = 60.0

    def run(self) -> None:
        """Asks, records what was answered, and tells how many run.

        Raises what a run raises, and StateError where the answers could not be recorded.
        """
        name = self.workspace.name
        options = ApplyOptions(self.target, name, self.command, True, self.patience, outage=self.outage)
        with carried_out(options, self._planned, _Silent()) as (result, _):
            if result is None or result.idle:
                say("no task can be asked by an update")
                return
            if result.disk_failed:
                tell_running(result.entries)
            if result.error is not None:
                raise result.error
            ended = sum(isinstance(one.error, Gone) for one in result.results)
            runs = sum(one.result is Result.DONE for one in result.results)
            lost = next((one.error for one in result.results if isinstance(one.error, StateError)), None)
            if lost is not None:
                raise lost
            silent = len(result.results) - ended - runs
            counts = ((runs, "running"), (ended, "ended"), (silent, "unanswered"))
            told = ", ".join(f"{count} {word}" for count, word in counts if count)
            asked = "1 task" if len(result.results) == 1 else f"{len(result.results)} tasks"
            say(f"asked {asked} by an update: {told}")

    def _planned(self, snapshot: Snapshot) -> Plan:
        state, workspace = snapshot.state, self.workspace
        if snapshot.missing is not None:
            raise snapshot.missing
        labels = labels_in(workspace, state)
        choice = self.selection.choice(labels)
        records = [one for at, one in records_of(state).items() if choice.includes(at, labels[at])]
        return probing_plan(workspace.settings, state, records, current_environment().clock())
