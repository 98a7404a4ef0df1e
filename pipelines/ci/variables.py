"""Secrets for the tool, as lines of `NAME=value`: one secret of a forge can hold all that manifests name."""

import re
from collections.abc import Mapping

from ci.errors import StepError

_NAME = re.compile(r"[A-Z][A-Z0-9_]*")
_PREFIXES = ("TENCENTCLOUD_", "TRTC_", "STREAM_")
_STATE_PREFIXES = ("RECONCILER_OBJECTS_", "AWS_")
_STATE = frozenset(
    {
        "RECONCILER_STATE_URL",
        "PGDATABASE",
        "PGHOST",
        "PGPASSWORD",
        "PGPORT",
        "PGSSLMODE",
        "PGSSLROOTCERT",
        "PGUSER",
    }
)
"""What a shared state is reached by (docs/shared-state.md)."""
_OURS = ("PIPELINE_VARIABLES", "GITHUB_TOKEN", "RECONCILER_GITLAB_TOKEN")
"""What the tool has no use for: our own input, and the tokens that can write to the forge."""


def parse_variables(text: str, extra: str = "") -> dict[str, str]:
    """The variables of the lines; one without a value is left out. Raises StepError without naming a value.

    A name begins with TENCENTCLOUD_, TRTC_ or STREAM_, is one by which a shared state is reached, or one of
    `extra` (RECONCILER_SECRETS, separated by commas): such a line must not become PATH or another endpoint.
    """
    named = {name.strip() for name in extra.split(",") if name.strip()}
    found: dict[str, str] = {}
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        name, equals, value = line.partition("=")
        name = name.strip()
        if not equals or not _NAME.fullmatch(name):
            raise StepError(f"PIPELINE_VARIABLES, line {number}: write NAME=value")
        if not name.startswith((*_PREFIXES, *_STATE_PREFIXES)) and name not in named | _STATE:
            raise StepError(
                f"PIPELINE_VARIABLES, line {number}: {name} begins with none of {', '.join(_PREFIXES)}, is "
                "not one by which a shared state is reached, and RECONCILER_SECRETS does not list it"
            )
        if value.strip():
            found[name] = value.strip()
    return found


def tool_environment(environ: Mapping[str, str], given: Mapping[str, str]) -> dict[str, str]:
    """What the tool gets: the step's environment without what it has no use for, and the variables."""
    return {**{name: value for name, value in environ.items() if name not in _OURS}, **given}
