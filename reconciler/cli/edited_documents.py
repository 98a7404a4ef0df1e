"""States as files that were edited by hand: every mistake is told at once."""

import json
from collections.abc import Iterator
from typing import Any

from pydantic import ValidationError

from reconciler.backends.protocol import Replacement
from reconciler.cli.holding import say
from reconciler.cli.json_lines import line_of
from reconciler.errors import StateError
from reconciler.kinds import KINDS
from reconciler.kinds.checking import record_problems, specs_in
from reconciler.manifests.loading.messages import explanations
from reconciler.manifests.reading.guard import quoted
from reconciler.model import Address, Path
from reconciler.state.checking import Problem, document_problems
from reconciler.state.codec import FORMAT_VERSION, state_from_json
from reconciler.state.seal import KEY
from reconciler.words import path_text

_START_OVER = "start over from the output of `reconciler state pull`"


def edited(data: bytes, source: str) -> Replacement:
    """The state in a file whose keys and values are looked at one by one; raises StateError as told there."""
    try:
        text = data.decode("utf-8-sig")
        value = json.loads(text, object_pairs_hook=_unique)
    except (ValueError, RecursionError) as error:
        raise StateError(
            f"{source} is not valid JSON, so it is not a state: {error}", f"correct it; or {_START_OVER}"
        ) from error
    _check_format(value, source)
    problems = [*document_problems(value)]
    if not problems:
        problems = [*_record_problems(value)]
    for path, message in problems:
        where = f"{source}:{line_of(text, path)}"
        say(f"error: {where}: {path_text(path)}: {message}" if path else f"error: {where}: {message}")
    if problems:
        count = f"{len(problems)} problem{'s' if len(problems) != 1 else ''}"
        raise StateError(f"{source} was not pushed: it has {count}", f"correct the file; or {_START_OVER}")
    workspace, state = state_from_json(value, source)
    return Replacement(state, workspace, edited_from=value.get(KEY, ""))


def _check_format(value: Any, source: str) -> None:
    """Raises StateError for a document of another format, whose keys are not ours to judge."""
    version = value.get("formatVersion") if isinstance(value, dict) else None
    if isinstance(version, int) and version != FORMAT_VERSION:
        state_from_json(value, source)


def _record_problems(value: Any) -> Iterator[Problem]:
    """What is wrong with the entries of a document whose keys and types are sound."""
    for text, entry in value["resources"].items():
        address = Address.parse(text)
        for path, problem in record_problems(address, entry):
            here: Path = ("resources", text, *path)
            if isinstance(problem, ValidationError):
                model, spec = KINDS[address.kind].spec, dict(specs_in(entry))[path]
                for below, message, _ in explanations(problem, model, spec):
                    yield (*here, *below), message
            else:
                yield here, problem


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in pairs:
        if name in found:
            raise ValueError(f"{quoted(name)} occurs twice in one object; keep one of the two")
        found[name] = value
    return found
