"""What every document has around its spec: version, kind, name, labels and annotations."""

from typing import Annotated, Any, Literal

from pydantic import Field

from reconciler.kinds.fields import Name
from reconciler.kinds.forms import pattern_validator
from reconciler.kinds.marks import Many, Model

_LABEL = r"[A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?"
LabelKey = Annotated[
    str,
    pattern_validator(
        rf"([a-z0-9][a-z0-9.-]{{0,251}}/)?{_LABEL}",
        "not a valid label: use at most 63 letters, digits, - _ and ., starting and ending with a letter or "
        "digit, after an optional prefix such as example.org/",
    ),
]
LabelValue = Annotated[
    str,
    pattern_validator(
        rf"({_LABEL})?",
        "not a valid label value: use at most 63 letters, digits, - _ and ., starting and ending with a "
        "letter or digit",
    ),
]


class Metadata(Model):
    """Name, labels and annotations, by the usual rules of Kubernetes; and what a new name or none means."""

    name: Name
    """The resource's name, unique per kind in the workspace."""
    labels: dict[LabelKey, LabelValue] = Field(default_factory=dict)
    """Labels for selecting resources with --select."""
    annotations: dict[str, str] = Field(default_factory=dict)
    """Notes; not used for selection."""
    renamed_from: Annotated[tuple[Name, ...], Many] = ()
    """Former names: the resource takes over the record under one of them, without a call."""
    on_removal: Literal["stop", "leave"] = "stop"
    """What to do when the document is removed: `stop` its task, or `leave` it running, untracked."""


class Header(Model):
    """What every document has around its spec."""

    api_version: Literal["reconciler/v1"]
    """The version of this format."""
    kind: str
    """What the document declares."""
    metadata: Metadata
    """The resource's name, labels and notes."""
    spec: dict[str, Any] = Field(default_factory=dict)
    """The fields of its kind."""
