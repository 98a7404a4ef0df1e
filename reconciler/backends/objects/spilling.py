"""Answers that a run could not record when they came, taken into the log by a later one."""

from collections.abc import Iterable
from contextlib import suppress

from reconciler.backends.objects.batches import End
from reconciler.backends.objects.hold import Hold
from reconciler.backends.objects.reader import Raw, Reader
from reconciler.backends.spills import Spilled, Spills
from reconciler.state.journal import Begin


def adopt(
    hold: Hold, reader: Reader, raw: Raw, end: End, given: Iterable[Spilled]
) -> tuple[list[Spilled], Raw, End]:
    """Records those that answer an open intent of the interrupted run; which, and what is there then.

    Any other has been recorded since, or was made sure of in another way. Raises StateError.
    """
    replay = reader.recorded(raw).replay
    begin = next(iter(replay.run), None)
    if not isinstance(begin, Begin):
        return [], raw, end
    standing = {(number, intent.address, intent.step) for number, intent in replay.open.values()}
    adopted = [
        one
        for one in given
        if (one.lineage, one.run) == (begin.lineage, begin.run)
        and (one.intent, one.outcome.address, one.outcome.step) in standing
    ]
    if not adopted:
        return [], raw, end
    batch = hold.next_batch(end, [one.outcome for one in adopted])
    hold.append(batch)
    return adopted, reader.raw(hold.client), batch.end


def with_spilled(
    hold: Hold, reader: Reader, raw: Raw, end: End, spills: Spills, notices: list[str]
) -> tuple[Raw, End]:
    """What is recorded, with what this machine has of an interrupted run's answers."""
    begin = next(iter(reader.recorded(raw).replay.run), None)
    kept = spills.of(begin.run) if isinstance(begin, Begin) else ()
    if not kept or not isinstance(begin, Begin):
        return raw, end
    adopted, raw, end = adopt(hold, reader, raw, end, kept)
    notices.append(f"recovered answers that run {begin.run} could not record: {len(adopted)}")
    with suppress(OSError):  # what stays adopts nothing more
        spills.drop(begin.run)
    return raw, end
