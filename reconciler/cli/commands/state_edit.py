"""`reconciler state rm`: records that are dropped."""

from collections.abc import Iterable
from itertools import dropwhile

import click

from reconciler.backends.protocol import StateLocation
from reconciler.cli.holding import say
from reconciler.cli.state_shared import held_for, recorded, which_state, write, writing_options
from reconciler.kinds import PACKAGES, registered
from reconciler.model import Status
from reconciler.state.model import Entry


@click.command("rm")
@click.argument("arguments", nargs=-1, required=True, metavar="ADDRESS... [PATH]...")
@writing_options
def remove(arguments: tuple[str, ...], state_file: StateLocation | None, patience: float) -> int:
    """Remove resources from the state. Makes no calls; running tasks keep running, untracked. Prints the
    TaskId of each. Paths of manifests can follow the addresses.
    """
    texts, paths = _addresses_first(arguments)
    which = which_state(paths, state_file)
    with held_for(which, "rm", patience) as held:
        found = dict(recorded(held.state, text) for text in texts)
        entries = {address: kept for address, kept in held.state.entries.items() if address not in found}
        serial = write(held, entries, (one for one in found if _may_run(found[one]))).serial
    for address, entry in found.items():
        say("; ".join([f"{address} removed from the state", *_remaining(entry)]), err=False)
    say(f"state serial {serial}", err=False)
    return 0


def _addresses_first(arguments: tuple[str, ...]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """(addresses, paths): the first is an address, and so are those right behind it that read as one."""
    paths = list(dropwhile(lambda text: text.partition("/")[0] in PACKAGES, arguments[1:]))
    count = len(arguments) - len(paths)
    return arguments[:count], tuple(paths)


def _may_run(entry: Entry) -> bool:
    """Whether a task of it runs, or may."""
    kind = registered(entry.kind)
    alive = entry.status in (Status.RUNNING, Status.PAUSED, Status.UNCERTAIN)
    return alive and kind is not None and not kind.is_switch


def _remaining(entry: Entry) -> Iterable[str]:
    """What stays in the cloud once an entry is forgotten, in words for people."""
    kind = registered(entry.kind)
    if entry.task_id is not None:
        yield f"its task keeps running as TaskId {entry.task_id}"
    elif entry.status in (Status.RUNNING, Status.PAUSED):
        yield "what was started for it keeps running"
    elif entry.status is Status.UNCERTAIN and kind is not None and not kind.is_switch:
        pending = entry.pending
        sent = f"{pending.action} sent at {pending.at}" if pending else "a call"
        known = f" as TaskId {pending.task_id}" if pending and pending.task_id else ""
        yield f"a task may be running{known}: {sent} was never answered"
    if kind is not None and kind.leaves_behind is not None:
        left = kind.leaves_behind.leftovers(kind.read(entry.spec), entry.status)
        if left:
            yield left
