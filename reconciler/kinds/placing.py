"""In which region a task is looked after: its own, or the workspace's, and what is wrong with that."""

from collections.abc import Iterator, Sequence
from typing import ClassVar

from reconciler.calls import Action
from reconciler.kinds.base import Fault, Setting, Settings
from reconciler.kinds.marks import Model
from reconciler.kinds.regions import Regions, region_fault


class Placed(Model):
    """A spec whose task runs in a region; `served` are those of the actions that look after it."""

    served: ClassVar[Regions]


UNSET = "is not set"
"""What is wrong with a setting of the workspace that no resource has either."""


def region_faults(own: str | None, settings: Settings, actions: Sequence[Action]) -> Iterator[Fault]:
    """What keeps a task of these actions from a region, of which the first starts it."""
    region = own or settings.region
    if region is None:
        words = "missing: set region in the workspace, or region here"
        yield Fault(("region",), words, setting=Setting(("region",), UNSET))
    elif text := region_fault(region, actions, settings.site):
        todo = "set region here" if own else "set another region here, or set a region in each resource"
        yield Fault(("region",), f"{text}: {todo}", of_workspace=own is None)
