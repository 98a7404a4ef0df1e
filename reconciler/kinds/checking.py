"""What is recorded of a resource, as an edit by hand left it: whether its kind could have recorded that."""

from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import ValidationError

from reconciler.kinds import PACKAGES, registered
from reconciler.kinds.concealing import addresses_in, reference_for
from reconciler.kinds.registration import Registered
from reconciler.model import ENDED_BY_ITSELF, Address, Path, Status
from reconciler.words import guess

Found = tuple[Path, str | ValidationError]
_SWITCH = (Status.ALLOWED, Status.FORBIDDEN, Status.UNCERTAIN)
_TASK = (Status.RUNNING, Status.PAUSED, Status.STOPPED, *ENDED_BY_ITSELF, Status.UNCERTAIN)
_RUNS = (Status.RUNNING, Status.PAUSED)


def record_problems(address: Address, entry: Mapping[str, Any]) -> Iterator[Found]:
    """(path below the entry, what is wrong with it); for a spec that is none of its kind, what pydantic says.

    The entry is one in which each key has a value of its type.
    """
    kind = registered(address.kind)
    if kind is None:
        planned = [name for name in PACKAGES if registered(name) is not None]
        meant = guess(address.kind, planned, 0.6)
        yield (), f"kind {address.kind} is never recorded; {meant}allowed: {', '.join(planned)}"
        return
    if entry["kind"] != kind.name:
        yield ("kind",), f"found {entry['kind']} at an address of kind {kind.name}; allowed: {kind.name}"
    yield from _status_problems(kind, entry)
    version = kind.kind.version
    if entry["schemaVersion"] != version:
        found = entry["schemaVersion"]
        yield ("schemaVersion",), f"found {found}; allowed: {version}, the version supported here"
        return
    for path, spec in specs_in(entry):
        yield from _spec_problems(kind, address, spec, path)


def specs_in(entry: Mapping[str, Any]) -> Iterator[tuple[Path, Mapping[str, Any]]]:
    """Each spec that an entry holds: what is recorded, and what updates and late calls may have left."""
    yield ("spec",), entry["spec"]
    for index, spec in enumerate(entry.get("attempted", ())):
        yield ("attempted", index), spec
    for index, late_call in enumerate(entry.get("probation", ())):
        yield ("probation", index, "spec"), late_call["spec"]


def _status_problems(kind: Registered, entry: Mapping[str, Any]) -> Iterator[Found]:
    status, task_id = Status(entry["status"]), entry.get("taskId")
    allowed = _SWITCH if kind.is_switch else _TASK
    if status not in allowed:
        yield ("status",), f"found {status} for a {kind.name}; allowed: {', '.join(allowed)}"
    elif task_id is not None and (status not in _RUNS or kind.imports is None):
        yield ("taskId",), "only a running task has a TaskId; remove it, or set status: running"
    elif task_id is None and status in _RUNS and kind.imports is not None:
        yield (), f"a {status} resource needs a taskId; add it, or set status: ended"


def _spec_problems(
    kind: Registered, address: Address, spec: Mapping[str, Any], path: Path
) -> Iterator[Found]:
    try:
        kind.read(spec)
    except ValidationError as error:
        yield path, error
    for written in addresses_in(kind.kind.spec, spec):
        if written.has_secret:
            yield (
                (*path, *written.path),
                "a plain-text secret, which a state must not contain: keep the original digest (*hmac-…*), "
                f"or use {reference_for(address, written.path)}",
            )
