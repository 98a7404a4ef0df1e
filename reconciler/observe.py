"""Asks the cloud how recorded resources stand, read-only, as many at a time as the pace allows."""

from collections.abc import Callable, Mapping
from concurrent.futures import Executor
from dataclasses import dataclass

from reconciler.errors import CloudError, CredentialsRefused
from reconciler.kinds import managed
from reconciler.kinds.base import CanObserve, Settings, Subject
from reconciler.model import Address, Observation, Send, TaskIdOf
from reconciler.state import Entry


@dataclass(frozen=True, slots=True)
class Findings:
    """What was seen, and in words what could not be."""

    observed: Mapping[Address, Observation]
    warnings: tuple[str, ...] = ()


def observe(
    entries: Mapping[Address, Entry],
    settings: Settings,
    send: Send,
    executor: Executor,
    clock: Callable[[], float],
) -> Findings:
    """Observes every entry whose kind can be observed.

    A call that fails makes a warning and leaves the entry unobserved, as nothing may be
    concluded from it; refused credentials are raised, as every other call would fail too.
    """
    asked = {
        address: executor.submit(_ask, address, entry, settings, send, clock)
        for address, entry in sorted(entries.items())
        if isinstance(managed(address, entry), CanObserve)
    }
    observed: dict[Address, Observation] = {}
    warnings: list[str] = []
    for address, future in asked.items():
        try:
            observed[address] = future.result()
        except CredentialsRefused:
            raise
        except CloudError as error:
            warnings.append(f"{address}: not observed: {error.message}")
    return Findings(observed, tuple(warnings))


def _ask(
    address: Address, entry: Entry, settings: Settings, send: Send, clock: Callable[[], float]
) -> Observation:
    kind = managed(address, entry)
    assert isinstance(kind, CanObserve)
    task_id = None if isinstance(entry.task_id, TaskIdOf) else entry.task_id
    subject = Subject(address, kind.spec.model_validate(entry.spec), settings, task_id=task_id)
    call = kind.observe(subject)
    return kind.read(send(call, dict(call.request)), entry.status, clock())
