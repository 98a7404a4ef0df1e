"""A start with WithTranscoding 0 read back: whose stream is relayed, and what it is like."""

from collections.abc import Mapping
from typing import Any

from reconciler.kinds.converting.parts import object_of, read_part
from reconciler.kinds.converting.reading import Reading
from reconciler.kinds.converting.rooms import read_user
from reconciler.kinds.fields import UserStream
from reconciler.kinds.publish.convert import no_manifest, read_encode, read_publish, start_of
from reconciler.kinds.publish.spec import VideoEncode

LISTS = ("SubscribeAudioList", "UnSubscribeAudioList")
PICTURE = ("LayoutParams", "BackGroundColor", "BackgroundImageUrl", "BackgroundRenderMode", "WaterMarkList")
_WHY = "WithTranscoding 0 does not mix: it relays one user's stream"


def read_relay(request: Mapping[str, Any], reading: Reading) -> dict[str, Any]:
    """The spec of a RelayStream."""
    given = start_of(request, reading)
    spec = read_publish(given, reading)
    here = reading.at("SingleSubscribeParams")
    single = object_of(given.get("SingleSubscribeParams", {}), ("UserMediaStream",), here)
    user = here.at("UserMediaStream", to=("user",))
    if "UserMediaStream" in single:
        spec["user"] = read_user(UserStream, single["UserMediaStream"], user, spec.get("room"))
    audio = reading.at("AudioParams", to=("audio",))
    sound = object_of(given.get("AudioParams", {}), ("AudioEncode", *LISTS), audio)
    no_manifest(LISTS, sound, _WHY, audio)
    spec["audio"] = {"encode": read_encode(sound, audio)}
    if "VideoParams" in given:
        spec["video"] = _video(given["VideoParams"], reading.at("VideoParams", to=("video",)))
    return spec


def _video(value: Any, reading: Reading) -> dict[str, Any]:
    given = object_of(value, ("VideoEncode", *PICTURE), reading)
    no_manifest(PICTURE, given, _WHY, reading)
    encode = reading.at("VideoEncode", to=("encode",))
    return {"encode": read_part(VideoEncode, given["VideoEncode"], encode)} if "VideoEncode" in given else {}
