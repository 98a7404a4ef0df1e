"""Answers that a run could not record when they came, taken into the journal by a later one."""

from collections.abc import Iterable

from reconciler.backends.postgres.chain import chained, lines_of
from reconciler.backends.postgres.hold import Hold
from reconciler.backends.postgres.reader import Raw, Reader
from reconciler.backends.spills import Spilled
from reconciler.state.journal import Intent


def adopt(hold: Hold, reader: Reader, raw: Raw, given: Iterable[Spilled]) -> list[Spilled]:
    """Records those that answer an intent of the interrupted run which stands open; which those are.

    Any other has been recorded since, or was made sure of in another way. Raises StateError.
    """
    lineage, run = raw.head.get("lineage"), raw.head.get("run")
    standing = {(row[2], record.address, record.step) for row, record in _intents(reader, raw)}
    adopted = [
        one
        for one in given
        if raw.begun is not None
        and (one.lineage, one.run) == (lineage, run)
        and (one.intent, one.outcome.address, one.outcome.step) in standing
    ]
    if adopted:
        hold.append(chained(raw.end, hold.token, [line for one in adopted for line in lines_of(one.outcome)]))
    return adopted


def _intents(reader: Reader, raw: Raw) -> list[tuple[tuple[object, ...], Intent]]:
    found = [(row, reader.record(row[3])) for row in raw.intents]
    return [(row, record) for row, record in found if isinstance(record, Intent)]
