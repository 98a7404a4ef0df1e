"""What is sent for a recording (reference fields, "CreateCloudRecording" and "ModifyCloudRecording")."""

from typing import Any

from reconciler.kinds.base import Subject
from reconciler.kinds.recording.spec import RecordingSpec
from reconciler.kinds.recording.subscribing import Subscriptions
from reconciler.kinds.robots import robot_request


def start_request(subject: Subject) -> dict[str, Any]:
    """A whole CreateCloudRecording; what is not said is left to the API's defaults."""
    spec: RecordingSpec = subject.spec
    transcode, layout = spec.mix_transcode, spec.mix_layout
    given = {
        "PrivateMapKey": spec.private_map_key and spec.private_map_key.ref(),
        "ResourceExpiredHour": spec.resource_expired_hour,
        "MixTranscodeParams": None if transcode is None else transcode.to_request(),
        "MixLayoutParams": None if layout is None else layout.to_request(),
    }
    return {
        "SdkAppId": spec.sdk_app_id,
        "RoomId": str(spec.room),
        "RoomIdType": spec.code(),
        **robot_request(spec, subject),
        "RecordParams": spec.record.to_request(),
        "StorageParams": spec.storage.to_request(),
        **{name: value for name, value in given.items() if value is not None},
    }


def changeable(spec: RecordingSpec) -> dict[str, Any]:
    """What a change says: the layout and all four lists, whole, as each call takes the place of the last.

    A list that says nothing is empty, and so of everybody (recordings §4).
    """
    lists, layout = spec.record.subscribe_stream_user_ids or Subscriptions(), spec.mix_layout
    return {
        "SubscribeStreamUserIds": lists.with_defaults().to_request(),
        **({} if layout is None else {"MixLayoutParams": layout.to_request()}),
    }
