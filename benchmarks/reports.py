"""Times every report of a plan of many changes, beyond planning: the best of some rounds, in CPU seconds.

    python benchmarks/reports.py [--changes 5000] [--rounds 3] [--alike]

`--alike` gives every change the same fields, as one layout that many streams share does; without
it no two are alike, which is the most that there can be to tell. Goal: text and markdown within 1 s.
"""

import argparse
import time
from collections.abc import Callable

from reconciler.model import Address, Impact, Verb
from reconciler.plan.model import Change, Plan, PlannedField
from reconciler.reports.formats import Look, ReportContext, render

VERBS = {
    Impact.NONE: Verb.UPDATE,
    Impact.START: Verb.START,
    Impact.RECONNECT: Verb.UPDATE,
    Impact.RESTART: Verb.REPLACE,
    Impact.PAUSE: Verb.PAUSE,
    Impact.STOP: Verb.STOP,
}
FIELDS = (
    ("spec.publish[0].url", "rtmp://3891.livepush.myqcloud.com/live/stream"),
    ("spec.video.encode.bitRate", "1500"),
    ("spec.layout.slots.guest.userId", "camera"),
)


def plan_of(count: int, *, alike: bool) -> Plan:
    changes = tuple(change(number, 0 if alike else number) for number in range(count))
    return Plan(
        workspace="large",
        lineage="",
        serial=1,
        fingerprint="",
        changes=changes,
        unchanged=count,
        eta_seconds=count / 18,
    )


def change(number: int, shape: int) -> Change:
    impact = list(Impact)[shape % len(Impact)]
    fields = tuple(
        PlannedField(path, f"{text}-{shape}", f"{text}-{shape + 1}", impact, True) for path, text in FIELDS
    )
    address = Address("MixStream", f"stream-{number}")
    return Change(address, VERBS[impact], impact, True, f"reason {shape}", fields)


def seconds(work: Callable[[], str], rounds: int) -> tuple[float, int]:
    """(the fewest CPU seconds of the rounds, the length of the text)."""
    times, length = [], 0
    for _ in range(rounds):
        began = time.process_time()
        length = len(work())
        times.append(time.process_time() - began)
    return min(times), length


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--changes", type=int, default=5000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--alike", action="store_true")
    options = parser.parse_args()
    plan = plan_of(options.changes, alike=options.alike)
    labels = {one.address: {"event": f"event-{number % 40}"} for number, one in enumerate(plan.changes)}
    context = ReportContext("state/large.json", labels)
    ways: dict[str, Callable[[], str]] = {
        "text": lambda: render(plan, "text", Look(100), context),
        "text in colour": lambda: render(plan, "text", Look(100, color=True), context),
        "text, concise": lambda: render(plan, "text", Look(100, concise=True), context),
        "markdown": lambda: render(plan, "markdown", context=context),
        "json": lambda: render(plan, "json", context=context),
        "html": lambda: render(plan, "html", context=context),
    }
    print(f"{options.changes} changes, {'all alike' if options.alike else 'no two alike'}")
    for name, work in ways.items():
        taken, length = seconds(work, options.rounds)
        print(f"{name:<16} {taken:6.2f} s {length:>12,} characters")


if __name__ == "__main__":
    main()
