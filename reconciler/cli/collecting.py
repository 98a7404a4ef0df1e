"""How a command has garbage collected: seldom."""

import gc

_COLLECTED = (50_000, 20, 100)


def collect_seldom() -> None:
    """Has the collector look for cycles less often.

    Thousands of documents and records make none, and it would go through all of them again and again: half of
    the time of a validation.
    """
    gc.set_threshold(*_COLLECTED)
