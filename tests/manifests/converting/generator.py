"""Random requests, built from the vendor SDK's own model classes: any subset of fields, valid values."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from random import Random
from typing import Any

from .rules import FITS
from .sdk import ACTIONS, SdkField, all_fields, fields_of, request_class
from .values import DEPRECATED, REQUIRED, VALUES, Place

SHARES = (0.0, 0.2, 0.5, 0.8, 1.0)
"""How many of the optional fields a request has: none, some, all."""
MOST = 3
"""Entries of a list of objects."""

MODELS: dict[str, type[Any]] = {
    one.model.__name__: one.model
    for action in ACTIONS
    for one in all_fields(request_class(action))
    if one.model is not None
}


@dataclass(frozen=True)
class Drawing(Place):
    """Draws one request; `share` is how likely it has each optional field."""

    share: float

    def made(self, model: str) -> Any:
        return self.object(MODELS[model])

    def object(self, model: type[Any]) -> Any:
        drawn = model()
        for one in fields_of(model):
            wanted = one.key in REQUIRED or self.chance(self.share)
            if wanted and one.key not in DEPRECATED:
                setattr(drawn, one.name, self._value(one))
        FITS.get(model.__name__, lambda drawn, at: None)(drawn, self)
        return drawn

    def _value(self, one: SdkField) -> Any:
        if one.model is None:
            return VALUES[one.key](self)
        if one.many:
            return [self.object(one.model) for _ in range(self.random.randint(0, MOST))]
        return self.object(one.model)


def requests(action: str, random: Random, numbers: Iterator[int], now: datetime) -> Iterator[dict[str, Any]]:
    """Bodies without end; `numbers` are unlike for all that are applied together."""
    for number in numbers:
        drawing = Drawing(random, number, now, random.choice(SHARES))
        yield dict(drawing.object(request_class(action))._serialize())
