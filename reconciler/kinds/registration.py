"""A kind with its capabilities, worked out once."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from reconciler.kinds.base import RECORDED, Managed, RefersToPlanned
from reconciler.kinds.capabilities import (
    BringsBack,
    CanAsk,
    CanConvert,
    CanObserve,
    CanPause,
    CanResume,
    CanStart,
    CanStop,
    CanStopByName,
    CanUpdate,
    CanVerify,
    Distinct,
    LeavesBehind,
    MakesIds,
    ObservedInBulk,
    ReadsBack,
    Recognises,
    Rests,
    RunsByName,
    Shows,
    ShowsRooms,
)
from reconciler.kinds.expiring import Expirable, Expires, HandleExpires, KnowsEnds, Renews
from reconciler.kinds.importing import CanImport
from reconciler.kinds.pushing import Pushes, Signs


@dataclass(frozen=True, slots=True)
class Registered:
    """A managed kind with what it can do, worked out once; a capability it lacks is None.

    Without `starts` a kind is a switch that is set.
    """

    kind: Managed
    converts: CanConvert | None
    imports: CanImport | None
    starts: CanStart | None
    updates: CanUpdate | None
    verifies: CanVerify | None
    pauses: CanPause | None
    resumes: CanResume | None
    stops: CanStop | None
    stops_by_name: CanStopByName | None
    runs_by_name: RunsByName | None
    rests: Rests | None
    makes_ids: MakesIds | None
    observes: CanObserve | None
    asks: CanAsk | None
    observed_in_bulk: ObservedInBulk | None
    reads_back: ReadsBack | None
    recognises: Recognises | None
    expirable: Expirable | None
    expires: Expires | None
    renews: Renews | None
    handle_expires: HandleExpires | None
    knows_ends: KnowsEnds | None
    signs: Signs | None
    pushes: Pushes | None
    distinct: Distinct | None
    brings_back: BringsBack | None
    leaves_behind: LeavesBehind | None
    refers: RefersToPlanned | None
    shows: Shows | None
    shows_rooms: ShowsRooms | None

    @property
    def name(self) -> str:
        """The word in a document's `kind`."""
        return self.kind.name

    @property
    def is_switch(self) -> bool:
        """Whether it has no task with a beginning and an end, only a state that is set."""
        return self.starts is None

    @property
    def sets_by_id(self) -> bool:
        """Whether it is started under an ID of ours, and the same start again sets what runs under it."""
        return self.starts is not None and all(one.sets_by_id for one in self.starts.starters)

    def unfenced(self, spec: Any) -> bool:
        """Whether nothing but its TaskId ends a task, not even a second start: a lost one is looked for."""
        if self.starts is None or self.stops_by_name is not None:
            return False
        return self.starts.identity(spec) is None

    def read(self, spec: Mapping[str, Any]) -> Any:
        """A recorded spec as the kind's model; raises pydantic's ValidationError, which is a ValueError."""
        return self.kind.spec.model_validate(spec, context=RECORDED)


def register(kind: Managed) -> Registered:
    """The kind with its capabilities, each asked for once: asking a protocol costs more than a plan's row."""
    return Registered(
        kind=kind,
        converts=kind if isinstance(kind, CanConvert) else None,
        imports=kind if isinstance(kind, CanImport) else None,
        starts=kind if isinstance(kind, CanStart) else None,
        updates=kind if isinstance(kind, CanUpdate) else None,
        verifies=kind if isinstance(kind, CanVerify) else None,
        pauses=kind if isinstance(kind, CanPause) else None,
        resumes=kind if isinstance(kind, CanResume) else None,
        stops=kind if isinstance(kind, CanStop) else None,
        stops_by_name=kind if isinstance(kind, CanStopByName) else None,
        runs_by_name=kind if isinstance(kind, RunsByName) else None,
        rests=kind if isinstance(kind, Rests) else None,
        makes_ids=kind if isinstance(kind, MakesIds) else None,
        observes=kind if isinstance(kind, CanObserve) else None,
        asks=kind if isinstance(kind, CanAsk) else None,
        observed_in_bulk=kind if isinstance(kind, ObservedInBulk) else None,
        reads_back=kind if isinstance(kind, ReadsBack) else None,
        recognises=kind if isinstance(kind, Recognises) else None,
        expirable=kind if isinstance(kind, Expirable) else None,
        expires=kind if isinstance(kind, Expires) else None,
        renews=kind if isinstance(kind, Renews) else None,
        handle_expires=kind if isinstance(kind, HandleExpires) else None,
        knows_ends=kind if isinstance(kind, KnowsEnds) else None,
        signs=kind if isinstance(kind, Signs) else None,
        pushes=kind if isinstance(kind, Pushes) else None,
        distinct=kind if isinstance(kind, Distinct) else None,
        brings_back=kind if isinstance(kind, BringsBack) else None,
        leaves_behind=kind if isinstance(kind, LeavesBehind) else None,
        refers=kind if isinstance(kind, RefersToPlanned) else None,
        shows=kind if isinstance(kind, Shows) else None,
        shows_rooms=kind if isinstance(kind, ShowsRooms) else None,
    )
