"""Two states by what they say: whether they say the same, and what of one resource differs."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from reconciler.model import Address, Path
from reconciler.state.codec import entry_to_json
from reconciler.state.model import Entry, State
from reconciler.words import path_order, path_text

_ABSENT = object()


def same_content(known: State, given: State) -> bool:
    """Whether a state says nothing but what is known; which run wrote it, and when, does not matter."""
    return (
        given.lineage in ("", known.lineage)
        and given.cloud in ("", known.cloud)
        and given.digest_key in ("", known.digest_key)
        and _content(given) == _content(known)
        and given.forgotten == known.forgotten
    )


def without_stale_digests(edited: State, known: State) -> State:
    """An edited state, each digest taken out that is not known to be of the spec beside it.

    A digest is of the documents that a spec was made from, and cannot be worked out of the spec: without one
    the spec itself is compared.
    """
    entries = {
        address: entry if _is_of_spec(entry, known.entries.get(address)) else replace(entry, digest="")
        for address, entry in edited.entries.items()
    }
    return replace(edited, entries=entries)


def entry_changes(known: State, given: State) -> Iterator[tuple[Address, str]]:
    """(address, what differs) of each resource that the two record otherwise, in order."""
    for address in sorted({**known.entries, **given.entries}):
        before, after = known.entries.get(address), given.entries.get(address)
        if before is None:
            yield address, "added to the state"
        elif after is None:
            yield address, "removed from the state"
        else:
            paths = sorted(_differences(_document(before), _document(after), ()), key=path_order)
            if paths:
                yield address, ", ".join(map(path_text, paths))


def _content(state: State) -> Mapping[Address, Any]:
    return {address: _document(entry) for address, entry in state.entries.items()}


def _document(entry: Entry) -> dict[str, Any]:
    """What an entry says; its digest follows from what was applied, and says nothing by itself."""
    return {key: value for key, value in entry_to_json(entry).items() if key != "digest"}


def _is_of_spec(entry: Entry, known: Entry | None) -> bool:
    return known is not None and (entry.digest, entry.schema_version, entry.spec) == (
        known.digest,
        known.schema_version,
        known.spec,
    )


def _differences(before: Any, after: Any, path: Path) -> Iterator[Path]:
    """The paths at which two values of JSON differ; lists of other lengths differ as a whole."""
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        for key in {**before, **after}:
            yield from _differences(before.get(key, _ABSENT), after.get(key, _ABSENT), (*path, key))
    elif isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
        for index, (one, other) in enumerate(zip(before, after, strict=True)):
            yield from _differences(one, other, (*path, index))
    elif type(before) is not type(after) or before != after:
        yield path
