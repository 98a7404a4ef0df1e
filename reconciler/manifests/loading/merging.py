"""The strategic merge of an override: mappings merge, lists with keys merge by key, anything else replaces.

An override that hits nothing is wrong, and so are two that set the same field, or one inside what another
sets: which of them counts must not depend on the order of files.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from reconciler.kinds.api import Spec
from reconciler.kinds.marks import holds_secret
from reconciler.kinds.override.spec import DELETE, PATCH
from reconciler.kinds.push_domains import list_keys
from reconciler.manifests.loading.layers import NOTHING, Node, plain, set_below, tree
from reconciler.manifests.loading.messages import shown
from reconciler.manifests.reading.reader import Document
from reconciler.model import Address, Path

_Keys = tuple[tuple[str, ...], ...]


@dataclass(slots=True)
class Merge:
    """One override laid over the spec of a kind; `faults` are what is wrong, by paths in the override."""

    target: Address
    spec: type[Spec]
    override: Document
    faults: list[tuple[Path, str]] = field(default_factory=list)

    def lay(self, root: Node, value: Mapping[str, Any], at: Path) -> None:
        """Lays a mapping that stands at a path of the override over the spec's tree."""
        if not value:
            self.faults.append((at, "sets nothing: add the fields to set, or remove the override"))
        self._mapping(root, value, (), at)

    def _mapping(self, node: Node, value: Mapping[str, Any], path: Path, at: Path) -> None:
        for key, inner in value.items():
            self._field(node, key, inner, (*path, key), (*at, key))

    def _field(self, around: Node, key: str, value: Any, path: Path, at: Path) -> None:
        node = around.value.get(key)
        if node is not None and node.is_set:
            self._twice(node, at)
        elif value is None:
            self._remove(around, key, node, at)
        elif isinstance(value, dict) and self._merges(node, path):
            self._inside(around, key, value, path, at)
        elif isinstance(value, list) and (keys := self._keys(node, path)):
            self._entries(around.value[key], value, keys, path, at)
        else:
            self._replace(around, key, value, at)

    def _merges(self, node: Node | None, path: Path) -> bool:
        """Whether a mapping is merged; a reference to a secret is one value."""
        known = node is None or isinstance(node.value, dict)
        return known and not holds_secret(self.spec, path)

    def _keys(self, node: Node | None, path: Path) -> _Keys:
        """How the entries of the list are told apart; in no way where it is replaced."""
        return list_keys(self.spec, path) if node is not None and isinstance(node.value, list) else ()

    def _inside(self, around: Node, key: str, value: dict[str, Any], path: Path, at: Path) -> None:
        node = around.value.get(key)
        if not value and node is None:
            self._replace(around, key, value, at)
        elif not value:
            self.faults.append((at, "sets nothing: add the fields to set, or remove it"))
        elif node is None:
            node = Node({}, self.override, at)
            self._mapping(node, value, path, at)
            around.value |= {key: node} if node.value else {}
        else:
            self._mapping(node, value, path, at)

    def _remove(self, around: Node, key: str, node: Node | None, at: Path) -> None:
        if node is None:
            words = f"null removes nothing: {self.target} does not set this field; delete this line"
            self.faults.append((at, words))
        elif not self._conflicts(node, at):
            around.value[key] = Node(NOTHING, self.override, at, node)

    def _replace(self, around: Node, key: str, value: Any, at: Path) -> None:
        node = around.value.get(key)
        if node is None or not self._conflicts(node, at):
            around.value[key] = self._new(value, at, NOTHING if node is None else node)

    def _new(self, value: Any, at: Path, before: Any) -> Node:
        node = tree(value, self.override, at)
        node.before = before
        return node

    # Lists with keys

    def _entries(self, node: Node, items: list[Any], keys: _Keys, path: Path, at: Path) -> None:
        known: dict[str, list[int]] = {}
        for number, one in enumerate(node.value):
            known.setdefault(_key(_identity(_whole(one), keys)), []).append(number)
        for index, item in enumerate(items):
            self._entry(node, item, keys, known, path, (*at, index))

    def _entry(
        self, node: Node, item: Any, keys: _Keys, known: dict[str, list[int]], path: Path, at: Path
    ) -> None:
        own = _identity(item, keys)
        if isinstance(item, dict) and own is None:
            needed = " or ".join(" and ".join(one) for one in keys)
            self.faults.append((at, f"requires {needed}: the entries of this list are merged by it"))
            return
        found = known.get(_key(own), []) if own is not None else []
        if len(found) > 1:
            self.faults.append((at, f"{len(found)} entries of {self.target} have this key: make them differ"))
        elif found and node.value[found[0]].is_set:
            self._twice(node.value[found[0]], at)
        elif isinstance(item, dict) and PATCH in item:
            self._delete(node, found, item, own, at)
        elif not found:
            known[_key(own)] = [len(node.value)]
            node.value.append(self._new(item, at, NOTHING))
        else:
            node.value[found[0]] = _opened(node.value[found[0]], keys)
            self._rest(node.value[found[0]], item, own, (*path, found[0]), at)

    def _rest(self, node: Node, item: Any, own: "_Identity | None", path: Path, at: Path) -> None:
        """Lays what an entry says beside its key over the entry with that key."""
        said = item if isinstance(item, dict) else {}
        rest = {name: value for name, value in said.items() if own is None or name not in own.names}
        if not rest:
            self.faults.append((at, f"sets nothing: {self.target} has this entry; add the fields to set"))
        self._mapping(node, rest, path, at)

    def _delete(
        self, node: Node, found: list[int], item: dict[str, Any], own: "_Identity | None", at: Path
    ) -> None:
        more = [name for name in item if name != PATCH and own is not None and name not in own.names]
        if item[PATCH] != DELETE:
            self.faults.append(((*at, PATCH), f"found {shown(item[PATCH])}; allowed: {DELETE}"))
        elif more:
            self.faults.append(((*at, more[0]), "has no use in an entry that is removed: remove this field"))
        elif not found:
            self.faults.append((at, f"removes nothing: {self.target} has no such entry; remove this one"))
        elif not self._conflicts(node.value[found[0]], at):
            node.value[found[0]] = Node(NOTHING, self.override, at, node.value[found[0]])

    # Two overrides of one field

    def _conflicts(self, node: Node, at: Path) -> bool:
        """Whether another override sets something inside of what this one replaces, which is noted."""
        first = next((one for _, one in set_below(node)), None)
        if first is not None:
            self._twice(first, at)
        return first is not None

    def _twice(self, node: Node, at: Path) -> None:
        words = f"already set by the override at {node.place}: remove one of the two"
        self.faults.append((at, words))


@dataclass(frozen=True, slots=True)
class _Identity:
    """What tells an entry apart: the names of its properties and their values."""

    names: tuple[str, ...]
    values: tuple[Any, ...]


def _identity(item: Any, keys: _Keys) -> _Identity | None:
    """By the first form whose first property is there; None of an entry that has none of them.

    An entry that is a text is the key alone, as of a slot that has nothing but a name.
    """
    if isinstance(item, str) and len(keys[0]) == 1:
        return _Identity(keys[0], (item,))
    if not isinstance(item, dict):
        return None
    names = next((one for one in keys if item.get(one[0]) is not None), None)
    return None if names is None else _Identity(names, tuple(map(item.get, names)))


def _opened(node: Node, keys: _Keys) -> Node:
    """An entry that is its key alone as the mapping that it is short for."""
    if not isinstance(node.value, str):
        return node
    return Node({keys[0][0]: Node(node.value, node.document, node.path)}, node.document, node.path)


def _key(identity: _Identity | None) -> str:
    """An identity as one text, in which 1, "1" and true are three things."""
    return "" if identity is None else json.dumps((identity.names, identity.values), sort_keys=True)


def _whole(node: Node) -> Any:
    """The value of an entry, also of one that is removed."""
    return plain(node.before) if node.value is NOTHING and isinstance(node.before, Node) else plain(node)
