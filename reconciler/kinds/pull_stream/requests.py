"""Requests of pull tasks: what is sent at a start and by a change, and the ID of ours that it goes by."""

import hashlib
import re
from collections.abc import Mapping
from typing import Any

from reconciler.calls import OwnId, SentMoment
from reconciler.kinds.base import Subject
from reconciler.kinds.fields import seconds, text_or_ref
from reconciler.kinds.pull_stream.spec import EVENTS, SOURCE_TYPES, PullStreamSpec
from reconciler.kinds.sites import Site

START, END, TOKEN = "start", "end", "token"
"""What a call makes, by its name in the record."""
IN_PLACE = ("SourceUrls", "BackupSourceUrl", "CallbackUrl", "VodRefreshType", "VodLocalMode", "BackupToUrl")
MARK = re.compile(r" ?\[((rc-[0-9a-f]{12}-)[0-9]+)\]$")
IGNORE_REGION = "ignore_region"
ENABLE, PAUSE = "enable", "pause"


def start_request(subject: Subject) -> dict[str, Any]:
    """CreateLivePullStreamTask's."""
    spec: PullStreamSpec = subject.spec
    given: dict[str, Any] = {
        "SourceType": SOURCE_TYPES[spec.source_type],
        **_target(spec),
        **spec.to_request(),
        "StartTime": spec.start_time or SentMoment(START, 0),
        "EndTime": spec.end_time or end_of(spec),
        "Operator": spec.operator,
        "BackupSourceType": spec.backup_source_type and SOURCE_TYPES[spec.backup_source_type],
        "WatermarkList": [one.to_request() for one in spec.watermark_list] or None,
        "ExtraCmd": IGNORE_REGION if spec.ignore_region else None,
        **_named(subject),
    }
    return {name: value for name, value in given.items() if value is not None}


def end_of(spec: PullStreamSpec) -> SentMoment:
    """The end that is put off again and again, of a task that declares none."""
    return SentMoment(END, seconds(spec.ends_after))


def changed(subject: Subject) -> dict[str, Any]:
    """What differs from any base, as ModifyLivePullStreamTask says it; its Status beside."""
    spec: PullStreamSpec = subject.spec
    new, olds = _changeable(spec, subject), [_changeable(base, subject) for base in subject.bases]
    found = {name: value for name, value in new.items() if any(old[name] != value for old in olds)}
    if found.keys() & {"BackupSourceType", "BackupSourceUrl"} and spec.backup_source_type:
        found |= {name: new[name] for name in ("BackupSourceType", "BackupSourceUrl")}
    sent = {name: value for name, value in found.items() if value is not None}
    if "EndTime" in found and spec.end_time is None:
        sent["EndTime"] = end_of(spec)
    return sent


def status_of(spec: PullStreamSpec) -> str:
    """What Status is to say."""
    return PAUSE if spec.state == "paused" else ENABLE


def _target(spec: PullStreamSpec) -> dict[str, Any]:
    """Where it is pushed to; the three names are empty beside a ToUrl."""
    if spec.publish is None:
        return {"DomainName": "", "AppName": "", "StreamName": "", "PushArgs": _arguments(spec)}
    return {**spec.publish.place.to_request(), "PushArgs": _arguments(spec)}


def _arguments(spec: PullStreamSpec) -> Any:
    if spec.push_args is not None:
        return text_or_ref(spec.push_args)
    return spec.publish.arguments() if spec.publish is not None else None


def _named(subject: Subject) -> dict[str, Any]:
    """What the task is found again by: a field of the API's, or a mark in its comment."""
    spec: PullStreamSpec = subject.spec
    known, prefix = subject.made.get(TOKEN), prefix_of(subject)
    if spec.specify_task_id is not None:
        return {"SpecifyTaskId": spec.specify_task_id, "Comment": spec.comment}
    if subject.settings.site is Site.INTERNATIONAL:
        return {
            "Comment": marked(spec.comment, known)
            if known
            else OwnId(TOKEN, prefix, _before(spec.comment), "]")
        }
    return {"SpecifyTaskId": known or OwnId(TOKEN, prefix), "Comment": spec.comment}


def prefix_of(subject: Subject) -> str:
    """What all IDs of ours begin with that tasks of a resource get."""
    text = f"{subject.settings.workspace}\n{subject.address}"
    return f"rc-{hashlib.sha256(text.encode()).hexdigest()[:12]}-"


def _before(comment: str | None) -> str:
    return f"{comment} [" if comment else "["


def marked(comment: str | None, token: str) -> str:
    """A comment with the mark that a task is found by."""
    return f"{_before(comment)}{token}]"


def _changeable(spec: PullStreamSpec, subject: Subject) -> Mapping[str, Any]:
    """All that a change can say, where it is nothing as what takes it away; None for what stays then."""
    request = {**dict.fromkeys(IN_PLACE), **spec.to_request()}
    token = subject.made.get(TOKEN) if subject.settings.site is Site.INTERNATIONAL else None
    comment = spec.comment if spec.specify_task_id or token is None else marked(spec.comment, token)
    return {
        **{name: request[name] for name in IN_PLACE},
        "BackupToUrl": request["BackupToUrl"] or "",
        "VodLocalMode": request["VodLocalMode"] or 0,
        "VodLoopTimes": -1 if spec.vod_loop_times is None else spec.vod_loop_times,
        "CallbackEvents": sorted(spec.callback_events or EVENTS),
        "BackupSourceType": SOURCE_TYPES[spec.backup_source_type] if spec.backup_source_type else "",
        "WatermarkList": [one.to_request() for one in spec.watermark_list],
        "Comment": comment,
        "EndTime": spec.end_time,
    }
