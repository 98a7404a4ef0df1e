"""Relay recording: how it is started and where it is kept (reference fields, "RecordParams").

Recording begins with the task; nothing of it can be changed while the task runs.
"""

import re
from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, ValidationInfo

from reconciler.kinds.addresses import AnyAddress
from reconciler.kinds.api import Api, Part
from reconciler.kinds.base import Fault
from reconciler.kinds.fields import SecretSource
from reconciler.kinds.forms import pattern_validator, text_hint
from reconciler.kinds.marks import Many, is_recorded
from reconciler.kinds.sites import Site

UNI_RECORD = ("undefined", "off", "template", "api")
STREAMS = ("audio-video", "audio", "video")
VENDORS = ("cos", "aws")

RecordKey = Annotated[
    str,
    pattern_validator(
        r"[A-Za-z0-9_-]{1,128}", "not a recording key: use 1 to 128 of the characters A-Z a-z 0-9 _ -"
    ),
]


def _folder(value: str, info: ValidationInfo) -> str:
    if is_recorded(info) or re.fullmatch(_FOLDER, value):
        return value
    raise ValueError(_NO_FOLDER)


_FOLDER, _NO_FOLDER = r"[A-Za-z0-9_-]+", "not a folder: one or more of the characters A-Z a-z 0-9 _ -"
Folder = Annotated[str, AfterValidator(_folder), text_hint(_FOLDER, _NO_FOLDER, "films")]


class CloudStorage(Part):
    """Your own object storage."""

    vendor: Annotated[Literal["cos", "aws"], Api(words=VENDORS)]
    """The storage vendor."""
    region: Annotated[str, Field(min_length=1)]
    """The storage's region, in the vendor's spelling."""
    bucket: Annotated[str, Field(min_length=1)]
    """The bucket."""
    access_key: SecretSource
    """The storage's access key."""
    secret_key: SecretSource
    """The storage's secret key."""
    file_name_prefix: Annotated[tuple[Folder, ...] | None, Many] = None
    """The folders that files are put in, outermost first, each of A-Z, a-z, 0-9, `_` and `-`."""
    endpoint_url: Annotated[AnyAddress | None, Api(only=Site.INTERNATIONAL)] = None
    """The storage's own address, or a reference to a secret that holds it."""


class McuTencentVod(Part):
    """Where recordings go in Tencent's video on demand."""

    procedure: str | None = None
    """The VOD procedure to run on each file."""
    expire_time: Annotated[int | None, Field(ge=0)] = None
    """How many seconds files are kept; 0 means forever."""
    storage_region: str | None = None
    """The VOD storage region."""
    class_id: Annotated[int | None, Api(default=0)] = None
    """The VOD category; 0 for none."""
    sub_app_id: Annotated[int | None, Field(ge=0)] = None
    """The VOD sub-application."""
    session_context: str | None = None
    """Returned in VOD's callbacks."""
    source_context: str | None = None
    """Returned in VOD's upload callback."""


class McuCloudVod(Part):
    """Video on demand."""

    mcu_tencent_vod: McuTencentVod | None = None
    """Tencent's video on demand."""


class McuStorageParams(Part):
    """Where recordings are kept: an object storage or video on demand."""

    cloud_storage: CloudStorage | None = None
    """Your own object storage; cannot be combined with `mcuCloudVod`."""
    mcu_cloud_vod: McuCloudVod | None = None
    """Video on demand; cannot be combined with `cloudStorage`."""


class Record(Part):
    """How the stream is recorded."""

    uni_record: Annotated[
        Literal["undefined", "off", "template", "api"] | None, Api(words=UNI_RECORD, default="undefined")
    ] = None
    """Whether to record: `off`, with the console's `template`, or with the fields here (`api`)."""
    record_key: RecordKey | None = None
    """Merges recordings of tasks that share this key."""
    record_wait_time: Annotated[int | None, Field(ge=5, le=86400), Api(default=30)] = None
    """How many seconds a recording waits for its stream to resume before it ends."""
    record_format: Annotated[tuple[Literal["hls", "mp4", "aac"], ...] | None, Many, Api(default=("mp4",))] = (
        None
    )
    """The file formats; mp4 and aac cannot be combined."""
    max_media_file_duration: Annotated[int | None, Field(ge=1, le=1440), Api(default=1440)] = None
    """Maximum length of an mp4 or aac file in minutes; after that a new one is started."""
    stream_type: Annotated[
        Literal["audio-video", "audio", "video"] | None, Api(words=STREAMS, default="audio-video")
    ] = None
    """What is recorded."""
    user_define_record_prefix: (
        Annotated[
            str,
            pattern_validator(
                r"[A-Za-z0-9_-]{1,64}", "not a valid prefix: use 1 to 64 of the characters A-Z a-z 0-9 _ -"
            ),
        ]
        | None
    ) = None
    """The prefix of file names in video on demand."""
    mcu_storage_params: McuStorageParams | None = None
    """Where files are kept."""

    @property
    def is_on(self) -> bool:
        """Whether anything is recorded."""
        return self.uni_record in ("template", "api")

    def faults(self) -> Iterator[Fault]:
        """The rules between the fields."""
        formats = self.record_format or ()
        if "mp4" in formats and "aac" in formats:
            yield Fault(("recordFormat",), "mp4 and aac cannot be combined: remove one of them")
        if len(set(formats)) < len(formats):
            yield Fault(("recordFormat",), "duplicate format")
        if self.uni_record in (None, "undefined"):
            text = "the API's default is undefined: set uniRecord to off, template or api"
            yield Fault(("uniRecord",) if self.uni_record else (), text, warns=True)
        if self.uni_record != "api":
            yield from self._unread()
        elif self.max_media_file_duration is not None and self.record_format == ("hls",):
            text = "only used for mp4 and aac; recordFormat is hls only"
            yield Fault(("maxMediaFileDuration",), text, warns=True)
        storage = self.mcu_storage_params
        if storage is None:
            return
        if storage.cloud_storage is not None and storage.mcu_cloud_vod is not None:
            text = "cloudStorage and mcuCloudVod cannot be combined: remove one of them"
            yield Fault(("mcuStorageParams",), text)
        if self.user_define_record_prefix is not None and storage.cloud_storage is not None:
            text = "only used with video on demand; for object storage, use fileNamePrefix"
            yield Fault(("userDefineRecordPrefix",), text, warns=True)

    def _unread(self) -> Iterator[Fault]:
        """What only counts where the API's fields say how to record."""
        given = {
            "recordWaitTime": self.record_wait_time,
            "recordFormat": self.record_format,
            "maxMediaFileDuration": self.max_media_file_duration,
            "streamType": self.stream_type,
            "mcuStorageParams": self.mcu_storage_params,
        }
        for name, value in given.items():
            if value is not None:
                text = f"ignored unless uniRecord is api (it is {self.uni_record or 'left out'})"
                yield Fault((name,), text, warns=True)
