"""What runs the tool: the review of a change, the plan, the apply, the look for drift.

Each writes its reports as files, and the comment or issue that could be made of them; posting it
is another step's, with another token.
"""

import json
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ci.bodies import failed, fence, mark_of, posted
from ci.errors import StepError
from ci.files import copy_plain, refuse_links
from ci.host import Host
from ci.settings import Settings
from ci.tool import CHANGES, DONE, ERROR, Ran, Tool

COMMENT, REVIEW, ISSUE = "comment.md", "review.txt", "issue.md"
PLAN, LOG, APPLIED, RECEIPT = "plan.json", "apply.log", "apply.md", "receipt"
_TAIL = 16_000
_ATTEMPTS = 5
_BEGUN = "Apply: "
"""What the tool says at the end of a run that began; one that was refused before says it not."""


@dataclass(frozen=True, slots=True)
class Job:
    """What every job needs: `reports` is a directory that was made for this run and is nobody else's.

    `footer` names commit and run, `is_tip` tells whether the commit is newest.
    """

    settings: Settings
    reports: Path
    tool: Tool
    host: Host
    footer: str
    is_tip: Callable[[], bool]
    environ: Mapping[str, str]

    def file(self, name: str) -> Path:
        """A report's file."""
        return self.reports / name


def review(job: Job) -> int:
    """Two revisions against each other, without state, network or credentials: safe for a stranger's."""
    asked = ["diff", "--git", f"{job.settings.base}..{job.settings.head}", "--detailed-exitcode"]
    paths = ["--", *job.settings.paths]
    ran = job.tool.run([*asked, "--format", "markdown", *paths], job.file("review.md"))
    if not ran.failed:
        ran = job.tool.run([*asked, "--format", "text", *paths], job.file(REVIEW))
    if ran.failed:
        job.file(REVIEW).write_text(f"The review failed.\n\n{ran.said}", encoding="utf-8")
    return _told(job, "plan", "Review failed", ran, job.file("review.md"))


def plan(job: Job) -> int:
    """What an apply would do: the comment, the plan itself, and a page with pictures."""
    asked = ["plan", "--detailed-exitcode", *_place(job), *_consent(job)]
    asked += ["--untrusted"] if job.settings.untrusted else []
    paths = ["--", *job.settings.paths]
    saved = ["--out", str(job.file(PLAN))]
    ran = job.tool.run([*asked, *saved, "--format", "markdown", *paths], job.file("plan.md"))
    if not ran.failed:
        ran = job.tool.run([*asked, "--format", "html", *paths], job.file("plan.html"))
    return _told(job, "plan", "Plan failed", ran, job.file("plan.md"))


def drift(job: Job) -> int:
    """The cloud against the record; exits 2 where they differ."""
    asked = ["drift", "--detailed-exitcode", "--format", "markdown", *_place(job)]
    ran = job.tool.run([*asked, "--", *job.settings.paths], job.file("drift.md"))
    mark = mark_of("drift", job.settings.name)
    _write(job, ISSUE, _body(job, mark, "Drift could not be looked for", ran, job.file("drift.md")))
    job.host.output("drift", {DONE: "false", CHANGES: "true"}.get(ran.code, ""))
    return ran.code


def apply(job: Job) -> int:
    """Carries out a plan of the newest commit, or the saved one that was named, and keeps its record.

    Where another run changed the state in between it is planned again, while the commit is newest.
    """
    ran, before = Ran(ERROR, ""), None
    try:
        for attempt in range(_ATTEMPTS):
            if job.settings.branch and not job.is_tip():
                return _moved_on(job)
            planned = _planned(job)
            if planned.failed:
                return _unplanned(job, planned)
            serial = _plan_of(job).get("stateSerial")
            if attempt and serial == before:
                break
            ran, before = _carried_out(job), serial
            if not ran.failed or job.settings.plan or _BEGUN in ran.said:
                break
    finally:
        _keep_record(job)
    job.file(LOG).write_text(ran.said, encoding="utf-8")
    title = "Applied" if ran.code == DONE else f"The apply ended with {ran.code}"
    _write(job, APPLIED, f"### {title}\n\n{fence(ran.said[-_TAIL:])}\n\n{job.footer}\n")
    job.host.output("applied", str(ran.code == DONE).lower())
    return ran.code


def _moved_on(job: Job) -> int:
    text = f"Nothing was applied: {job.settings.branch} has moved on since; its newest commit has a run."
    print(text)
    _write(job, APPLIED, text)
    job.host.output("applied", "false")
    return DONE


def _unplanned(job: Job, planned: Ran) -> int:
    _write(job, APPLIED, failed("", "Nothing was applied: the plan failed", planned.said, job.footer))
    job.host.output("applied", "false")
    return planned.code


def _carried_out(job: Job) -> Ran:
    """The apply of the plan that was saved."""
    asked = ["apply", str(job.file(PLAN)), "--auto-approve", "--lock-timeout", job.settings.lock_timeout]
    kept = ["--runner-keeps-state"] if job.settings.keeps_state else []
    return job.tool.run([*asked, *kept, *_receipt(job)])


def _receipt(job: Job) -> list[str]:
    """What a database is held to, as an earlier run left it; at the end what this one leaves."""
    if not str(_plan_of(job).get("context", {}).get("state")).startswith("postgresql://"):
        return []
    file = job.file(RECEIPT)
    if job.settings.receipt and not file.exists():
        try:
            copy_plain(Path(job.settings.receipt), file, job.environ)
        except StepError as error:
            raise StepError(f"the receipt of an earlier apply cannot be taken: {error}") from error
    return ["--receipt", str(file)]


def _planned(job: Job) -> Ran:
    """The plan to carry out as a file."""
    if job.settings.plan:
        try:
            copy_plain(Path(job.settings.plan), job.file(PLAN), job.environ)
        except StepError as error:
            raise StepError(f"the saved plan cannot be taken: {error}") from error
        return Ran(CHANGES, "")
    asked = ["plan", "--detailed-exitcode", *_place(job), *_consent(job), "--out", str(job.file(PLAN))]
    return job.tool.run([*asked, "--format", "markdown", "--", *job.settings.paths], job.file("plan.md"))


def _keep_record(job: Job) -> None:
    """Keeps the record beside the reports: what else a runner has may be thrown away with it."""
    planned = _plan_of(job)
    try:
        state = str(planned["context"]["state"])
    except (KeyError, TypeError):
        print("there is no record to keep: no plan names a state")
        return
    if "://" in state:
        _keep_shared(job, str(planned.get("workspace") or job.settings.name))
    else:
        _keep_file(job, Path(state))


def _plan_of(job: Job) -> dict[str, Any]:
    """The plan that was saved; empty where there is none that can be read."""
    try:
        planned = json.loads(job.file(PLAN).read_bytes())
    except (OSError, ValueError):
        return {}
    return planned if isinstance(planned, dict) else {}


def _keep_shared(job: Job, workspace: str) -> None:
    """The record as a shared store has it, and the answers of this runner that it could not take."""
    record = job.file(f"record-{workspace}.json")
    if job.tool.run(["state", "pull", *_place(job), "--", *job.settings.paths], record).failed:
        record.unlink()
        print("the record is not kept: the state could not be read")
    for file in sorted((_state_home(job.environ) / "spill").glob("*")):
        try:
            copy_plain(file, job.file(f"spill-{file.name}"), job.environ)
        except StepError as error:
            print(f"an answer that was not recorded is not kept: {error}")


def _state_home(environ: Mapping[str, str]) -> Path:
    """Where the tool keeps what is of this machine (docs/shared-state.md)."""
    named = Path(environ.get("XDG_STATE_HOME") or ".")
    base = named if named.is_absolute() else Path(environ.get("HOME") or os.sep, ".local", "state")
    return base / "reconciler"


def _keep_file(job: Job, state: Path) -> None:
    """Copies of state and journal."""
    try:
        refuse_links(state, job.environ)
        real = state.resolve()
        is_json = real.name.endswith(".json")
        journal = f"{real.name.removesuffix('.json')}.journal" if is_json else f"{real.name}.state-journal"
        for file in (real, real.with_name(journal)):
            if os.path.lexists(file):
                copy_plain(file, job.file(f"record-{file.name}"), job.environ)
    except StepError as error:
        print(f"the record is not kept: {error}")


def _place(job: Job) -> list[str]:
    """Where the state is."""
    named = ["--state", job.settings.state] if job.settings.state else []
    return [*named, *(["--runner-keeps-state"] if job.settings.keeps_state else [])]


def _consent(job: Job) -> list[str]:
    limit = ["--max-impact", job.settings.max_impact] if job.settings.max_impact else []
    return [*limit, *(["--allow"] if job.settings.allow else [])]


def _told(job: Job, kind: str, title: str, ran: Ran, report: Path) -> int:
    """Writes the comment and says whether there are changes; 0 with or without any."""
    _write(job, COMMENT, _body(job, mark_of(kind, job.settings.name), title, ran, report))
    job.host.output("changes", {DONE: "false", CHANGES: "true"}.get(ran.code, ""))
    return ran.code if ran.failed else DONE


def _body(job: Job, mark: str, title: str, ran: Ran, report: Path) -> str:
    if ran.failed:
        return failed(mark, title, ran.said, job.footer)
    return posted(mark, report.read_text(encoding="utf-8"), job.footer)


def _write(job: Job, name: str, text: str) -> None:
    """A report as a file, and on the run's page."""
    job.file(name).write_text(text, encoding="utf-8")
    job.host.summary(text)
