"""What was found as it is recorded: it stays unread as long as the cloud answers the same questions the same.

Only what shared questions alone have told of is remembered so: what a task says of itself, callbacks and
answers of updates are looked at anew each time.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from reconciler.index.model import Answered
from reconciler.kinds import managed
from reconciler.kinds.live import asked_again
from reconciler.kinds.questions import Key, Question
from reconciler.kinds.records import Recorded
from reconciler.model import Address
from reconciler.observing.observer import Observations
from reconciler.planning.settled import Seen, Settled


def questions_again(known: Mapping[Address, Settled]) -> Iterator[tuple[Question, bool]]:
    """The questions that were asked of what is known, and whether a list that lacks one tells too little."""
    for one in answers_of(known):
        question = asked_again(one.key)
        if question is not None:
            yield question, one.authoritative


def answers_of(known: Mapping[Address, Settled]) -> Iterable[Answered]:
    """What was answered of what is known, to each question once."""
    found: dict[Key, Answered] = {}
    for address, one in known.items():
        bulk = managed(address).observed_in_bulk if one.seen else None
        for key, answer in one.seen or ():
            sure = (bulk is not None and bulk.authoritative) or (key in found and found[key].authoritative)
            found[key] = Answered(key, answer, sure)
    return found.values()


def answered_otherwise(known: Mapping[Address, Settled], found: Observations) -> frozenset[Address]:
    """What the cloud tells otherwise of than it did: all of it where anything could not be asked."""
    return frozenset(
        address
        for address, one in known.items()
        if one.seen is not None
        and (found.warnings or any(found.answers.get(key) != answer for key, answer in one.seen))
    )


def as_remembered(
    planned: Mapping[Address, Settled],
    known: Mapping[Address, Settled],
    seen: Mapping[Address, Seen],
    contradicted: Iterable[Address],
) -> dict[Address, Settled]:
    """What of that which is settled need not be read again, with the answers that say so.

    `known` was not read this time, and stays; of the rest what was `seen`, and is not `contradicted`.
    """
    drifted = frozenset(contradicted)
    found = {
        address: replace(one, asked=False, seen=seen[address])
        for address, one in planned.items()
        if address in seen and address not in drifted
    }
    return {**found, **known}


def seen_by_questions(
    records: Iterable[Recorded], told: Iterable[Address], found: Observations
) -> dict[Address, Seen]:
    """What was answered of each record that nothing else can tell of, () of one that has no question.

    Of those that something else has `told` of nothing is remembered, nor where an answer is missing.
    """
    others, seen = frozenset(told), dict[Address, Seen]()
    for one in records:
        keys = found.shared.get(one.address, ())
        by_itself = one.kind.observes is not None or one.kind.reads_back is not None
        if one.address in others or by_itself or not all(key in found.answers for key in keys):
            continue
        if all(asked_again(key) is not None for key in keys):
            seen[one.address] = tuple((tuple(key), str(found.answers[key])) for key in keys)
    return seen
