"""Writes docs/limits.md: every limit and what happens beyond it, from the constants themselves.

Run from the repository's root: python scripts/limits.py. A new limit is a row here; a test finds a constant
that has none.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from reconciler import calls
from reconciler.applying import scheduler
from reconciler.backends import parts
from reconciler.backends.local import history, neighbours, regular, runs
from reconciler.backends.objects import backend, copies, cos, run_keeper
from reconciler.backends.objects import neighbours as neighbours_in_bucket
from reconciler.backends.postgres import client as database
from reconciler.backends.postgres import tail, workspaces
from reconciler.cli import (
    callback_server,
    completing,
    connection,
    fleet_watches,
    index_files,
    watch_variables,
)
from reconciler.cli.commands import render, watch
from reconciler.cloud import client, retry, secret_files, transport
from reconciler.manifests.formatting import scalars as formatting_scalars
from reconciler.manifests.loading import notes, sources
from reconciler.manifests.reading import guard, scalars
from reconciler.manifests.revisions import git, links, repository, trees
from reconciler.observing import asking, receiving
from reconciler.planning.imports import checks
from reconciler.reports import markdown, notices, spans
from reconciler.reports.pictures import words
from reconciler.simulator import bodies, callers, faults, flat, received
from reconciler.state import model as state
from reconciler.state import unanswered
from reconciler.watching import fleet_files, member, notifying, restraint, retrying, serving, versions

PAGE = Path("docs") / "limits.md"

INTRODUCTION = """\
# Limits

Every limit, and what happens beyond it. Written by `python scripts/limits.py` from the constants in
the code; do not edit it by hand. What hostile manifests do within these limits is in
[hostile-input.md](hostile-input.md). The ranges of the API's own fields are in
[manifests.md](manifests.md), the rules between them in [rules.md](rules.md).

"Refused" is an error with its place, before anything is asked or sent, and exit code 1.
"""


class Limit(NamedTuple):
    """A row: what is limited, to how much, and what happens beyond."""

    what: str
    most: str
    beyond: str


class Section(NamedTuple):
    """A table with its title."""

    title: str
    limits: Sequence[Limit]


def amount(count: float) -> str:
    """A number as people write it."""
    return f"{count:,.10g}"


def size(count: int) -> str:
    """Bytes, in the largest unit that has no remainder."""
    for unit, name in ((1 << 20, "MiB"), (1 << 10, "KiB")):
        if count % unit == 0:
            return f"{amount(count // unit)} {name}"
    return f"{amount(count)} bytes"


SPLIT = "the file is refused; split it"
MANIFESTS = (
    Limit("a file", size(guard.MAX_FILE_BYTES), SPLIT),
    Limit("all files read together", size(sources.MAX_TOTAL_BYTES), "refused; plan them separately"),
    Limit("files read together", amount(sources.MAX_FILES), "refused; pass fewer paths"),
    Limit("their names in total", size(sources.MAX_NAMES_BYTES), "refused; pass fewer paths"),
    Limit(
        "directory entries searched",
        amount(sources.MAX_ENTRIES),
        "refused; pass the paths of the manifests",
    ),
    Limit("problems reported for unreadable files", amount(sources.MAX_PROBLEMS), "the rest are omitted"),
    Limit(
        "manifests that completion reads",
        size(completing.MAX_COMPLETED_BYTES),
        "the rest is not offered",
    ),
    Limit("an index of unchanged manifests", size(index_files.MAX_INDEX_BYTES), "it is not used"),
    Limit("indexes that are kept", amount(index_files.MOST_INDEXES), "the one used longest ago is removed"),
    Limit("documents of a file", amount(guard.MAX_DOCUMENTS), SPLIT),
    Limit(
        "a document", size(guard.MAX_DOCUMENT_BYTES), "the document is refused; the others are still checked"
    ),
    Limit("values of a document", amount(guard.MAX_EVENTS), "the document is refused; split it"),
    Limit(
        "values of a file with mistakes",
        f"{amount(guard.MAX_EVENTS)} and one more for every {guard.BYTES_PER_EVENT} bytes; "
        f"a document counts as {guard.EVENTS_PER_DOCUMENT}",
        "valid documents are still read; the first invalid one is reported, and the rest is skipped",
    ),
    Limit("levels of nesting", amount(guard.MAX_DEPTH), "the document is refused"),
    Limit("lines of a document that begin with %", amount(guard.MAX_DIRECTIVES), "the document is refused"),
    Limit("a text", f"{amount(guard.MAX_SCALAR_CHARACTERS)} characters", "the field is refused"),
    Limit("an integer", f"{scalars.MAX_DIGITS} digits", "the field is refused; quote it if it is text"),
    Limit("another number", f"{scalars.MAX_NUMBER_LENGTH} characters", "the field is refused"),
    Limit(
        "problems reported per file", amount(guard.MAX_PROBLEMS), "it says so and stops checking that file"
    ),
    Limit(
        "problems reported for all files, and as many warnings",
        amount(notes.MAX_PROBLEMS),
        "problems: it says so and stops; warnings: it says how many there are",
    ),
    Limit(
        "warnings of all files that are counted and kept in an index",
        amount(notes.MOST_WARNINGS),
        "it says so, and every plan reads all documents",
    ),
    Limit(
        "a key that `fmt` writes on one line with its value",
        f"{amount(formatting_scalars.LONGEST_KEY)} characters",
        "it is written as `? key`, as YAML requires",
    ),
)
REVISIONS = (
    Limit("git", f"{'.'.join(map(str, git.OLDEST_GIT))} or newer", "older versions are refused"),
    Limit(
        "time for one git command",
        f"{amount(git.GIT_SECONDS)} s",
        "it is ended, and the comparison refused",
    ),
    Limit("memory of one git command", size(git.MAX_GIT_MEMORY_BYTES), "git ends; the comparison is refused"),
    Limit("output read as a whole", size(git.MAX_ANSWER_BYTES), "the comparison is refused"),
    Limit("error output of git", size(git.MAX_COMPLAINT_BYTES), "the rest is omitted"),
    Limit("files of one revision", amount(trees.MAX_TREE_ENTRIES), "the comparison is refused; pass a PATH"),
    Limit("links of one revision", amount(links.MAX_LINKS), "the comparison is refused; pass a PATH"),
    Limit("links one behind another, in a revision", amount(links.MAX_FOLLOWED), "they lead nowhere"),
    Limit("a link of a revision", size(links.MAX_LINK_BYTES), "it leads nowhere"),
    Limit("a path of a revision", size(trees.MAX_PATH_BYTES), "the comparison is refused"),
    Limit(
        "entries below `.git` checked for pipes and devices",
        amount(repository.MAX_LOOKED_AT),
        "the rest is covered by git's time limit",
    ),
)
NAMES = (
    Limit("a resource's name", "253 lowercase letters, digits, `-` and `.`", "the document is refused"),
    Limit("a label's key or value", "63 characters; a key's prefix 252", "the document is refused"),
    Limit(
        "the name of a picture's file", f"{render.MOST_NAME} characters", "it is cut, and ends with a digest"
    ),
)
STATE = (
    Limit("a state, a journal, a copy of a state", size(regular.MAX_BYTES), "it is neither read nor written"),
    Limit(
        "a saved plan",
        size(regular.MAX_PLAN_BYTES),
        "it is neither read nor written; plan fewer with --target",
    ),
    Limit("a lock file", size(regular.MAX_LOCK_BYTES), "not a reconciler lock file: the state is refused"),
    Limit(
        "files beside a state searched for a workspace's former name",
        amount(neighbours.MOST_NEIGHBOURS),
        "later ones in alphabetical order are not recognised",
    ),
    Limit(
        "records of a run that it can tell again to a database that lost them",
        amount(tail.MOST_RECORDS),
        "the run ends, and what was lost is in its log and its receipt",
    ),
    Limit(
        "workspaces of a database searched for a workspace's former name",
        amount(workspaces.MOST_WORKSPACES),
        "those written longer ago are not recognised",
    ),
    Limit(
        "hold on a state in a database, after the last contact of its run",
        f"{amount(database.TTL)} s",
        "another run can take it, and this one sends nothing more",
    ),
    Limit(
        "how long a run tolerates an unreachable database",
        f"{amount(database.PATIENCE)} s",
        "the run ends, and keeps what it could not record for `state recover`",
    ),
    Limit(
        "pages of a list of the cloud's in which tasks are looked for that nothing else tells of",
        amount(asking.MOST_PAGES),
        "the list is not read, and nothing is concluded of those tasks",
    ),
    Limit("earlier generations kept", amount(history.KEPT), "the oldest is removed"),
    Limit("earlier generations kept in a bucket", amount(copies.KEPT), "the oldest is removed"),
    Limit("lists of the runs kept in a bucket", amount(run_keeper.KEPT_INDEXES), "the oldest is removed"),
    Limit(
        "objects of a bucket's log behind the newest copy of the state",
        amount(backend.LONGEST),
        "the next run copies the state, so that less is read",
    ),
    Limit(
        "workspaces of a bucket that are looked into for records under another name",
        amount(neighbours_in_bucket.MOST_NEIGHBOURS),
        "the others are not looked into",
    ),
    Limit(
        "bytes of the object by which a workspace in a COS bucket is held",
        amount(cos.LARGEST),
        "it is begun anew",
    ),
    Limit(
        "runs kept for `history`",
        f"{parts.KEPT_RUNS}, of {parts.KEPT_DAYS} days (`RECONCILER_HISTORY_RUNS`, `_DAYS`)",
        "the oldest is removed, except runs whose tasks still run",
    ),
    Limit(
        "a run's entry in the history",
        size(runs.MAX_HEAD_BYTES),
        "it is left out of the list",
    ),
    Limit(
        "saved plans known as used", amount(state.REMEMBERED_PLANS), "an older one is refused by its serial"
    ),
    Limit(
        "a TaskId that is imported",
        f"{checks.LONGEST_TASK_ID} characters",
        "refused: the API returns none that is longer",
    ),
    Limit(
        "a log or a file of callbacks that is imported",
        size(guard.MAX_FILE_BYTES),
        "refused; split it, and import one part after the other",
    ),
    Limit(
        "how late a start may still take effect",
        f"{unanswered.LATE_SECONDS} s",
        "the record leaves its probation, and the next apply verifies it",
    ),
)
POLICY = retry.Policy()
CONNECT, ANSWER = client.TIMEOUT
CALLS = (
    Limit("calls in flight", amount(connection.WORKERS), "the next waits for one of them"),
    Limit(
        "calls a second of one action",
        f"{calls.PACE:.0%} of what the API allows, shared by the machine's processes",
        "the next waits for its slot",
    ),
    Limit("time to connect", f"{amount(CONNECT)} s", "nothing was sent; it is retried"),
    Limit("time for a whole answer", f"{amount(ANSWER)} s", "the outcome is unknown, and recorded as such"),
    Limit("an answer", size(transport.LARGEST_ANSWER), "it is not read completely; the outcome is unknown"),
    Limit(
        "attempts of one call",
        f"{POLICY.tries}, within {amount(POLICY.seconds)} s; {POLICY.capacity_tries} where the API has no "
        "capacity",
        "the change fails, and the others continue",
    ),
    Limit(
        "times that memory, files or threads run out in one run",
        f"{scheduler.MOST_BREAKS} times",
        "the run ends at the first, and stops waiting for further writes at the limit",
    ),
    Limit(
        "a file with a secret",
        size(secret_files.LARGEST_SECRET),
        "reported before the first call; no call is made",
    ),
    Limit(
        "a callback's body",
        size(receiving.MAX_CALLBACK_BYTES),
        "it is answered with 413, and not kept",
    ),
    Limit(
        "callers of the receiver at a time",
        f"{callback_server.MOST_CONNECTIONS} connections",
        "further ones are answered with 503, and the cloud sends again",
    ),
)
REPORTS = (
    Limit(
        "a report as markdown",
        f"{amount(markdown.LIMIT)} characters",
        "the summary stays, rows are omitted and counted",
    ),
    Limit(
        "places of one warning that a report names",
        amount(notices.MOST_PLACES),
        "the others are counted; json has all",
    ),
    Limit("a value in a report", f"{amount(spans.MOST)} characters", "it is cut, with `…`"),
    Limit("a line of words in a picture", f"{words.LONGEST_TEXT} characters", "it is cut, with `…`"),
)
WATCH = (
    Limit("a token's file", size(watch.MAX_TOKEN_BYTES), "it is refused"),
    Limit("the file of `--env-file`", size(watch_variables.MAX_VARIABLES_BYTES), "told; tried again later"),
    Limit(
        "starts of one resource that no end of its task explains",
        f"{restraint.MOST_RESTARTS} in {restraint.WITHIN:g} s",
        "it is left alone until its manifest changes or another run starts it",
    ),
    Limit(
        "a pause before what fails is tried again",
        f"{retrying.LONGEST_PAUSE:g} s",
        "it is tried again after that, or when the manifests change",
    ),
    Limit("pages that are kept up to date", amount(serving.MOST_STREAMS), "another one is answered with 503"),
    Limit(
        "messages that wait to be sent", amount(notifying.MOST_WAITING), "the oldest is dropped, and counted"
    ),
)
FLEET = (
    Limit(
        "rounds of a worker at a time",
        f"1 to {watch.MOST_ROUNDS}",
        "it is refused; more workers make more",
    ),
    Limit(
        "resources whose manifests a worker keeps in memory",
        amount(fleet_watches.MOST_RESOURCES),
        "those of the workspaces used longest ago are read anew",
    ),
    Limit("workspaces of a fleet", amount(fleet_files.MOST_FOLDERS), "the others are not looked after"),
    Limit(
        "workspaces that a worker leaves to others at a time",
        amount(member.MOST_SKIPPED),
        "it takes the round of another one, and hands it back",
    ),
    Limit(
        "versions of manifests that are remembered as having been in force",
        amount(versions.MOST_PAST),
        "an older one is one that nobody knows",
    ),
)
SIMULATOR = (
    Limit("a request's body", size(bodies.MOST_BODY_BYTES), "it is refused as the API does"),
    Limit("a form with an older signature", size(bodies.MOST_FORM_BYTES), "it is refused as the API does"),
    Limit("the query of a GET", size(bodies.MOST_QUERY_BYTES), "it is refused as the API does"),
    Limit("parameters of a form or query", amount(received.MOST_FIELDS), "it is refused"),
    Limit("levels of a parameter's name", amount(flat.MOST_LEVELS), "it is refused"),
    Limit(
        "a body that is read to its end", size(bodies.MOST_READ_BYTES), "it is refused with 413 immediately"
    ),
    Limit("time for a body", f"{amount(bodies.MOST_BODY_SECONDS)} s", "it is refused with 408"),
    Limit("a quoted `Host`", f"{callers.MOST_QUOTED} characters", "it is cut"),
    Limit("seconds of a fault", amount(faults.MOST_SECONDS), "the fault is refused"),
)
SECTIONS = (
    Section("Manifests", MANIFESTS),
    Section("Revisions", REVISIONS),
    Section("Names", NAMES),
    Section("State and plans", STATE),
    Section("Calls", CALLS),
    Section("Reports", REPORTS),
    Section("A watch", WATCH),
    Section("A fleet", FLEET),
    Section("The simulator", SIMULATOR),
)


def page() -> str:
    """The whole page."""
    lines = [INTRODUCTION]
    for section in SECTIONS:
        lines += [f"## {section.title}", "", "| what | limit | beyond it |", "| --- | --- | --- |"]
        lines += [f"| {one.what} | {one.most} | {one.beyond} |" for one in section.limits]
        lines.append("")
    return "\n".join(lines).rstrip("\n") + "\n"


def main() -> None:
    """Writes the page."""
    PAGE.write_text(page())


if __name__ == "__main__":
    main()
