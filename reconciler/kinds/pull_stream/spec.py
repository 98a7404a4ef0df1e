"""What a PullStream's document has (reference fields, "CreateLivePullStreamTask")."""

import re
from collections.abc import Mapping
from typing import Annotated, ClassVar, Literal, Self

from pydantic import AfterValidator, Discriminator, Field, Tag

from reconciler.addresses.grammar import parts_of
from reconciler.addresses.media import PULL_PATTERN, RELAY_PATTERN, pull_fault, relay_fault
from reconciler.kinds.addresses import (
    ADDRESS,
    AddressText,
    AnyAddress,
    ImageAddress,
    address_validator,
    secret_or_text,
)
from reconciler.kinds.api import Api, Part, Spec, switch
from reconciler.kinds.ending import Ending
from reconciler.kinds.fields import Duration, SecretSource, region_marks
from reconciler.kinds.forms import JsonSchemaHint, text_hint
from reconciler.kinds.marks import RESTART, SEEN, ChangeEffect, Many
from reconciler.kinds.placing import Placed
from reconciler.kinds.prevent import Preventable
from reconciler.kinds.pull_stream.regions import PULL
from reconciler.kinds.pull_stream.target import Target, relay_keys
from reconciler.kinds.regions import Regions
from reconciler.kinds.sites import Site
from reconciler.kinds.timing import Timed
from reconciler.model import Impact
from reconciler.moments import unix_seconds

SourceType = Literal["live", "vod", "picture"]
SOURCE_TYPES: Mapping[SourceType, str] = {
    "live": "PullLivePushLive",
    "vod": "PullVodPushLive",
    "picture": "PullPicPushLive",
}
EVENTS = (
    "TaskStart",
    "TaskExit",
    "VodSourceFileStart",
    "VodSourceFileFinish",
    "ResetTaskConfig",
    "TaskAlarm",
)
MOST_SOURCES = 30
MOST_COMMENT = 512
_NO_CONTROLS = r"^[^\x00-\x1f\x7f]*$"
_COMMENT = JsonSchemaHint({"maxLength": MOST_COMMENT, "pattern": _NO_CONTROLS})
_MANY = JsonSchemaHint({"minItems": 1, "maxItems": MOST_SOURCES})
DEFAULT_OPERATOR = "reconciler"
_TIME = re.compile(r"\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])T([01]\d|2[0-3]):[0-5]\d:[0-5]\dZ")
_NO_MOMENT = "not a time in UTC: use a time such as 2026-12-31T18:00:00Z"
_STAYS = ChangeEffect(
    note="what was set stays until the task is started again, where the manifest says nothing"
)
_ONCE = ChangeEffect(note="counts from the next start: a change now would seek")
_BEGINNING = ChangeEffect(Impact.RESTART, why="a start can be moved only while it has not come")
_CALLBACK = ChangeEffect(removed=Impact.RESTART, why="whether it can be taken away is unconfirmed")


_PULL_ADVICE = "use an http(s), rtmp(s), rtsp or srt URL, or {env: STREAM_SOURCE} for one that is secret"
_RELAY_ADVICE = "use an rtmp(s), rtsp, rtp or srt URL, or {env: STREAM_PUSH} for one that is secret"


def _utc(value: str) -> str:
    if _TIME.fullmatch(value) is None:
        raise ValueError(_NO_MOMENT)
    try:
        unix_seconds(value)
    except ValueError:
        raise ValueError(f"{_NO_MOMENT}; the date must exist") from None
    return value


def _pull_message(value: str) -> str | None:
    fault = _password_fault(value) or pull_fault(value)
    return fault and f"not a stream or file to pull: {fault}; {_PULL_ADVICE}"


def _relay_message(value: str) -> str | None:
    fault = _password_fault(value) or relay_fault(value)
    return fault and f"not an address to push to: {fault}; {_RELAY_ADVICE}"


def _password_fault(value: str) -> str | None:
    parts = parts_of(value)
    found = parts is not None and parts.userinfo is not None
    return "it has a user name or password, which are secrets" if found else None


def _sources(value: tuple[object, ...]) -> tuple[object, ...]:
    if 1 <= len(value) <= MOST_SOURCES:
        return value
    raise ValueError(f"a pull task has 1 to {MOST_SOURCES} sources")


def _comment(value: str) -> str:
    if len(value.encode()) <= MOST_COMMENT and re.fullmatch(_NO_CONTROLS, value):
        return value
    raise ValueError(f"at most {MOST_COMMENT} bytes, without control characters")


Moment = Annotated[str, AfterValidator(_utc), text_hint(_TIME.pattern, _NO_MOMENT, "2026-12-31T18:00:00Z")]
_PULL_HINT = text_hint(
    PULL_PATTERN, f"not a stream or file to pull: {_PULL_ADVICE}", "rtmp://feeds.example/live/main"
)
_RELAY_HINT = text_hint(RELAY_PATTERN, f"not an address to push to: {_RELAY_ADVICE}")
PullAddress = Annotated[
    Annotated[Annotated[str, address_validator(_pull_message), _PULL_HINT], Tag("text")]
    | Annotated[SecretSource, Tag("secret")],
    Discriminator(secret_or_text),
    ADDRESS,
]
"""A stream or file to pull, or a reference to a secret that holds its address."""
RelayAddress = Annotated[
    Annotated[Annotated[str, address_validator(_relay_message), _RELAY_HINT], Tag("text")]
    | Annotated[SecretSource, Tag("secret")],
    Discriminator(secret_or_text),
    AddressText(relay_keys),
]
"""An address outside of the account to push to, or a reference to a secret that holds it."""
PullRegion = Annotated[str, *region_marks(PULL, "pull tasks")]
Percent = Annotated[int, Field(ge=0, le=100)]


class PullWatermark(Part):
    """A picture over the stream; sizes and positions in per cent of the stream's own picture."""

    picture_url: Annotated[ImageAddress, SEEN]
    """The image, without ; ( ) { } $ > # quotes, backticks or bars."""
    x_position: Annotated[Percent, SEEN, Api(name="XPosition")]
    """Distance from the corner to the right or left, in per cent."""
    y_position: Annotated[Percent, SEEN, Api(name="YPosition")]
    """Distance from the corner down or up, in per cent."""
    width: Annotated[Percent, SEEN] = 0
    """Width in per cent; 0 to keep the image's ratio by its height."""
    height: Annotated[Percent, SEEN] = 0
    """Height in per cent; 0 to keep the image's ratio by its width."""
    location: Annotated[
        Literal["top-left", "top-right", "bottom-right", "bottom-left"],
        SEEN,
        Api(words=("top-left", "top-right", "bottom-right", "bottom-left")),
    ]
    """The corner that positions count from."""


class PullStreamSpec(Preventable, Ending, Timed, Placed, Part, Spec):
    """The fields of the document; it pushes to `publish` in the account, or to `toUrl` anywhere."""

    served: ClassVar[Regions] = PULL

    state: Annotated[Literal["running", "paused", "stopped"], Api(apart=True, at=("Status",))] = "running"
    """The desired state."""
    region: Annotated[PullRegion | None, RESTART, Api(apart=True, at=("X-TC-Region",))] = None
    """The region that pulls; default: the workspace's."""
    source_type: Annotated[SourceType, RESTART, Api(apart=True, at=("SourceType",))] = "live"
    """What is pulled: one live stream, files one after the other, or a picture."""
    source_urls: Annotated[Annotated[tuple[PullAddress, ...], Many, AfterValidator(_sources), _MANY], SEEN]
    """What is pulled: one stream, or 1 to 30 files in the order that they are played in."""
    publish: Annotated[Target | None, RESTART, Api(apart=True)] = None
    """The push address in this account."""
    push_args: Annotated[AnyAddress | None, RESTART, Api(apart=True, at=("PushArgs",))] = None
    """Arguments of the push, or a reference to a secret that holds them; in place of those of `publish`."""
    to_url: Annotated[RelayAddress | None, RESTART] = None
    """A whole address anywhere, such as another network's, in place of `publish`."""
    backup_to_url: Annotated[RelayAddress | None, Api(only=Site.MAINLAND)] = None
    """A second address that the task pushes to."""
    start_time: Annotated[Moment | None, _BEGINNING, Api(apart=True, at=("StartTime",))] = None
    """When the task begins, in UTC; default: as soon as it is declared."""
    end_time: Annotated[Moment | None, Api(apart=True, at=("EndTime",))] = None
    """When the task ends, in UTC; default: never, as its end is put off before it comes (`endsAfter`)."""
    ends_after: Annotated[Duration, Api(apart=True, at=("EndTime",))] = "6d"
    """Without an endTime: how far ahead each apply sets it, once half of that has passed. A task that nobody
    renews ends by itself, and so does its cost."""
    operator: Annotated[str, Field(min_length=1, max_length=128), Api(apart=True, at=("Operator",))] = (
        DEFAULT_OPERATOR
    )
    """Who is told to have started and changed the task."""
    comment: Annotated[
        Annotated[
            str,
            AfterValidator(_comment),
            _COMMENT,
        ]
        | None,
        _STAYS,
        Api(apart=True, at=("Comment",)),
    ] = None
    """A description, at most 512 bytes."""
    callback_url: Annotated[AnyAddress | None, _CALLBACK] = None
    """Where events of the task are sent, or a reference to a secret that holds the address."""
    callback_events: Annotated[
        Annotated[
            tuple[
                Literal[
                    "TaskStart",
                    "TaskExit",
                    "VodSourceFileStart",
                    "VodSourceFileFinish",
                    "ResetTaskConfig",
                    "TaskAlarm",
                ],
                ...,
            ],
            Many,
        ]
        | None,
        Api(default=EVENTS),
    ] = None
    """The events that are sent; default: all."""
    vod_loop_times: Annotated[
        Annotated[int, Field(ge=-1, le=2**31 - 1)] | None, Api(as_text=True, default=-1)
    ] = None
    """How often files are played again after the first time; -1 until the end."""
    vod_refresh_type: Annotated[Literal["ImmediateNewSource", "ContinueBreakPoint"] | None, _STAYS] = None
    """What other files do: play at once, or once the present file has been played."""
    vod_local_mode: Annotated[bool | None, switch(default=False)] = None
    """Whether MP4 files are downloaded before they are played, which is billed."""
    file_index: Annotated[Annotated[int, Field(ge=1)] | None, _ONCE, Api(only=Site.MAINLAND)] = None
    """The file that is played first, from 1."""
    offset_time: Annotated[Annotated[int, Field(ge=0)] | None, _ONCE, Api(only=Site.MAINLAND)] = None
    """From which second of that file."""
    backup_source_type: Annotated[
        Literal["live", "vod"] | None, Api(apart=True, at=("BackupSourceType",))
    ] = None
    """What is pulled while a live source is gone."""
    backup_source_url: Annotated[PullAddress | None, SEEN] = None
    """Its address."""
    watermark_list: Annotated[
        Annotated[tuple[PullWatermark, ...], Many, Field(max_length=4)],
        SEEN,
        Api(apart=True, at=("WatermarkList[]",)),
    ] = ()
    """Up to four images over the picture."""
    record_template_id: Annotated[str | None, RESTART, Api(only=Site.MAINLAND)] = None
    """A template by which the stream is recorded, which is billed."""
    transcode_template_name: Annotated[str | None, RESTART, Api(only=Site.MAINLAND)] = None
    """A template of Live's transcoding, by which the stream is transcoded before it is pushed on; billed."""
    ignore_region: Annotated[bool, RESTART, Api(apart=True, at=("ExtraCmd",))] = False
    """Whether the cloud chooses where it is pulled."""
    specify_task_id: Annotated[
        Annotated[str, Field(min_length=1)] | None,
        RESTART,
        Api(apart=True, at=("SpecifyTaskId",), only=Site.MAINLAND),
    ] = None
    """An ID of your own for the task, unique in the account; default: one of ours for each start."""

    def with_defaults(self) -> Self:
        """The same with the API's defaults where it says nothing, and events in one order."""
        full = super().with_defaults()
        events = tuple(sorted(full.callback_events or EVENTS))
        return full.model_copy(update={"callback_events": events})
