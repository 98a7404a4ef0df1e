"""Whether a database has what it acknowledged: it cannot know that of itself, but by a receipt."""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass

from reconciler.backends.postgres.chain import End
from reconciler.backends.postgres.client import Client
from reconciler.backends.postgres.database import Rejected, Unanswered
from reconciler.backends.postgres.failures import told
from reconciler.backends.postgres.location import Place
from reconciler.backends.postgres.session import PostgresSession
from reconciler.backends.receipts import Receipt
from reconciler.errors import UsageError

_SERVER = "SELECT system_identifier::text FROM pg_control_system()"
_HELD = """
SELECT w.head ->> 'lineage', w.serial, h.seq, h.link, (
    SELECT g.link FROM {schema}.generation g WHERE g.workspace = w.id AND g.serial = %s)
FROM {schema}.workspace w JOIN {schema}.hold h ON h.workspace = w.id WHERE w.name = %s
"""


def mark_of(end: End) -> str:
    """A journal's end as text."""
    return f"{end.seq}:{end.link.hex()}"


@dataclass(frozen=True, slots=True)
class PostgresReceipts:
    """The receipts of one workspace (a parts.Receipts); `sessions` are those of a backend, in order."""

    place: Place
    connected: Callable[[], AbstractContextManager[Client]]
    sessions: Sequence[PostgresSession]

    def newest(self) -> Receipt | None:
        """See parts.Receipts.newest."""
        for session in reversed(self.sessions):
            if session.acknowledged is not None:
                state, end = session.acknowledged
                run = str(session.holder.get("run", ""))
                mark, server = mark_of(end), self._server()
                return Receipt(self.place.workspace, state.lineage, state.serial, mark, server, run)
        return None

    def missing(self, newest: Receipt) -> str:
        """See parts.Receipts.missing."""
        if newest.workspace != self.place.workspace:
            raise UsageError(
                f"the receipt is for workspace {newest.workspace}, not {self.place.workspace}",
                "use this workspace's receipt, or remove --receipt",
            )
        with self.connected() as client, told(self.place):
            statement = _HELD.format(schema=self.place.schema)
            rows = client.ask(statement, (newest.serial, self.place.workspace))
        wrote = f"run {newest.run} wrote serial {newest.serial}"
        seq, _, link = newest.mark.partition(":")
        if not rows or not rows[0][0]:
            return f"{wrote}, but nothing is recorded here{self._elsewhere(newest)}"
        [(lineage, serial, there, _, other)] = rows
        if lineage != newest.lineage:
            return f"{wrote} of lineage {newest.lineage}, but the state here has lineage {lineage}"
        if serial < newest.serial or there < int(seq):
            gone = f"the last serial here is {serial}: records {there + 1} to {seq} are missing"
            return f"{wrote}, but {gone}{self._elsewhere(newest)}"
        if other is not None and bytes(other).hex() != link:
            return (
                f"{wrote}, but serial {newest.serial} here was written by another "
                f"run{self._elsewhere(newest)}"
            )
        return ""

    def _elsewhere(self, receipt: Receipt) -> str:
        """That it is another server than the one of the receipt, where both are known."""
        server = self._server()
        if receipt.server in ("", server) or not server:
            return ""
        return f" (this is system {server}, the receipt is from {receipt.server})"

    def _server(self) -> str:
        try:
            with self.connected() as client:
                return str(client.ask(_SERVER)[0][0])
        except (Unanswered, Rejected):
            return ""
