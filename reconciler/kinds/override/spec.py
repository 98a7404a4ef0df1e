"""What an Override's document has."""

from typing import Annotated, Any

from pydantic import Field

from reconciler.kinds.api import NOWHERE, Spec
from reconciler.kinds.forms import pattern_validator

PATCH, DELETE = "$patch", "delete"
"""What an entry of a list with keys says to be removed, as in a strategic merge patch of Kubernetes."""
_ADDRESS = r"[A-Za-z]+/[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?"


class OverrideSpec(Spec):
    """The fields of the document."""

    of: Annotated[
        str,
        NOWHERE,
        pattern_validator(
            _ADDRESS,
            "not the address of a resource: use KIND/NAME, such as MixStream/hall-a",
            "MixStream/hall-a",
        ),
    ]
    """The address of the resource, KIND/NAME."""
    set_: Annotated[dict[str, Any], NOWHERE, Field(alias="set")]
    """The fields to set below its `spec`: mappings are merged, lists whose entries have a key are merged by
    it, other values are replaced, and null removes a field."""
