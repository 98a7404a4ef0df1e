"""What a pull task comes down to, in words."""

from collections.abc import Iterator

from reconciler.kinds.essence import Essential, Role, plain, text_words
from reconciler.kinds.pull_stream.spec import PullStreamSpec
from reconciler.words import listed

_BILLED = "billed by the minute until then, also while the source is gone"


def essentials(spec: PullStreamSpec) -> Iterator[Essential]:
    """Where it is pushed to, what is pulled, how files are played, and when it ends."""
    yield Essential(_target_path(spec), "to", target_words(spec), target_words(spec), Role.PLACE)
    yield Essential(("sourceUrls",), "from", _source_words(spec), _sources(spec), Role.PLACE)
    if spec.source_type == "vod":
        yield Essential(("vodLoopTimes",), "plays", _play_words(spec), spec.vod_loop_times)
    if spec.backup_source_url is not None:
        words = text_words(spec.backup_source_url)
        yield Essential(("backupSourceUrl",), "backup", words, plain(spec.backup_source_url), Role.PLACE)
    yield Essential(("endTime",), "until", _end_words(spec), spec.end_time or spec.ends_after)


def target_words(spec: PullStreamSpec) -> str:
    """Where it is pushed to, without secrets."""
    if spec.publish is not None:
        return str(spec.publish.place)
    return text_words(spec.to_url) if spec.to_url is not None else ""


def _target_path(spec: PullStreamSpec) -> tuple[str, ...]:
    return ("publish",) if spec.publish is not None else ("toUrl",)


def _sources(spec: PullStreamSpec) -> list[object]:
    return [plain(one) for one in spec.source_urls]


def _source_words(spec: PullStreamSpec) -> str:
    files = listed([text_words(one) for one in spec.source_urls], 1)
    return f"{files}{'' if spec.source_type != 'picture' else ' (a picture)'}"


def _play_words(spec: PullStreamSpec) -> str:
    times = -1 if spec.vod_loop_times is None else spec.vod_loop_times
    how = "in a loop" if times < 0 else "once" if times == 0 else f"{times + 1} times"
    index = f", from file {spec.file_index}" if spec.file_index else ""
    return f"{how}{index}{f', second {spec.offset_time}' if spec.offset_time else ''}"


def _end_words(spec: PullStreamSpec) -> str:
    when = spec.end_time or f"{spec.ends_after} after the last apply that renews it"
    return f"{when}; {_BILLED}"
