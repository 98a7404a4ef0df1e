"""Which answer the simulator gives to each open question, switchable while it runs."""

from typing import Any

from .open_questions import BY_NAME, VARIANTS
from .store import Store


class Variants:
    """The answers in force."""

    def __init__(self, store: Store) -> None:
        """Read from the store each time, so that a switch holds at once and after a restart."""
        self._store = store

    def values(self) -> dict[str, str]:
        """Every name with its value in force."""
        chosen = self._store.setting("variants", {})
        return {variant.name: chosen.get(variant.name, variant.values[0]) for variant in VARIANTS}

    def __getitem__(self, name: str) -> str:
        """The value in force of one variant."""
        return self.values()[name]

    def choose(self, wanted: dict[str, Any]) -> dict[str, str]:
        """Switch some and tell all; a wrong name or value is a ValueError that lists the right ones."""
        for name, value in wanted.items():
            if name not in BY_NAME:
                raise ValueError(f"unknown variant {name!r}; use one of: {', '.join(BY_NAME)}")
            if value not in BY_NAME[name].values:
                raise ValueError(f"variant {name} must be one of: {', '.join(BY_NAME[name].values)}")
        chosen = self._store.setting("variants", {})
        self._store.keep_setting("variants", {**chosen, **wanted})
        return self.values()

    def describe(self) -> list[dict[str, Any]]:
        """All that a person needs to choose: name, value in force, values, meaning, where it is discussed."""
        values = self.values()
        return [
            {
                "name": variant.name,
                "value": values[variant.name],
                "values": list(variant.values),
                "meaning": variant.meaning,
                "reference": variant.reference,
            }
            for variant in VARIANTS
        ]
