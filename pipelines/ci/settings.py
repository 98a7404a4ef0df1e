"""What a step is to do, as the variables that begin with `PIPELINE_` say it."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from ci.errors import StepError
from ci.files import WORK_TREES


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings of all steps.

    `name` tells several workspaces of one repository apart; `paths` are those of the manifests;
    `state` is a file, "" for the one the workspace names; `base` and `head` are git revisions;
    `plan` is a saved plan that apply is to carry out, `receipt` what an earlier apply left;
    `branch` is the one whose tip alone may be applied, "" for no such check; `reports` is where a step writes
    (None: a directory of its own choice); `tool` is the command to run.
    """

    name: str
    paths: tuple[str, ...]
    state: str
    keeps_state: bool
    untrusted: bool
    max_impact: str
    allow: bool
    lock_timeout: str
    base: str
    head: str
    plan: str
    receipt: str
    branch: str
    reports: Path | None
    tool: str


def settings_of(environ: Mapping[str, str]) -> Settings:
    """The settings that the variables make; raises StepError for what cannot be meant."""

    def text(name: str, default: str = "") -> str:
        return environ.get(f"PIPELINE_{name}", "").strip() or default

    settings = Settings(
        name=text("NAME", "reconciler"),
        paths=tuple(line.strip() for line in text("PATHS", "manifests").splitlines() if line.strip()),
        state=text("STATE"),
        keeps_state=_flag("RUNNER_KEEPS_STATE", text("RUNNER_KEEPS_STATE")),
        untrusted=_flag("UNTRUSTED", text("UNTRUSTED")),
        max_impact=text("MAX_IMPACT"),
        allow=_flag("ALLOW", text("ALLOW")),
        lock_timeout=text("LOCK_TIMEOUT", "10m"),
        base=text("BASE", "HEAD^1"),
        head=text("HEAD", "HEAD"),
        plan=text("PLAN"),
        receipt=text("RECEIPT"),
        branch=text("BRANCH"),
        reports=Path(text("REPORTS")) if text("REPORTS") else None,
        tool=text("TOOL", "reconciler"),
    )
    if settings.keeps_state:
        _check_place(settings.state, environ)
    return settings


def _flag(name: str, text: str) -> bool:
    if text.lower() in ("true", "false", ""):
        return text.lower() == "true"
    raise StepError(f"PIPELINE_{name} is {text!r}; write true or false")


def _check_place(state: str, environ: Mapping[str, str]) -> None:
    """Raises StepError for a state that the next checkout would remove: it cleans the whole work tree."""
    trees = [Path(environ[name]).resolve() for name in WORK_TREES if environ.get(name)]
    if Path(state).is_absolute() and not any(Path(state).resolve().is_relative_to(tree) for tree in trees):
        return
    raise StepError(
        f"the runner is said to keep the state, but the state is {state or 'not named'}: a checkout removes "
        "what git does not know from its work tree. Name a file outside it, such as "
        "/var/lib/reconciler/NAME.json"
    )
