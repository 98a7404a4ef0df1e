"""What the vendor's SDK says of the requests that can be converted, read off its own model classes."""

import inspect
import re
from collections.abc import Iterator
from types import ModuleType
from typing import Any, NamedTuple

from tencentcloud.car.v20220110 import models as car
from tencentcloud.live.v20180801 import models as live
from tencentcloud.trtc.v20190722 import models as trtc

ACTIONS: dict[str, ModuleType] = {
    "StartPublishCdnStream": trtc,
    "StartStreamIngest": trtc,
    "StartPublishStream": car,
    "StartPublishStreamWithURL": car,
    "ForbidLiveStream": live,
    "ResumeLiveStream": live,
    "CreateCommonMixStream": live,
    "CreateLivePullStreamTask": live,
    "CreateCloudRecording": trtc,
}


class SdkField(NamedTuple):
    """A field of one of the SDK's classes: `model` is the class of what it holds, if that is an object."""

    owner: str
    name: str
    many: bool
    model: type[Any] | None

    @property
    def key(self) -> str:
        return f"{self.owner}.{self.name}"


def request_class(action: str) -> type[Any]:
    found: type[Any] = getattr(ACTIONS[action], f"{action}Request")
    return found


def fields_of(model: type[Any]) -> list[SdkField]:
    """In the order of the class; its properties are the fields, and their docstrings have the types."""
    module = inspect.getmodule(model)
    found = []
    for name, value in vars(model).items():
        if isinstance(value, property):
            told = re.search(r":rtype: (list of )?(?::class:`[\w.]+\.)?(\w+)", value.__doc__ or "")
            many, kind = (bool(told[1]), told[2]) if told else (False, "")
            inner = None if kind in ("", "str", "int", "bool", "float") else getattr(module, kind)
            found.append(SdkField(model.__name__, name, many, inner))
    return found


def all_fields(model: type[Any]) -> Iterator[SdkField]:
    """Those of a class and of all below it; one that is used twice comes twice."""
    for field in fields_of(model):
        yield field
        if field.model is not None:
            yield from all_fields(field.model)
