"""The state of one workspace in a bucket: a log that each record is added to, and the hold on it."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace

from reconciler.backends.objects.admin import ObjectsAdmin
from reconciler.backends.objects.audit import ObjectsAudit
from reconciler.backends.objects.batches import End
from reconciler.backends.objects.bucket import Bucket
from reconciler.backends.objects.client import Client, Tools
from reconciler.backends.objects.copies import Copy, Generations, keep_copy
from reconciler.backends.objects.hold import Hold, take
from reconciler.backends.objects.location import ObjectPlace
from reconciler.backends.objects.locks import STALE, Watch
from reconciler.backends.objects.neighbours import ObjectsNeighbours
from reconciler.backends.objects.plan_index import ObjectsPlanIndex
from reconciler.backends.objects.probe import probed
from reconciler.backends.objects.reader import Conceal, Raw, Reader
from reconciler.backends.objects.replacing import ObjectsReplacing
from reconciler.backends.objects.session import ObjectsSession, Stored
from reconciler.backends.objects.spilling import adopt, with_spilled
from reconciler.backends.objects.store import known_store, note_probed
from reconciler.backends.parts import KEEPING, Keeping, Parts
from reconciler.backends.protocol import Capabilities, Holder
from reconciler.backends.snapshots import Snapshot
from reconciler.backends.spills import NoSpills, Spilled, Spills
from reconciler.backends.waiting import NO_WAIT, Wait, patient
from reconciler.errors import StateError
from reconciler.state.model import Owner

LONGEST = 64
"""Objects of the log behind the newest copy, from which on a copy is made although no run has ended."""


class ObjectsBackend:
    """One workspace of a bucket (a Backend); `server` is through what that is reached.

    `conceal` is as LocalBackend has it.
    """

    def __init__(
        self,
        place: ObjectPlace,
        bucket: Bucket,
        server: str,
        tools: Tools,
        conceal: Conceal = lambda state: state,
        spills: Spills | None = None,
        keeping: Keeping = KEEPING,
    ) -> None:
        self.place = place
        self.notices: list[str] = []
        self.capabilities = Capabilities(
            fenced=True, notifies=False, frees_after=STALE * tools.ttl, shares_pace=False
        )
        self._bucket, self._server, self._tools = bucket, server, tools
        self._watch = Watch(tools.clock)
        """What was seen of the lock by now: who asks again and again waits no longer than who waits."""
        self._spills = spills or NoSpills()
        self._keeping = keeping
        self._reader = Reader(place, tools.token, conceal)
        self._generations = Generations(place, self._client)
        self.parts = Parts(
            history=self._generations,
            audit=ObjectsAudit(place, self._client, self.notices),
            admin=ObjectsAdmin(place, bucket, self._client, server, self.notices),
            neighbours=ObjectsNeighbours(self._reader, self._client),
            plan_index=ObjectsPlanIndex(place, self._client),
            recovery=self,
        )

    def snapshot(self, owner: Owner | None) -> Snapshot:
        """See Backend.snapshot."""
        client = self._client()
        known_store(self.place, client)
        return self._reader.snapshot(client, owner)

    @contextmanager
    def hold(self, owner: Owner | None, holder: Holder, wait: Wait = NO_WAIT) -> Iterator[ObjectsSession]:
        """See Backend.hold."""
        with self._held(holder, wait) as hold:
            raw, end = self._sealed(hold)
            raw, end = with_spilled(hold, self._reader, raw, end, self._spills, self.notices)
            recorded = self._reader.recorded(raw)
            snapshot = self._reader.shown(recorded, owner)
            held = owner or snapshot.owner
            if not held.workspace:
                message = f"{self.place.location}: no state yet"
                raise snapshot.missing or StateError(message, "pass the manifests it belongs to")
            if len(raw.items) > LONGEST and not recorded.replay.run and snapshot.missing is None:
                written, fence = recorded.replay.written, recorded.replay.fence
                keep_copy(
                    self.place, hold.client, Copy(recorded.owner, recorded.stored, raw.end, written, fence)
                )
            stored = Stored(recorded.stored.entries, end, recorded.replay.run)
            yield ObjectsSession(hold, snapshot, held, stored, self.notices, self._spills, self._keeping)

    @contextmanager
    def overrule(
        self, owner: Owner | None, holder: Holder, wait: Wait = NO_WAIT
    ) -> Iterator[ObjectsReplacing]:
        """See Backend.overrule."""
        with self._held(holder, wait) as hold:
            raw, end = self._sealed(hold)
            yield ObjectsReplacing(
                hold, raw, end, self._reader, self._generations, owner, self.notices, self._keeping
            )

    def adopt(
        self, owner: Owner | None, holder: Holder, spilled: Sequence[Spilled], wait: Wait = NO_WAIT
    ) -> Sequence[Spilled]:
        """See Recovery.adopt."""
        with self._held(holder, wait) as hold:
            raw, end = self._sealed(hold)
            self._reader.shown(self._reader.recorded(raw), owner)
            return adopt(hold, self._reader, raw, end, spilled)[0]

    def _client(self) -> Client:
        return Client(self._bucket, self._tools, self.notices)

    def _sealed(self, hold: Hold) -> tuple[Raw, End]:
        """(all that is recorded, the end of the log with this run's seal): nobody before it writes more."""
        raw = self._reader.raw(hold.client)
        others, end = hold.seal(raw.end, raw.fence)
        return replace(raw, items=[*raw.items, *others]), end

    @contextmanager
    def _held(self, holder: Holder, wait: Wait) -> Iterator[Hold]:
        client = self._client()
        if self._server not in known_store(self.place, client)[0].probed:
            probed(self.place, self._bucket, self._tools.token())
            note_probed(self.place, client, self._server)
        with patient(lambda: self._taken(client, holder, self._watch), wait) as hold:
            yield hold

    @contextmanager
    def _taken(self, client: Client, holder: Holder, watch: Watch) -> Iterator[Hold]:
        hold = take(self.place, client, holder, watch, self.notices)
        try:
            hold.keep()
            yield hold
        finally:
            hold.free()
