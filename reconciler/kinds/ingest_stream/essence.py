"""How an ingest plays its source, in words."""

from reconciler.kinds.ingest_stream.spec import IngestStreamSpec


def play_words(spec: IngestStreamSpec) -> str:
    """`once`, `3 times, from second 30, volume 50`, `in a loop, for 90 min at most`."""
    times = spec.repeat_num or 1
    parts = (
        "in a loop" if times < 0 else "once" if times == 1 else f"{times} times",
        spec.max_duration and f"for {spec.max_duration} min at most",
        spec.seek_second and f"from second {spec.seek_second}",
        spec.tempo not in (None, 1.0) and f"tempo {spec.tempo:g}",
        spec.volume not in (None, 100) and f"volume {spec.volume}",
        spec.state == "paused" and "paused immediately",
    )
    return ", ".join(part for part in parts if part)
