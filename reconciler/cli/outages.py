"""How long a run waits for an endpoint that no longer answers, and how it asks whether it is back."""

from collections.abc import Callable, Sequence
from dataclasses import replace

import click

from reconciler.applying.results import NOT_BEGUN, ChangeResult, Result
from reconciler.cli.durations import seconds
from reconciler.cli.workers import spent
from reconciler.cloud.breaker import ASKING, Asker, Breaker
from reconciler.cloud.client import Client
from reconciler.cloud.pace import Pace
from reconciler.cloud.retry import Timing
from reconciler.errors import Outage
from reconciler.kinds import question

outage_timeout_option = click.option(
    "--outage-timeout",
    "outage",
    default="60s",
    show_default=True,
    metavar="TIME",
    callback=seconds,
    help="How long to wait for a cloud that stops responding, such as 5m.",
)


def outage_summary(endings: Sequence[ChangeResult]) -> list[str]:
    """Lines that tell what an outage has left: done, in doubt by address, not begun; none without one."""
    if not any(isinstance(ending.error, Outage) for ending in endings):
        return []
    done = sum(ending.result is Result.DONE for ending in endings)
    failed = sum(ending.result is Result.FAILED for ending in endings)
    waiting = sum(ending.result in NOT_BEGUN for ending in endings)
    doubtful = [str(ending.change.address) for ending in endings if ending.result is Result.UNCERTAIN]
    named = f" ({', '.join(doubtful)})" if doubtful else ""
    words = [f"{done} done", f"{len(doubtful)} uncertain{named}", f"{waiting} not started"]
    counts = ", ".join([*words, *([f"{failed} failed"] if failed else [])])
    return [
        f"the cloud stopped responding: {counts}",
        "  hint: run the command again once the cloud responds; uncertain changes are checked then",
    ]


def breaker(
    client: Client,
    pace: Pace,
    patience: float,
    timing: Timing,
    stopped: Callable[[], bool],
    say: Callable[[str], None],
) -> Breaker:
    """The gate of a run that calls by this client, and waits out an outage for `patience` seconds."""
    return Breaker(
        host=client.endpoint.host,
        ask=Asker(question, replace(client, timeout=ASKING), pace, timing.clock),
        timing=timing,
        patience=patience,
        stopped=stopped,
        wall=client.clock,
        say=say,
        spent=spent,
    )
