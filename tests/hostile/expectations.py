"""What must become of each hostile input: the exit code, and words that its errors have to hold.

Expectations go by class, a directory of files/ or a table of made inputs, and say nothing of which
fields a kind has: those come and go, and what is hostile stays.
"""

import re
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent
FILES = HERE / "files"
WORKSPACE = HERE / "workspace.yaml"

PLANTED = re.compile(r"planted|canary|8675309|12345678901e", re.IGNORECASE)
"""Every secret that the corpus holds, or a beginning of it."""


@dataclass(frozen=True, slots=True)
class Expected:
    """`says` is found in standard error, or in standard output where the input is allowed."""

    code: int
    says: str
    alone: bool = False
    """Whether the input brings its own workspace."""
    placed: bool = True
    """Whether every problem has a line and a column, rather than being one of a whole file."""


SOUND = Expected(0, r"^workspace \S+: \d+ documents?, \d+ to plan, no problems$")
_YAML = "not valid YAML"
_WRONG_VALUE = r": found .*(allowed: |: not an? |: (write|use) )|: is required|unknown field"
_WORKSPACE_ALONE = r"spec\S*: found |spec\S*: unknown field|not valid YAML"

CLASSES = {
    "addresses": Expected(1, r"spec\.\S+: (found '|\S+ does not exist)"),
    "aliases": Expected(1, "found an (anchor|alias)|found a merge key"),
    "attributes": Expected(1, "unknown field|contains (a|the) placeholder"),
    "blocks-broken": Expected(1, _YAML),
    "blocks-odd": SOUND,
    "confusables": Expected(1, r"unknown field|: kind: found|apiVersion: found|not a valid name"),
    "control-escaped": Expected(1, r"an escape for U\+[0-9A-F]{4,6}"),
    "control-raw": Expected(1, r"found the character U\+[0-9A-F]{4,6}"),
    "directives": Expected(1, rf"{_YAML}|found a %TAG directive|lines that begin with %"),
    "documents": SOUND,
    "duplicates": Expected(1, "found the key .* twice in the same mapping"),
    "encoding": Expected(1, r"which is not UTF-8|found the character U\+"),
    "escape-of-nothing": Expected(1, rf"{_YAML}|an escape for U\+0000"),
    "heads": Expected(1, r"is required|allowed(?: here)?: |already declared"),
    "injection": SOUND,
    "json": Expected(
        1,
        rf"{_YAML}|found an? |unknown field|found UTF-16|kind: found|more than 32 levels|found the character",
    ),
    "json-sound": SOUND,
    "keys": Expected(1, r"keys must be text|found a merge key|finite|integer of \d+ digits|" + _YAML),
    "labels": Expected(1, r"not a valid label|allowed: a (string|text|mapping)"),
    "line-breaks": SOUND,
    "names": Expected(
        1, r"metadata\.name: (found .*(not a valid name|allowed: a (string|text))|contains the placeholder)"
    ),
    "names-allowed": SOUND,
    "nesting": Expected(1, rf"more than 32 levels|keys must be text|{_YAML}"),
    "not-the-text-it-looks-like": Expected(1, r"spec\.streamName: found .*allowed: a (string|text)"),
    "numbers-as-text": SOUND,
    "numbers-refused": Expected(1, r"digits|finite|characters; the limit is|that is too large"),
    "other-formats": Expected(
        1, rf"{_YAML}|a document must be a mapping|found the character|which is not UTF-8"
    ),
    "placeholders": Expected(1, "contains (a|the) placeholder"),
    "roots": Expected(1, "a document must be a mapping|keys must be text"),
    "secrets": Expected(1, r": spec\.\S+: "),
    "syntax": Expected(1, rf"{_YAML}|keys must be text|found a (tag|merge)|found an alias|is required"),
    "tabs": Expected(1, rf"{_YAML}|is required"),
    "tags": Expected(1, rf"found a tag|stands for no character|{_YAML}"),
    "words-as-text": SOUND,
    "workspace-addresses": Expected(
        1, r": spec\.(endpoint|trtc\.secretKey\S*): (found |contains the placeholder)", alone=True
    ),
    "workspace-secrets": Expected(1, _WORKSPACE_ALONE, alone=True),
    "workspace-wrong-types": Expected(1, rf"{_WRONG_VALUE}|: kind: a second Workspace", alone=True),
    "wrong-types": Expected(1, _WRONG_VALUE),
}
"""By the name of the directory in files/."""


def small_files() -> dict[str, Path]:
    """Every committed file by `CLASS/NAME`."""
    found = (
        path for directory in sorted(FILES.iterdir()) if directory.is_dir() for path in directory.iterdir()
    )
    return {f"{path.parent.name}/{path.name}": path for path in sorted(found)}
