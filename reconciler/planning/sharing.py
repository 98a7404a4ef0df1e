"""Equal parts of what many resources say, kept once: the streams of a fleet say most things alike."""

from collections.abc import Callable, Hashable
from typing import Any, TypeVar, cast

M = TypeVar("M")
REMEMBERED = 4096
"""So many values are remembered. Then all are forgotten: those that are met often are soon known again."""


class Sharing:
    """Finds, for a value, an equal one that is there already.

    What was shared is not to be changed any more.
    """

    def __init__(self) -> None:
        self._known: dict[Any, Any] = {}
        self._made: dict[Hashable, tuple[Any, Any]] = {}

    def of(self, value: Any) -> Any:
        """An equal value: of mappings, lists, texts and integers one that is known, of all else this one.

        What is in a mapping or a list is shared, too, and put there in place of its own.
        """
        kind = type(value)
        if kind is str or kind is int:
            return self._once(value, value)
        # A part is the same one wherever it is met, for as long as what holds it is known.
        if kind is dict:
            for name, inner in value.items():
                value[name] = self.of(inner)
            return self._once((dict, *value, *map(id, value.values())), value)
        if kind is list:
            value[:] = map(self.of, value)
            return self._once((list, *map(id, value)), value)
        return value

    def made(self, name: Hashable, value: Any, make: Callable[[], M]) -> M:
        """What is made of a value; of an equal one under the same name, what was made of that.

        A value is not to be changed any more, nor what is made of it.
        """
        known = self._made.get(name)
        if known is not None and known[0] == value:
            return cast(M, known[1])
        if len(self._made) >= REMEMBERED:
            self._made.clear()
        made = make()
        self._made[name] = (value, made)
        return made

    def _once(self, key: Any, value: Any) -> Any:
        if len(self._known) >= REMEMBERED:
            self._known.clear()
        return self._known.setdefault(key, value)
