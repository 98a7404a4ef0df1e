"""What the rounds of one workspace of the fleet are made with: its manifests, its variables, its state."""

from dataclasses import replace
from threading import Event

from reconciler.backends.protocol import StateLocation
from reconciler.cli.placing import is_same, store_of
from reconciler.cli.watch_desk import WatchDesk, Watched
from reconciler.cli.world import find_workspace, target_of
from reconciler.errors import UsageError
from reconciler.model import Address
from reconciler.running.run import RunResult
from reconciler.watching.files import contents, fingerprint
from reconciler.watching.model import Reading, Seen

ACCOUNT = "account"
"""The label of the Workspace document that names the account whose keys it is applied with."""


class FleetDesk:
    """Reads, looks and applies for a workspace (a Desk), whose state has to be in the fleet's store.

    In the name of the file with more variables `{account}` and `{workspace}` stand for what they say.
    """

    def __init__(self, name: str, store: StateLocation, watched: Watched) -> None:
        self.account = ""
        self.desk = WatchDesk(watched, Event(), contents)
        self._name, self._store, self._watched = name, store, watched
        self._print = ""

    def read(self) -> Reading | None:
        """See Desk.read; raises UsageError for a workspace of another name or with a state elsewhere."""
        self._settle()
        found = self.desk.read()
        if found is not None:
            self._check(found)
        return found

    def look(self, reading: Reading) -> Seen:
        """See Desk.look."""
        return self.desk.look(reading)

    def apply(self, reading: Reading, held_back: frozenset[Address]) -> RunResult | None:
        """See Desk.apply."""
        return self.desk.apply(reading, held_back)

    def _settle(self) -> None:
        """Which variables are the workspace's: its document is looked at alone, where that says so."""
        pattern, places = self._watched.variables, self._watched.places
        if pattern is None:
            return
        if f"{{{ACCOUNT}}}" in pattern and (found := fingerprint(places)) != self._print:
            self.account = find_workspace(self._watched.paths).labels.get(ACCOUNT, "")
            self._print = found
        file = pattern.replace(f"{{{ACCOUNT}}}", self.account).replace("{workspace}", self._name)
        self.desk.watched = replace(self._watched, variables=file)

    def _check(self, found: Reading) -> None:
        workspace = found.workspace
        self.account = workspace.labels.get(ACCOUNT, "")
        if workspace.name != self._name:
            raise UsageError(
                f"{workspace.file}: workspace {workspace.name} is in a directory called {self._name}",
                "give both the same name: the fleet knows workspaces by their directories",
            )
        state = target_of(workspace, self._watched.state_file).state
        if not is_same(store_of(state), self._store):
            raise UsageError(
                f"the state of workspace {self._name} is {state}, and the fleet's store is {self._store}",
                "keep it there, or watch the workspace alone with `reconciler watch`",
            )
