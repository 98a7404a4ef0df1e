"""What a plan is asked for on the command line, and what came of it."""

from dataclasses import dataclass
from pathlib import Path

from reconciler.backends.protocol import StateLocation
from reconciler.cli.options import EVERYTHING, Consent, Selection
from reconciler.plan.model import Plan
from reconciler.reports.formats import ReportContext


@dataclass(frozen=True, slots=True)
class PlanOptions:
    """The options and arguments of `plan`, but for how it is shown; see its help."""

    paths: tuple[str, ...]
    state_file: StateLocation | None
    kept: bool
    plain_http: bool
    selection: Selection
    consent: Consent
    resigned: tuple[str, ...]
    no_cache: bool
    untrusted: bool
    no_refresh: bool
    at: float | None
    new_state: bool
    out: Path | None

    @property
    def uses_index(self) -> bool:
        """Whether an index is looked at; a stranger's manifests could have been made to fit another's.

        What is known holds until a moment, and so not for a plan of another time.
        """
        return not (self.no_cache or self.untrusted or self.at is not None)

    @property
    def refresh(self) -> bool:
        """Whether the cloud is asked."""
        return not (self.no_refresh or self.untrusted)

    @property
    def is_of_everything(self) -> bool:
        """Whether it is of all resources, with nothing done again."""
        return self.selection == EVERYTHING and not self.resigned


@dataclass(frozen=True, slots=True)
class Made:
    """A plan, and what its report tells beside it."""

    plan: Plan
    context: ReportContext
