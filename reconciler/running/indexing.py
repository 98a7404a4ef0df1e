"""An index of what loading and planning came to, for the next plan of the same documents."""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

from reconciler.index.model import Index, Meaning, Nothing, Row, Settings, Subject
from reconciler.kinds.workspace.place import declared_path
from reconciler.manifests.loading.loader import Workspace
from reconciler.manifests.loading.meanings import Place
from reconciler.manifests.reading.pieces import Piece
from reconciler.model import Address
from reconciler.plan.model import Plan
from reconciler.planning.planner import draft_plan
from reconciler.planning.settled import FOR_EVER, Settled
from reconciler.running.known import names_in, record_digest, settled_in, without
from reconciler.running.remembered import answers_of
from reconciler.state.model import Entry, State


class Version(NamedTuple):
    """What was planned with: the store's token of the state's very version, the place in its callbacks.

    Each is "" where it is not known. `nothing` is the plan of all of it, where nothing is to be done.
    """

    mark: str = ""
    events: str = ""
    nothing: Nothing | None = None


UNKNOWN = Version()


def index_of(
    subject: Subject,
    pieces: Sequence[Piece],
    workspace: Workspace,
    settled: Mapping[Address, Settled],
    entries: Mapping[Address, Entry],
    version: Version = UNKNOWN,
) -> Index:
    """What is known of each piece: as before of what was not read, and as it came to of what was.

    The `version` is that which has these entries.
    """
    known = {one.piece: one.row for one in workspace.known.values()}
    meanings = dict(_by_piece(pieces, workspace.learnt.meanings))
    rows, blanks = [], set()
    for piece in pieces:
        if piece in known:
            rows.append(known[piece])
        elif piece in meanings:
            line, meaning = meanings[piece]
            rows.append(_row(piece, line, meaning, settled, entries))
        else:
            blanks.add(piece.digest)
    state = declared_path(workspace.spec.state)
    elsewhere = workspace.spec.state is not None and not state
    settings = Settings(workspace.spec.endpoint, None if elsewhere else state)
    return Index(subject, settings, tuple(rows), frozenset(blanks), *version)


def nothing_of(
    files: str,
    workspace: Workspace,
    plan: Plan,
    settled: Mapping[Address, Settled],
    entries: Mapping[Address, Entry],
) -> Nothing | None:
    """The plan as one in which nothing is to be done; None where it is not one for sure, or not of all.

    `files` is a digest of all manifests.
    """
    asked = any(one.asked for one in settled.values())
    told_by_the_cloud = asked and not plan.not_refreshed
    if plan.changes or plan.refusals or plan.selection or told_by_the_cloud or workspace.in_clear:
        return None
    if not (plan.unchanged == len(settled) == len(entries)):
        return None
    until = min((one.until for one in settled.values()), default=FOR_EVER)
    told = (plan.warnings, plan.expiries, tuple(answers_of(settled)))
    unobservable = sum(one.seen == () for one in settled.values())
    return Nothing(files, workspace.file, plan.unchanged, until, asked, *told, unobservable)


def index_after(
    subject: Subject,
    files: str,
    pieces: Sequence[Piece],
    workspace: Workspace,
    entries: Mapping[Address, Entry],
    now: float,
    mark: str,
) -> Index:
    """What is known of each piece once a run has recorded these entries; `now` in unix seconds.

    What was read is planned once more: of what was done nothing is left to do, and that is what is known. One
    with a secret in clear is read again each time anyway (Meaning.lasting). `files` is a digest of all
    manifests, `mark` as index_of has it.
    """
    known = settled_in(workspace)
    state = without(State(subject.lineage, entries=entries), known)
    drafted = draft_plan(workspace.settings, workspace.resources, state, {}, now=now, known=known)
    told = map(str, workspace.warnings)
    plan = replace(drafted.plan, warnings=(*told, *drafted.plan.warnings), not_refreshed=True)
    nothing = nothing_of(files, workspace, plan, drafted.settled, entries) if mark else None
    # Callbacks that came before are looked at by the next plan, as none of it was made of them.
    return index_of(subject, pieces, workspace, drafted.settled, entries, Version(mark, "", nothing))


def _row(
    piece: Piece,
    line: int,
    meaning: Meaning,
    settled: Mapping[Address, Settled],
    entries: Mapping[Address, Entry],
) -> Row:
    address, begins = meaning.address, line - piece.line
    if not (meaning.lasting and address in settled):
        return Row(piece.digest, meaning, begins)
    entry = entries[address]
    has = tuple(sorted({*meaning.has, *names_in(address, entry)}))
    return Row(
        piece.digest, replace(meaning, has=has), begins, settled[address], record_digest(entries, address)
    )


def _by_piece(
    pieces: Iterable[Piece], meanings: Mapping[Place, Meaning]
) -> Iterator[tuple[Piece, tuple[int, Meaning]]]:
    """The document in each piece that has one, with the line at which it begins."""
    by_file: dict[str, list[Piece]] = {}
    for piece in pieces:
        by_file.setdefault(piece.file, []).append(piece)
    for (file, line), meaning in meanings.items():
        at = bisect_right(by_file[file], line - 1, key=lambda piece: piece.line)
        yield by_file[file][at - 1], (line, meaning)
