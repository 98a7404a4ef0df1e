"""What DescribeLivePullStreamTasks tells of a task: how it stands, and what it is made of (semantics §15)."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from reconciler.kinds.api import field_facts
from reconciler.kinds.fields import SecretSource
from reconciler.kinds.marks import read_recorded
from reconciler.kinds.pull_stream.actions import DESCRIBE
from reconciler.kinds.pull_stream.requests import END, MARK, PAUSE
from reconciler.kinds.pull_stream.spec import SOURCE_TYPES, PullStreamSpec, PullWatermark
from reconciler.kinds.pull_stream.target import relay_keys
from reconciler.model import Observation, Source, Status
from reconciler.moments import unix_seconds
from reconciler.plaintext import has_digest, with_digests

Task = Mapping[str, Any]


def seen(task: Task, at: float, *, declared: bool) -> Observation:
    """Running or paused until its EndTime, as no status says that it has ended; `at` in unix seconds.

    `declared` tells whether the manifest says when it ends.
    """
    if not task:
        return _told_by_itself(Status.ENDED, "has no such task", at)
    task_id, ends = str(task.get("TaskId")), str(task.get("EndTime") or "")
    if ends and unix_seconds(ends) <= at:
        return _told_by_itself(Status.ENDED, f"reports that its endTime was {ends}", at)
    status = Status.PAUSED if task.get("Status") == PAUSE else Status.RUNNING
    made = {END: ends} if ends and not declared else {}
    found = _told_by_itself(status, f"reports {task.get('Status')}", at)
    return replace(found, task_id=task_id, made=made)


def _told_by_itself(status: Status, words: str, at: float) -> Observation:
    return Observation(status, f"{DESCRIBE.name} {words}", at, source=Source.DESCRIBE)


def told_spec(spec: PullStreamSpec, task: Task) -> PullStreamSpec:
    """The spec as the task says it; what holds a secret, and what it does not tell, as it is.

    Of what is left to the API nothing is taken that the API says by itself.
    """
    updates = {name: value for name, value in _told(spec, task).items() if value != getattr(spec, name)}
    return spec.model_copy(update=updates)


def _told(spec: PullStreamSpec, task: Task) -> dict[str, Any]:
    readers: dict[str, tuple[str, Callable[[str], str]]] = {
        "start_time": ("StartTime", str),
        "end_time": ("EndTime", str),
        "comment": ("Comment", lambda text: MARK.sub("", text)),
        "callback_url": ("CallbackUrl", _hidden),
        "vod_refresh_type": ("VodRefreshType", str),
        "backup_to_url": ("BackupToUrl", _hidden_key),
        "record_template_id": ("RecordTemplateId", str),
        "transcode_template_name": ("TranscodeTemplateName", str),
    }
    found: dict[str, Any] = {}
    for name, (key, read) in readers.items():
        mine = getattr(spec, name)
        if task.get(key) is not None and mine is not None and not _holds_secret(mine):
            found[name] = read(str(task[key])) or None
    return found | _numbers(spec, task) | _sources(spec, task)


def _numbers(spec: PullStreamSpec, task: Task) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if task.get("VodLoopTimes") is not None:
        times = int(task["VodLoopTimes"])
        found["vod_loop_times"] = None if spec.vod_loop_times is None and times == -1 else times
    if task.get("VodLocalMode") is not None:
        mode = task["VodLocalMode"] == 1
        found["vod_local_mode"] = None if spec.vod_local_mode is None and not mode else mode
    if task.get("CallbackEvents"):
        events = tuple(str(one) for one in task["CallbackEvents"])
        same = spec.callback_events is not None and sorted(spec.callback_events) == sorted(events)
        found["callback_events"] = spec.callback_events if same else events
    return found


def _sources(spec: PullStreamSpec, task: Task) -> dict[str, Any]:
    words = {code: word for word, code in SOURCE_TYPES.items()}
    found: dict[str, Any] = {}
    urls = task.get("SourceUrls")
    if urls and not any(_holds_secret(one) for one in spec.source_urls):
        found["source_urls"] = tuple(_hidden(str(one)) for one in urls)
    if task.get("SourceType") in words:
        found["source_type"] = words[task["SourceType"]]
    if "BackupSourceType" in task and not _holds_secret(spec.backup_source_url):
        kind, url = words.get(task["BackupSourceType"]), task.get("BackupSourceUrl")
        found["backup_source_type"] = kind
        found["backup_source_url"] = _hidden(str(url)) if kind and url else None
    if task.get("WatermarkList") is not None:
        found["watermark_list"] = _watermarks(spec, task["WatermarkList"])
    return found


def _watermarks(spec: PullStreamSpec, told: list[Mapping[str, Any]]) -> tuple[PullWatermark, ...]:
    if any(_holds_secret(one.picture_url) for one in spec.watermark_list):
        return spec.watermark_list
    facts = field_facts(PullWatermark)
    read = [
        {one.alias: one.api.word(mark[one.name]) if one.api.words else mark[one.name] for one in facts}
        for mark in told
    ]
    return tuple(read_recorded(PullWatermark, one) for one in read)


def _hidden(text: str) -> str:
    """An address that was told, with digests in the place of its secrets: it is shown in plans."""
    return with_digests(text, "")


def _hidden_key(text: str) -> str:
    return with_digests(text, "", lambda inner: relay_keys(inner, {}))


def _holds_secret(value: Any) -> bool:
    """Whether a field is a reference, or a text of which only a digest is known."""
    return isinstance(value, SecretSource) or (isinstance(value, str) and has_digest(value))
