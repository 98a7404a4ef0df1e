"""What no converted manifest may hold: a key in the API's case, or a number where the manifests have a word.

The words are listed here by hand, so that the models cannot be wrong about them together with the
conversion.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

CAMEL = re.compile(r"[a-z][A-Za-z]*")
SLOT = re.compile(r"slot-[1-9][0-9]*")

WORDS: dict[str, tuple[Any, ...]] = {
    "codec": ("LC-AAC", "HE-AAC", "HE-AACv2"),
    "mode": ("floating", "screen-share", "grid", "custom"),
    "streamType": ("camera", "screen", "audio-video", "audio", "video"),
    "renderMode": ("crop", "fit", "fit-black", "stretch", "smart-stretch"),
    "backgroundRenderMode": ("crop", "fit", "fit-black", "stretch", "custom"),
    "backGroundColorMode": ("off", "placeholder", "upstream", "both"),
    "waterMarkType": ("image", "text", "timestamp"),
    "recordMode": ("single", "mix"),
    "mediaId": ("both", "camera", "screen"),
    "outputFormat": ("hls", "hls+mp4", "hls+aac", "mp4", "aac"),
    "mediaType": ("mp4", "hls", "aac", "hls+mp4", "hls+aac"),
    "fillType": ("last-frame", "black"),
    "backgroundImageRenderMode": ("crop", "fit-black", "stretch", "smart-stretch"),
    "maxResolutionUserAlign": ("left", "right"),
    "pos": ("top-left", "top-right", "bottom-left", "bottom-right", "top", "bottom", "center"),
    "dynamicPosType": ("off", "random", "bouncing"),
    "vendor": ("cos", "aws"),
    "uniRecord": ("undefined", "off", "template", "api"),
    "roomIdType": ("integer", "string"),
    "state": ("running", "stopped", "allowed", "forbidden"),
    **dict.fromkeys(
        (
            *("isTencentCdn", "followIdr", "enableStreamSEI", "pureAudioHoldPlaceMode"),
            *("autoPush", "enableProgress"),
            *("avMerge", "subscribeAbility", "placeHolderMode", "pureAudioDisableLayout"),
        ),
        (True, False),
    ),
}


def complaints(document: Mapping[str, Any]) -> list[str]:
    return list(_complaints(document, document["kind"]))


def _complaints(value: Any, at: str) -> Iterator[str]:
    if isinstance(value, list):
        for index, one in enumerate(value):
            yield from _complaints(one, f"{at}[{index}]")
    elif isinstance(value, Mapping):
        for key, one in value.items():
            pattern = SLOT if at.endswith(".users") else CAMEL
            if not pattern.fullmatch(key):
                yield f"{at}: the key {key}"
            words = WORDS.get(key)
            if words is not None and (
                one not in words or isinstance(one, bool) is not isinstance(words[0], bool)
            ):
                yield f"{at}.{key}: {one!r} is none of {words}"
            yield from _complaints(one, f"{at}.{key}")
