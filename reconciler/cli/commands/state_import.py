"""`reconciler state import`: a task that runs, and that nothing has recorded, becomes a resource's."""

from collections.abc import Iterable

import click

from reconciler.backends.protocol import StateLocation
from reconciler.calls import Call, PushUrl, secrets_in
from reconciler.cli.holding import say
from reconciler.cli.options import one_of, paths_argument
from reconciler.cli.state_shared import Which, held_for, holding_options, which_state, write
from reconciler.errors import UsageError
from reconciler.kinds import managed
from reconciler.kinds.base import Settings, Subject
from reconciler.kinds.capabilities import Registered
from reconciler.kinds.concealing import conceal_entry
from reconciler.model import Address, Resource, Status
from reconciler.planning.steps import uses_text
from reconciler.state.model import Entry, State

_DAY = 86400
_LONGEST = 512


# A TaskId can begin with a dash, and would be read as an option where there are short ones.
_DASHES = {"ignore_unknown_options": True, "help_option_names": ["--help"]}


@click.command("import", context_settings=_DASHES)
@click.argument("address")
@click.argument("task_id", metavar="TASKID")
@paths_argument
@click.option(
    "--sequence-number",
    type=click.IntRange(min=0),
    help="The highest SequenceNumber that the task was updated with; the next update uses a higher one.",
)
@holding_options
def record(
    address: str,
    task_id: str,
    paths: tuple[str, ...],
    sequence_number: int | None,
    state_file: StateLocation | None,
    patience: float,
) -> int:
    """Record that a task runs for a resource of the manifests below each PATH.

    Calls nothing: the task is believed to run as the manifest says. Tells what is not known of it.
    """
    which = which_state(paths or ("manifests",), state_file)
    resource, settings = _declared(which, address)
    entry = _entry(resource, settings, task_id, sequence_number)
    with held_for(which, "import", patience, which.bound) as held:
        entry = conceal_entry(entry, resource.address, held.state.digest_key)
        _check_free(held.state, resource.address, task_id)
        serial = write(held, {**held.state.entries, resource.address: entry}).serial
    say(
        f"{resource.address} is recorded as {entry.status} with TaskId {task_id}; state serial {serial}",
        err=False,
    )
    for note in _unknown(resource, settings, entry):
        say(f"note: {note}")
    return 0


def _declared(which: Which, text: str) -> tuple[Resource, Settings]:
    """The resource that the manifests declare, and their settings; raises UsageError for none of theirs."""
    if which.manifests is None:
        raise UsageError("import needs the manifests that declare the resource", "name their PATH")
    resources = {resource.address: resource for resource in which.manifests.resources}
    shown = "write its manifest first: what runs is recorded as that says"
    address = one_of(text, resources, "is not in the manifests", shown)
    return resources[address], which.manifests.settings


def _entry(resource: Resource, settings: Settings, task_id: str, sequence_number: int | None) -> Entry:
    """What is recorded of the task; raises UsageError where there can be none."""
    kind = managed(resource.address)
    if not _start(kind, resource, settings).action.starts:
        raise UsageError(f"{kind.name} has no TaskId to import", "apply makes it as it is declared")
    if sequence_number is not None and kind.updates is None:
        raise UsageError(f"{kind.name} has no updates, so no SequenceNumber", "leave out --sequence-number")
    if resource.wanted not in (Status.RUNNING, Status.PAUSED):
        raise UsageError(
            f"the manifest wants {resource.address} {resource.wanted}, and a task that is imported runs",
            "declare it running, import the task, then change the manifest back and apply: that stops it",
        )
    if not task_id.isprintable() or " " in task_id or not 0 < len(task_id) <= _LONGEST:
        raise UsageError(f"{task_id!r} is not a TaskId", "copy it as the API told it")
    return Entry(
        kind=kind.name,
        schema_version=kind.kind.version,
        digest=resource.digest,
        status=resource.wanted,
        spec=resource.spec,
        labels=resource.labels,
        task_id=task_id,
        sequence_number=sequence_number,
        uses=uses_text(resource),
    )


def _check_free(state: State, address: Address, task_id: str) -> None:
    """Raises UsageError if the resource has a task already, or the task a resource."""
    known = state.entries.get(address)
    if known is not None and known.task_id is not None:
        raise UsageError(
            f"{address} is recorded with TaskId {known.task_id} already",
            f"if that is wrong, `reconciler state rm {address}` forgets it",
        )
    for other, entry in state.entries.items():
        if entry.task_id == task_id:
            raise UsageError(f"TaskId {task_id} is recorded as {other} already", f"see `state show {other}`")


def _unknown(resource: Resource, settings: Settings, entry: Entry) -> Iterable[str]:
    """What is not known of a task that was imported, and what follows from it."""
    kind = managed(resource.address)
    if kind.observes is not None:
        yield "whether it runs is asked by the next plan; with which settings it runs the API does not tell"
    else:
        yield "whether it runs, and with which settings, the API does not tell: the manifest is believed"
    if kind.handle_expires is not None:
        yield (
            f"since when it runs is not known: {kind.handle_expires.handle_seconds // _DAY} days after its "
            "start its TaskId is of no use any more, and a stop by it is answered as if it had ended"
        )
    if kind.updates is not None and entry.sequence_number is None:
        yield (
            "its last SequenceNumber, if its updates have one, is not known: if it was updated before, the "
            "next update is refused as outdated unless --sequence-number says how far they went"
        )
    if kind.signs is not None and _is_signed(kind, resource, settings):
        yield (
            "the txTime that its push addresses were signed with is not known: an update that sends them "
            "signs them anew, and the push is set up again"
        )


def _is_signed(kind: Registered, resource: Resource, settings: Settings) -> bool:
    """Whether any of its push addresses is signed."""
    return any(isinstance(ref, PushUrl) for ref in secrets_in(_start(kind, resource, settings).request))


def _start(kind: Registered, resource: Resource, settings: Settings) -> Call:
    """The call that would have started it."""
    if kind.starts is None:
        raise UsageError(f"{kind.name} has no TaskId to import", "apply makes it as it is declared")
    return kind.starts.start(Subject(resource.address, kind.read(resource.spec), settings))
