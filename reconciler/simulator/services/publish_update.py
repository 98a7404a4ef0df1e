"""What an UpdatePublishCdnStream makes of the running task's request (semantics §3)."""

from typing import Any

from ..errors import ApiError
from ..variants import Variants
from .publish_rules import Params, missing, refuse

AUDIO_LISTS = ("SubscribeAudioList", "UnSubscribeAudioList")
WHOLE = ("PublishCdnParams", "FeedBackRoomParams", "SeiParams", "SingleSubscribeParams")
CHANGEABLE = {"AudioParams", "VideoParams", *WHOLE}


def merged(current: Params, update: Params, variants: Variants) -> Params:
    """The request in force afterwards: what the update does not name stays as it is."""
    task = dict(current)
    if variants["bare-update"] == "refuse" and not update.keys() & CHANGEABLE:
        raise missing("AudioParams", "an update must change something")
    _transcoding(task, update, variants)
    if "AudioParams" in update:
        task["AudioParams"] = _audio(current["AudioParams"], update["AudioParams"], variants)
    if "VideoParams" in update:
        task["VideoParams"] = _video(current, update, variants)
    for name in WHOLE:
        if name in update:
            _replace(task, name, update[name], name, variants)
    return task


def _replace(block: Params, name: str, value: Any, path: str, variants: Variants) -> None:
    if value or variants["empty-list"] == "clear":
        block[name] = value
    elif variants["empty-list"] == "refuse":
        raise refuse(f"The parameter `{path}` must not be empty.")
    if not block.get(name):
        block.pop(name, None)


def _transcoding(task: Params, update: Params, variants: Variants) -> None:
    before, after = task["WithTranscoding"], update["WithTranscoding"]
    task["WithTranscoding"] = after
    if (before, after) == (0, 1):
        _switch_on(task, update)
    elif (before, after) == (1, 0):
        _switch_off(task, variants)


def _switch_on(task: Params, update: Params) -> None:
    video = update.get("VideoParams", {})
    for name in ("VideoEncode", "LayoutParams"):
        if "VideoParams" in task and name not in video:
            raise missing(f"VideoParams.{name}", "switching transcoding on needs all parameters")
    task.pop("SingleSubscribeParams", None)


def _switch_off(task: Params, variants: Variants) -> None:
    if variants["transcoding-off"] == "refuse":
        raise ApiError("UnsupportedOperation", "WithTranscoding cannot change from 1 to 0.")
    if "VideoParams" in task:
        task["VideoParams"] = {"VideoEncode": task["VideoParams"]["VideoEncode"]}


def _audio(current: Params, update: Params, variants: Variants) -> Params:
    if update.get("AudioEncode", current["AudioEncode"]) != current["AudioEncode"]:
        raise refuse("The parameter `AudioParams.AudioEncode` cannot change while the task runs.")
    sent = {name: update[name] for name in AUDIO_LISTS if name in update}
    kept = current
    if len(sent) == 1 and variants["lone-audio-list"] == "clear-other":
        kept = {"AudioEncode": current["AudioEncode"]}
    lists = {**kept, **sent}
    return {name: value for name, value in lists.items() if value or name == "AudioEncode"}


def _video(current: Params, update: Params, variants: Variants) -> Params:
    given = update["VideoParams"]
    if "VideoParams" not in current:
        raise refuse("The parameter `VideoParams` cannot be added to a task that has audio only.")
    before: Params = current["VideoParams"]
    if update["WithTranscoding"] == 0 and any(before.get(name) != value for name, value in given.items()):
        raise refuse("The parameter `VideoParams` can only change with WithTranscoding 1.")
    video = {**before, **given}
    if "LayoutParams" in given and variants["layout-update"] == "merge":
        video["LayoutParams"] = {**before.get("LayoutParams", {}), **given["LayoutParams"]}
    if "WaterMarkList" in given:
        video["WaterMarkList"] = before.get("WaterMarkList")
        _replace(video, "WaterMarkList", given["WaterMarkList"], "VideoParams.WaterMarkList", variants)
    return video
