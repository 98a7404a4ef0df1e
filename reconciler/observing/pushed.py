"""What events of live streams say of the resources whose pushes make them, or are mixed from them; pure.

They answer the questions that could be asked about the same streams, at the moment they are of. Anybody who
has seen one of them can make others (reference callbacks §6), so that a plan may conclude nothing from them.
"""

from collections.abc import Iterable, Mapping, Sequence

from reconciler.kinds.live_events import LiveEvent, ToldStream, told_streams
from reconciler.kinds.questions import Key
from reconciler.kinds.records import Recorded
from reconciler.model import Address, Observation, Source, Standing
from reconciler.moments import unix_seconds


def told_by_live_events(
    records: Iterable[Recorded], events: Iterable[LiveEvent]
) -> dict[Address, Observation]:
    """How each resource stands by the events of its streams since it was started."""
    streams = told_streams(events)
    found: dict[Address, Observation] = {}
    for one in records if streams else ():
        bulk = one.kind.observed_in_bulk
        keys = [question.key for question in bulk.questions(one.spec)] if bulk is not None else []
        known = {key: streams[key] for key in keys if key in streams and _is_since(one, streams[key])}
        if bulk is None or not known:
            continue
        at, states = max(told.at for told in known.values()), _states(known)
        seen = bulk.interpret(one.spec, states, one.entry.status, at)
        standing = Standing.UNKNOWN if seen is None or seen.standing is Standing.GONE else seen.standing
        words = _words([*known.values()])
        found[one.address] = Observation(None, words, at, standing, Source.LIVE_EVENT)
    return found


def _is_since(one: Recorded, told: ToldStream) -> bool:
    """Whether it is about what runs now; pushes to a stream know nothing of when that was set."""
    started = one.entry.started_at
    return one.kind.is_switch or started is None or told.at >= unix_seconds(started)


def _states(known: Mapping[Key, ToldStream]) -> dict[Key, str]:
    return {key: told.state for key, told in known.items()}


def _words(known: Sequence[ToldStream]) -> str:
    """Of the push that ended last, or else of that which began last."""
    down = [told for told in known if not told.is_up]
    return max(down or known, key=lambda told: told.at).words
