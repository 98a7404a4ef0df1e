"""Rows of what is known of documents, each by the digest of its bytes and of all that enters its meaning."""

from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import blake2b
from typing import NamedTuple

from reconciler.model import Address, Path
from reconciler.plan.model import Expiry
from reconciler.planning.settled import Settled

_PIECE, _ENTRY, _TIE = 16, 16, 8
"""Bytes of each digest: of a document and of a record, where two that are equal would be taken for one, and
of a tie, where that would only have one more document read."""


def piece_digest(data: bytes | memoryview) -> str:
    """The digest of a document's bytes, with all that stands around it up to the next."""
    return blake2b(data, digest_size=_PIECE).hexdigest()


def files_digest(files: Iterable[tuple[str, bytes]]) -> str:
    """The digest of all manifests: their names as they were given, and their bytes."""
    whole = blake2b(digest_size=_PIECE)
    for name, data in files:
        whole.update(f"{len(name)} {name} {piece_digest(data)}".encode())
    return whole.hexdigest()


def entry_digest(text: bytes) -> str:
    """The digest of a record's text."""
    return blake2b(text, digest_size=_ENTRY).hexdigest()


def tie_digests(ties: Iterable[str]) -> tuple[str, ...]:
    """The digests of what ties a resource to others, each once and in order."""
    return tuple(sorted({blake2b(one.encode(), digest_size=_TIE).hexdigest() for one in ties}))


@dataclass(frozen=True, slots=True)
class Told:
    """A warning of a document: where it stands below the document's first line, and what it says."""

    below: int
    column: int
    path: str
    message: str


@dataclass(frozen=True, slots=True)
class SharedFault:
    """What the workspace's settings break for a resource: told at their document, once for all resources."""

    path: Path
    message: str
    warns: bool


@dataclass(frozen=True, slots=True)
class Meaning:
    """What loading one document came to, but for its resource.

    `uses` are the documents that enter its meaning. `has` and `needs` are digests of what ties it to others
    (see planning.checks). An override has the address that it is laid over as its `target`. One that is
    not `lasting` is read again each time: what is told of it names places in other documents, or its
    resource takes over another's record.
    """

    address: Address
    uses: tuple[Address, ...] = ()
    has: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    told: tuple[Told, ...] = ()
    faults: tuple[SharedFault, ...] = ()
    target: Address | None = None
    is_resource: bool = True
    lasting: bool = True


@dataclass(frozen=True, slots=True)
class Row:
    """What is known of one document by the digest of its bytes.

    `settled` is what planning its resource came to, compared with the record of the digest `entry`; None
    where that is to be worked out again, and of a document that is no resource. The document `begins` so many
    lines below the beginning of its piece.
    """

    piece: str
    meaning: Meaning
    begins: int = 1
    settled: Settled | None = None
    entry: str = ""


@dataclass(frozen=True, slots=True)
class Subject:
    """What an index is of: a digest of all beside documents that enters meaning, and whose state, and which.

    `state` is the state's location, `lineage` that of what is recorded there.
    """

    context: str
    workspace: str
    state: str
    lineage: str


@dataclass(frozen=True, slots=True)
class Settings:
    """What a workspace's settings say of where calls go and where its state is.

    `state` is the file that they name, "" for the usual one, and None where they name another store.
    """

    endpoint: str
    state: str | None = ""


class Answered(NamedTuple):
    """What the cloud answered to a question; an `authoritative` one no list that lacks it can answer."""

    key: tuple[str, ...]
    answer: str
    authoritative: bool


@dataclass(frozen=True, slots=True)
class Nothing:
    """A plan in which there is nothing to do, the same `until` a moment in unix seconds.

    `files` is a digest of all manifests, `workspace` the file with the settings. `asked` tells that the cloud
    can say whether anything is still as recorded. Where drift was looked for, `answers` are what said that
    there is none, to each question once, and so many resources are `unobservable`.
    """

    files: str
    workspace: str
    unchanged: int
    until: float
    asked: bool
    warnings: tuple[str, ...] = ()
    expiries: tuple[Expiry, ...] = ()
    answers: tuple[Answered, ...] = ()
    unobservable: int = 0


@dataclass(frozen=True, slots=True)
class Index:
    """What is known of a workspace's documents; `blanks` are digests of pieces that hold none.

    `mark` is the store's token of the very version of the state that records were compared with, "" where
    that is not known. `events` is the place in the store up to which callbacks were looked at, "" for none.
    `nothing` is the plan of all of them, where nothing was to be done.
    """

    subject: Subject
    settings: Settings
    rows: tuple[Row, ...] = ()
    blanks: frozenset[str] = frozenset()
    mark: str = ""
    events: str = ""
    nothing: Nothing | None = None
