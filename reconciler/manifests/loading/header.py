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
        "not a label: at most 63 letters, digits, - _ and ., beginning and ending with a letter or digit; "
        "a prefix such as example.org/ may stand before it",
    ),
]
LabelValue = Annotated[
    str,
    pattern_validator(
        rf"({_LABEL})?",
        "not a label's value: at most 63 letters, digits, - _ and ., "
        "beginning and ending with a letter or digit",
    ),
]


class Metadata(Model):
    """Name, labels and annotations, by the usual rules of Kubernetes; and what a new name or none means."""

    name: Name
    """What the resource is called, unique among those of its kind in the workspace."""
    labels: dict[LabelKey, LabelValue] = Field(default_factory=dict)
    """What resources are chosen by, with --select."""
    annotations: dict[str, str] = Field(default_factory=dict)
    """Notes that nothing is chosen by."""
    renamed_from: Annotated[tuple[Name, ...], Many] = ()
    """Names that it had before: it takes over what is recorded under one of them, without a call."""
    on_removal: Literal["stop", "leave"] = "stop"
    """What is done once the document is gone: `stop` its task, or `leave` that running and forget it."""


class Header(Model):
    """What every document has around its spec."""

    api_version: Literal["reconciler/v1"]
    """The version of this format."""
    kind: str
    """What the document declares."""
    metadata: Metadata
    """The resource's name, and what is noted of it."""
    spec: dict[str, Any] = Field(default_factory=dict)
    """The fields of its kind."""
