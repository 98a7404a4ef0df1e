"""Where a recording is kept: an object storage, or video on demand (reference fields, "StorageParams")."""

from collections.abc import Iterator
from typing import Annotated, Literal

from reconciler.kinds.api import Api, Part
from reconciler.kinds.base import Fault
from reconciler.kinds.forms import pattern_validator
from reconciler.kinds.publish.record import CloudStorage, McuTencentVod

MEDIA_TYPES = ("mp4", "hls", "aac", "hls+mp4", "hls+aac")
_RECORD_ID = r"[A-Za-z0-9_-]{1,64}"
RecordId = Annotated[
    str,
    pattern_validator(
        _RECORD_ID, "not a valid prefix: use 1 to 64 of the characters A-Z a-z 0-9 _ -", "town-hall"
    ),
]


class TencentVod(McuTencentVod):
    """Where files go in Tencent's video on demand, and as what."""

    media_type: Annotated[
        Literal["mp4", "hls", "aac", "hls+mp4", "hls+aac"] | None, Api(words=MEDIA_TYPES, default="mp4")
    ] = None
    """The format of the files; those with aac take a recording of sound alone."""
    user_define_record_id: RecordId | None = None
    """What the names of the files begin with."""


class CloudVod(Part):
    """Video on demand."""

    tencent_vod: TencentVod
    """Tencent's video on demand."""


class StorageParams(Part):
    """Where files are kept: in an object storage of yours, or in video on demand."""

    cloud_storage: CloudStorage | None = None
    """Your own object storage; cannot be combined with `cloudVod`."""
    cloud_vod: CloudVod | None = None
    """Video on demand; cannot be combined with `cloudStorage`."""

    @property
    def vod(self) -> TencentVod | None:
        """Where files go in video on demand, if they do."""
        return self.cloud_vod.tencent_vod if self.cloud_vod is not None else None

    def faults(self) -> Iterator[Fault]:
        """One of the two, and not both: a start with both fails."""
        if self.cloud_storage is not None and self.cloud_vod is not None:
            yield Fault((), "cloudStorage and cloudVod cannot be combined: remove one of them")
        if self.cloud_storage is None and self.cloud_vod is None:
            text = "a recording needs a place for its files: set cloudVod: {tencentVod: {}}, or cloudStorage"
            yield Fault((), text)

    def words(self) -> str:
        """Where files go, in words."""
        if self.cloud_storage is not None:
            return f"{self.cloud_storage.vendor} bucket {self.cloud_storage.bucket}"
        return "Tencent VOD"
