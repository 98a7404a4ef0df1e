"""The order of keys: that of the models' fields, as docs/manifests.md has it.

Keys that somebody is free to choose, those of labels or slots, have no order but their own, and so
have fields that no model knows; they stand behind those that it does.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from reconciler.kinds import KINDS, OVERRIDE, SETTINGS
from reconciler.kinds.marks import Model
from reconciler.manifests.loading.header import Header


@dataclass(frozen=True, slots=True)
class Shape:
    """What may stand somewhere: the types, and what stands below a key where no type tells it."""

    types: tuple[Any, ...] = ()
    below: Mapping[str, "Shape"] = field(default_factory=dict)

    def names(self) -> tuple[str, ...]:
        """The keys of a mapping here, in order; none where keys are free."""
        found = (str(info.alias) for one in self._models() for info in one.model_fields.values())
        return tuple(dict.fromkeys(found))

    def at(self, key: str) -> "Shape":
        """The shape of what stands below a key."""
        if key in self.below:
            return self.below[key]
        infos = (info for one in self._models() for info in one.model_fields.values() if info.alias == key)
        values = (get_args(one)[1] for one in self._plain() if get_origin(one) is dict)
        return Shape((*(info.annotation for info in infos), *values))

    def item(self) -> "Shape":
        """The shape of each element of a list here."""
        return Shape(tuple(get_args(one)[0] for one in self._plain() if get_origin(one) is tuple))

    def _models(self) -> Iterator[type[Model]]:
        return (one for one in self._plain() if isinstance(one, type) and issubclass(one, Model))

    def _plain(self) -> Iterator[Any]:
        waiting = list(self.types)
        for one in waiting:
            if get_origin(one) is Annotated:
                waiting.append(get_args(one)[0])
            elif get_origin(one) in (Union, UnionType):
                waiting.extend(get_args(one))
            else:
                yield one


def shape_of(kind: Any, of: Any = None) -> Shape:
    """The shape of a document, by what its `kind` says; one of no known kind has free keys in its spec.

    `of` is the address of what it overrides, if it does.
    """
    if not isinstance(kind, str) or kind not in KINDS:
        return Shape((Header,), {"spec": Shape()})
    return Shape((Header,), {"spec": Shape((KINDS[kind].spec,), _inside(kind, of))})


def _inside(kind: str, of: Any) -> Mapping[str, Shape]:
    """What stands below fields of a kind whose types do not tell it: parts of specs of other kinds."""
    if kind == SETTINGS:
        return {"defaults": Shape(below={one: Shape((KINDS[one].spec,)) for one in KINDS})}
    other = of.partition("/")[0] if isinstance(of, str) else ""
    return {"set": Shape((KINDS[other].spec,))} if kind == OVERRIDE and other in KINDS else {}
