"""`reconciler state mv` and `rm`: records under another address, and records that are dropped."""

from collections.abc import Iterable
from itertools import dropwhile

import click

from reconciler.backends.protocol import StateLocation
from reconciler.cli.holding import say
from reconciler.cli.options import paths_argument
from reconciler.cli.state_shared import held_for, recorded, which_state, write, writing_options
from reconciler.errors import UsageError
from reconciler.kinds import PACKAGES, registered
from reconciler.model import Address, Status
from reconciler.state.model import Entry


@click.command("mv")
@click.argument("source", metavar="ADDRESS")
@click.argument("target", metavar="NEW_ADDRESS")
@paths_argument
@writing_options
def move(
    source: str, target: str, paths: tuple[str, ...], state_file: StateLocation | None, patience: float
) -> int:
    """Record a resource under another name, as after metadata.name was changed in its manifest.

    Calls nothing. Both addresses are of one kind, and the new one is not recorded yet.
    """
    new = Address.parse(target)
    which = which_state(paths, state_file)
    with held_for(which, "mv", patience) as held:
        old, entry = recorded(held.state, source)
        if new.kind != old.kind:
            hint = f"name another {old.kind}, as in `reconciler state mv {old} {old.kind}/{new.name}`"
            raise UsageError(f"{old} cannot become {new}", hint)
        if new in held.state.entries:
            hint = f"choose another name; or, if that record is wrong, `reconciler state rm {new}` forgets it"
            raise UsageError(f"{new} is recorded already", hint)
        entries = {address: kept for address, kept in held.state.entries.items() if address != old}
        serial = write(held, {**entries, new: entry}).serial
    say(f"{old} is recorded as {new}; state serial {serial}", err=False)
    kind = registered(old.kind)
    if kind is not None and not kind.is_switch:
        say(
            f"note: names that were made from {old}, such as a robot's user ID, stay as they are where the "
            "manifest spells them out, and else change with its name; `reconciler plan` shows it"
        )
    return 0


@click.command("rm")
@click.argument("arguments", nargs=-1, required=True, metavar="ADDRESS... [PATH]...")
@writing_options
def remove(arguments: tuple[str, ...], state_file: StateLocation | None, patience: float) -> int:
    """Forget resources: nothing is called, and what runs runs on, unrecorded.

    Says of each which TaskId is forgotten. What stands behind the addresses are paths of manifests.
    """
    texts, paths = _addresses_first(arguments)
    which = which_state(paths, state_file)
    with held_for(which, "rm", patience) as held:
        found = dict(recorded(held.state, text) for text in texts)
        entries = {address: kept for address, kept in held.state.entries.items() if address not in found}
        serial = write(held, entries).serial
    for address, entry in found.items():
        say("; ".join([f"{address} is forgotten", *_remaining(entry)]), err=False)
    say(f"state serial {serial}", err=False)
    return 0


def _addresses_first(arguments: tuple[str, ...]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """(addresses, paths): the first is an address, and so are those right behind it that read as one."""
    paths = list(dropwhile(lambda text: text.partition("/")[0] in PACKAGES, arguments[1:]))
    count = len(arguments) - len(paths)
    return arguments[:count], tuple(paths)


def _remaining(entry: Entry) -> Iterable[str]:
    """What stays in the cloud once an entry is forgotten, in words for people."""
    kind = registered(entry.kind)
    if entry.task_id is not None:
        yield f"its task runs on as TaskId {entry.task_id}"
    elif entry.status in (Status.RUNNING, Status.PAUSED):
        yield "what was started for it runs on"
    elif entry.status is Status.UNCERTAIN and kind is not None and not kind.is_switch:
        pending = entry.pending
        sent = f"{pending.action} of {pending.at}" if pending else "a call"
        known = f" as TaskId {pending.task_id}" if pending and pending.task_id else ""
        yield f"a task may run{known}, as {sent} was never answered"
    if kind is not None and kind.leaves_behind is not None:
        left = kind.leaves_behind.leftovers(kind.read(entry.spec), entry.status)
        if left:
            yield left
