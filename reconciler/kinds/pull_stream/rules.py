"""Rules of a PullStream: between its fields, of what the two sites take, and what is billed."""

from collections.abc import Iterator

from reconciler.addresses.media import private_fault
from reconciler.kinds.base import Fault
from reconciler.kinds.fields import SecretSource, seconds
from reconciler.kinds.pull_stream.spec import PullStreamSpec
from reconciler.kinds.sites import Site
from reconciler.model import Path
from reconciler.moments import unix_seconds

DAY = 86400
LONGEST = {None: 30 * DAY, Site.MAINLAND: 30 * DAY, Site.INTERNATIONAL: 7 * DAY}
"""A task lasts less than this, from StartTime to EndTime."""
BAD_IN_PICTURES = ";(){}$>#\"'`|"
MARK_BYTES = 40
"""What the ID of ours takes in a comment, on the site that has no field for it."""


def spec_faults(spec: PullStreamSpec) -> list[Fault]:
    """The rules of the spec alone."""
    return [
        *_target_faults(spec),
        *_source_faults(spec),
        *_private_faults(spec),
        *_time_faults(spec),
        *_picture_faults(spec),
        *_billed(spec),
    ]


def site_faults(spec: PullStreamSpec, site: Site | None) -> Iterator[Fault]:
    """What one of the vendor's sites takes."""
    longest = LONGEST[site]
    days, on = longest // DAY, " on the international site" if site is Site.INTERNATIONAL else ""
    if spec.end_time is None and seconds(spec.ends_after) >= longest:
        yield Fault(("endsAfter",), f"found {spec.ends_after}; a task lasts less than {days} days{on}")
    declared = spec.start_time is not None and spec.end_time is not None
    if declared and unix_seconds(str(spec.end_time)) - unix_seconds(str(spec.start_time)) >= longest:
        yield Fault(("endTime",), f"{days} days or more after startTime; a task lasts less than that{on}")
    if site is Site.INTERNATIONAL and spec.comment and len(spec.comment.encode()) > 512 - MARK_BYTES:
        text = f"at most {512 - MARK_BYTES} bytes on the international site, where an ID of ours follows it"
        yield Fault(("comment",), text)


def _target_faults(spec: PullStreamSpec) -> Iterator[Fault]:
    if (spec.publish is None) is (spec.to_url is None):
        where: Path = ("publish",) if spec.publish is None else ("toUrl",)
        yield Fault(
            where, "declare where the stream is pushed to: publish in this account, or toUrl, and not both"
        )
    if spec.publish is None:
        return
    for fault in spec.publish.faults():
        yield Fault(("publish", *fault.path), fault.message, fault.warns)
    if spec.push_args is None or isinstance(spec.publish.url, SecretSource):
        return
    if spec.publish.auth is not None or spec.publish.query:
        yield Fault(("pushArgs",), "only valid where publish has neither auth nor arguments of its own")


def _source_faults(spec: PullStreamSpec) -> Iterator[Fault]:
    if spec.source_type != "vod" and len(spec.source_urls) > 1:
        many = len(spec.source_urls)
        text = f"found {many} addresses; a {spec.source_type} source is one: use sourceType: vod"
        yield Fault(("sourceUrls",), text)
    if (spec.backup_source_type is None) is not (spec.backup_source_url is None):
        missing = "backupSourceType" if spec.backup_source_type is None else "backupSourceUrl"
        yield Fault((missing,), "a backup source needs both its type and its address")
    if spec.backup_source_type is not None and spec.source_type != "live":
        yield Fault(("backupSourceType",), "has no effect unless sourceType is live", warns=True)
    if spec.offset_time is not None and spec.file_index is None:
        yield Fault(("offsetTime",), "has no effect without fileIndex", warns=True)
    if spec.file_index is not None and spec.file_index > len(spec.source_urls):
        yield Fault(("fileIndex",), f"found {spec.file_index}, but there are {len(spec.source_urls)} files")
    for name, value in (
        ("vodLoopTimes", spec.vod_loop_times),
        ("vodRefreshType", spec.vod_refresh_type),
        ("vodLocalMode", spec.vod_local_mode),
        ("fileIndex", spec.file_index),
    ):
        if value is not None and spec.source_type != "vod":
            yield Fault((name,), "has no effect unless sourceType is vod", warns=True)


def _private_faults(spec: PullStreamSpec) -> Iterator[Fault]:
    """Addresses of a private network, for which the vendor blocks an account."""
    told: list[tuple[Path, object]] = [(("sourceUrls", at), url) for at, url in enumerate(spec.source_urls)]
    told += [(("backupSourceUrl",), spec.backup_source_url), (("toUrl",), spec.to_url)]
    told.append((("backupToUrl",), spec.backup_to_url))
    for path, url in told:
        fault = private_fault(url) if isinstance(url, str) else None
        if fault is not None:
            yield Fault(path, f"{fault}: the vendor blocks accounts for that")


def _time_faults(spec: PullStreamSpec) -> Iterator[Fault]:
    if spec.start_time is not None and spec.end_time is None:
        yield Fault(("endTime",), "required with startTime")
    elif spec.start_time is not None and spec.end_time is not None and spec.end_time <= spec.start_time:
        yield Fault(("endTime",), f"found {spec.end_time}, which is not after startTime ({spec.start_time})")
    auth = spec.publish.auth if spec.publish is not None else None
    if auth is not None and spec.end_time is None and seconds(auth.valid_for) < seconds(spec.ends_after):
        text = (
            f"the signature ends after {auth.valid_for}, before the task does ({spec.ends_after}): from then "
            "on an interrupted push cannot connect again"
        )
        yield Fault(("publish", "auth", "validFor"), text, warns=True)


def _picture_faults(spec: PullStreamSpec) -> Iterator[Fault]:
    for index, mark in enumerate(spec.watermark_list):
        at: Path = ("watermarkList", index)
        found = sorted(
            set(BAD_IN_PICTURES) & set(mark.picture_url if isinstance(mark.picture_url, str) else "")
        )
        if found:
            yield Fault((*at, "pictureUrl"), f"the API does not accept {' '.join(found)} in it")
        if mark.width == 0 and mark.height == 0:
            yield Fault((*at, "width"), "width or height must be above 0")


def _billed(spec: PullStreamSpec) -> Iterator[Fault]:
    """What costs more than the minutes of the task, which a plan tells of each start."""
    for name, value, what in (
        ("vodLocalMode", spec.vod_local_mode, "playing downloaded files is billed as a value-added service"),
        ("recordTemplateId", spec.record_template_id, "recording is billed"),
        ("transcodeTemplateName", spec.transcode_template_name, "transcoding is billed"),
        ("toUrl", spec.to_url, "traffic to addresses outside of the account is billed"),
        ("backupToUrl", spec.backup_to_url, "traffic to addresses outside of the account is billed"),
    ):
        if value:
            yield Fault((name,), f"{what}, beside the minutes of the task", warns=True)
