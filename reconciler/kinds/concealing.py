"""Fields that hold an address, which may have a secret in clear: where they stand, and how it is kept.

A secret that a manifest has in clear is planned, compared and recorded as its digest (see plaintext);
the values stay in the process that read the manifests, in Concealed.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any, NamedTuple, get_args, get_origin

from reconciler.kinds import KINDS
from reconciler.kinds.addresses import AddressText
from reconciler.kinds.converting.reading import variable_word
from reconciler.kinds.marks import Model, annotations_of, models_in, replaced
from reconciler.model import Address, Path, Resource
from reconciler.plaintext import Spans, digest_of, secret_spans, with_digests
from reconciler.state.model import Entry, LateCall, State

EACH = "*"
"""In a tree of field names, each element of a list or each value of a mapping."""

Tree = Mapping[str, "Tree | AddressText"]
Keys = Callable[[str], Spans]
"""The secrets of its own that an address has."""
Change = Callable[[str, Keys], str]


@dataclass(frozen=True, slots=True)
class Concealed:
    """Resources whose specs hold no secret, and the texts as the manifests have them.

    `texts` has, for each text with digests in it, the one that is to be sent: never shown, never written.
    """

    resources: tuple[Resource, ...]
    texts: Mapping[str, str] = field(default_factory=dict, repr=False)


@cache
def address_tree(spec: type[Model]) -> Tree:
    """The fields below a model that lead to an address, with EACH for elements; an address is a leaf."""
    found: dict[str, Tree | AddressText] = {}
    for info in spec.model_fields.values():
        mark = next((part for part in annotations_of(info) if isinstance(part, AddressText)), None)
        if mark is not None:
            found[str(info.alias)] = {EACH: mark} if _is_collection(info.annotation) else mark
            continue
        models = [one for one in models_in(info.annotation) if issubclass(one, Model)]
        trees = [address_tree(model) for model in models if not model.holds_secret]
        below: Tree = {name: tree for one in trees for name, tree in one.items()}
        if below:
            found[str(info.alias)] = {EACH: below} if _is_collection(info.annotation) else below
    return found


class WrittenAddress(NamedTuple):
    """An address that a spec has as a text, with its path, and the keys that such a one has."""

    path: Path
    text: str
    keys: Keys

    @property
    def has_secret(self) -> bool:
        """Whether a secret is in it in clear."""
        return bool(secret_spans(self.text) or self.keys(self.text))


def addresses_in(spec: type[Model], value: Mapping[str, Any]) -> Iterator[WrittenAddress]:
    """Every address that a spec has as a text."""
    found: list[WrittenAddress] = []
    _collect_texts(value, address_tree(spec), (), found)
    return iter(found)


def reference_for(address: Address, path: Path) -> str:
    """The reference to write instead of a secret that stands in clear at a path of a document's spec."""
    return f"{{env: {_variable_for(address, path)}}}"


def _variable_for(address: Address, path: Path) -> str:
    words = "_".join(variable_word(str(part)) for part in path)
    return f"STREAM_{variable_word(address.name)}_{words}"


def with_references(address: Address, spec: type[Model], value: Mapping[str, Any]) -> Mapping[str, Any]:
    """A document's spec as it may be shown, with a reference in the place of each secret in clear."""
    for one in addresses_in(spec, value):
        if one.has_secret:
            value = replaced(value, one.path, {"env": _variable_for(address, one.path)})
    return value


def conceal(resources: Iterable[Resource], key: str) -> Concealed:
    """The resources with digests in the place of secrets in clear, under the state's key."""
    texts: dict[str, str] = {}

    def change(text: str, keys: Keys) -> str:
        hidden = with_digests(text, key, keys)
        if hidden != text:
            texts[hidden] = text
        return hidden

    found = []
    for one in resources:
        spec = _changed(_model(one.address), one.spec, change)
        if spec is not one.spec:
            # A digest of a document that holds a secret is one of the secret.
            uses = {address: digest_of(text, key) for address, text in one.uses.items()}
            one = replace(one.with_spec(spec), digest=digest_of(one.digest, key), uses=uses)
        found.append(one)
    return Concealed(tuple(found), texts)


def conceal_spec(kind: str, spec: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    """A spec of a kind, or a part of one, with digests in the place of secrets in clear."""
    return _changed(_model(Address(kind, "")), spec, lambda text, keys: with_digests(text, key, keys))


def conceal_state(state: State) -> State:
    """The state with digests in the place of secrets that an older version recorded in clear."""
    entries = {
        address: conceal_entry(entry, address, state.digest_key) for address, entry in state.entries.items()
    }
    if all(entry is state.entries[address] for address, entry in entries.items()):
        return state
    return replace(state, entries=entries)


def _model(address: Address) -> type[Model] | None:
    kind = KINDS.get(address.kind)
    return kind.spec if kind is not None else None


def conceal_entry(entry: Entry, address: Address, key: str) -> Entry:
    """What is recorded of an address with digests in the place of secrets in clear."""
    model = _model(address)

    def change(text: str, keys: Keys) -> str:
        return with_digests(text, key, keys)

    spec = _changed(model, entry.spec, change)
    attempted = tuple(_changed(model, one, change) for one in entry.attempted)
    late_calls = tuple(_conceal_late_call(one, model, change) for one in entry.late_calls)
    before = (entry.spec, *entry.attempted, *(one.spec for one in entry.late_calls))
    after = (spec, *attempted, *(one.spec for one in late_calls))
    if all(one is other for one, other in zip(before, after, strict=True)):
        return entry
    return replace(
        entry,
        spec=spec,
        attempted=attempted,
        late_calls=late_calls,
        signed={with_digests(url, key): tx_time for url, tx_time in entry.signed.items()},
        signed_by={with_digests(url, key): by for url, by in entry.signed_by.items()},
        digest=digest_of(entry.digest, key),
        uses={address: digest_of(text, key) for address, text in entry.uses.items()},
    )


def _conceal_late_call(late_call: LateCall, model: type[Model] | None, change: Change) -> LateCall:
    spec = _changed(model, late_call.spec, change)
    return late_call if spec is late_call.spec else replace(late_call, spec=spec)


def _changed(model: type[Model] | None, spec: Mapping[str, Any], change: Change) -> Mapping[str, Any]:
    """The spec with its addresses changed; the very same one where none is."""
    tree = {} if model is None else address_tree(model)
    found: Mapping[str, Any] = _laid(spec, tree, change) if tree else spec
    return found


def _collect_texts(value: Any, tree: Tree, path: Path, found: list[WrittenAddress]) -> None:
    for name, inner, below in _inside(value, tree):
        if not isinstance(below, AddressText):
            _collect_texts(inner, below, (*path, name), found)
        elif isinstance(inner, str):
            found.append(WrittenAddress((*path, name), inner, below.keys_beside(_beside(value))))


def _laid(value: Any, tree: Tree, change: Change) -> Any:
    """The value with its texts changed; the very same one where none is."""
    new = None
    for name, inner, below in _inside(value, tree):
        other = (
            _address(inner, below, _beside(value), change)
            if isinstance(below, AddressText)
            else _laid(inner, below, change)
        )
        if other is not inner:
            new = (dict(value) if isinstance(value, dict) else list(value)) if new is None else new
            new[name] = other
    return value if new is None else new


def _address(text: Any, mark: AddressText, beside: Mapping[str, Any], change: Change) -> Any:
    if not isinstance(text, str):
        return text
    secret = "=" in text or "@" in text or mark.keys(text, beside)
    return change(text, mark.keys_beside(beside)) if secret else text


def _beside(value: Any) -> Mapping[str, Any]:
    """The object that an address stands in; one that stands in a list by itself has nothing beside it."""
    return value if isinstance(value, Mapping) else {}


def _inside(value: Any, tree: Tree) -> Iterable[tuple[Any, Any, Tree | AddressText]]:
    """What of a mapping or list leads on to an address: its name or index, itself, and the tree below."""
    if isinstance(value, dict):
        names = value if EACH in tree else value.keys() & tree.keys()
        return [(name, value[name], tree[name] if name in tree else tree[EACH]) for name in names]
    if isinstance(value, list | tuple) and EACH in tree:
        return [(index, inner, tree[EACH]) for index, inner in enumerate(value)]
    return ()


def _is_collection(annotation: Any) -> bool:
    if get_origin(annotation) in (tuple, dict):
        return True
    return any(_is_collection(inner) for inner in get_args(annotation))
