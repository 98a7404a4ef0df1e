"""Random mixes of live streams: values of the SDK's fields, and what has to fit together (mixes §1 to §3)."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .values import Draw, Place

LETTERS = "abcXYZ0189_"
TEMPLATES = {10: 2, 20: 2, 30: 2, 40: 2, 50: 2, 310: 3, 390: 3, 391: 3, 410: 4, 510: 5, 590: 5, 610: 6}
RATES = (96000, 88200, 64000, 48000, 44100, 32000, 24000, 22050, 16000, 12000, 11025, 8000)
STREAMS, SEEN = (0, 4, 5), (0, 2, 3, 5)
CREATE, LAYOUT, CROP, OUTPUT, CONTROL = (
    *("CreateCommonMixStreamRequest.", "CommonMixLayoutParams.", "CommonMixCropParams."),
    *("CommonMixOutputParams.", "CommonMixControlParams."),
)
SIDES = (("LocationX", "ImageWidth"), ("LocationY", "ImageHeight"))


def session(at: Place) -> str:
    return f"m{at.number}_{at.letters(LETTERS, 0, 40)}"


def input_name(at: Place) -> str:
    return f"i{at.number}_{at.letters(LETTERS, 4, 40)}"


def side(at: Place) -> float:
    pixels = (0, 1, 640, 2000, 1280.0, 0.5 + at.random.randint(1, 1999))
    return (
        float(at.random.choice((*pixels, 0.01, 0.25, 0.99))) if at.chance(0.5) else at.random.choice(pixels)
    )


def page(at: Place) -> str:
    rest = at.random.choice(("", "?v=2", f"?token={at.random.randrange(1 << 64):x}"))
    return f"https://pages.example.com/{at.letters('abcxyz019', 1, 20)}{rest}"


def sei(at: Place) -> str:
    return at.letters("abc XYZ019.,:;#-_é", 1, 40)


def _of(*choices: Any) -> Draw:
    return lambda at: at.random.choice(choices)


def _up_to(low: int, high: int) -> Draw:
    return lambda at: at.random.choice((low, high, at.random.randint(low, high)))


def _color(at: Place) -> str:
    return f"0x{at.random.randrange(1 << 24):06X}"


VALUES: dict[str, Draw] = {
    f"{CREATE}MixStreamSessionId": session,
    f"{CREATE}MixStreamTemplateId": _of(0, 0, *TEMPLATES),
    "CommonMixInputParam.InputStreamName": input_name,
    f"{LAYOUT}ImageLayer": _up_to(1, 16),
    f"{LAYOUT}InputType": _of(0, 0, 2, 3, 4, 5, 8),
    **{f"{LAYOUT}{name}": side for pair in SIDES for name in pair},
    f"{LAYOUT}Color": _color,
    f"{LAYOUT}WatermarkId": _up_to(0, 10**6),
    f"{LAYOUT}WebPageUrl": page,
    **{
        f"{CROP}Crop{name}": _of(0, 1, 360, 2000, 12.5)
        for name in ("Width", "Height", "StartLocationX", "StartLocationY")
    },
    "MixPortraitSegmentParams.Color": _color,
    f"{OUTPUT}OutputStreamName": lambda at: f"o{at.number}_{at.letters(LETTERS + '-.', 1, 20)}",
    f"{OUTPUT}OutputStreamType": _of(0, 1),
    f"{OUTPUT}OutputStreamBitRate": _up_to(1, 10000),
    f"{OUTPUT}OutputStreamGop": _up_to(1, 10),
    f"{OUTPUT}OutputStreamFrameRate": _up_to(1, 60),
    f"{OUTPUT}OutputAudioBitRate": _up_to(1, 500),
    f"{OUTPUT}OutputAudioSampleRate": _of(*RATES),
    f"{OUTPUT}OutputAudioChannels": _of(1, 2),
    f"{OUTPUT}MixSei": sei,
    **{
        f"{CONTROL}{name}": _of(0, 1)
        for name in ("UseMixCropCenter", "AllowCopy", "PassInputSei", "UsePictureTransparent")
    },
}
REQUIRED = {
    *(f"{CREATE}{name}" for name in ("MixStreamSessionId", "InputStreamList", "OutputParams")),
    *("CommonMixInputParam.InputStreamName", "CommonMixInputParam.LayoutParams"),
    *(f"{LAYOUT}ImageLayer", f"{OUTPUT}OutputStreamName"),
}


def layout(one: Any, at: Place) -> None:
    """A picture has a number, and a page an address."""
    if one.InputType == 2 and one.WatermarkId is None:
        one.WatermarkId = at.random.randrange(10**6)
    if one.InputType == 8 and one.WebPageUrl is None:
        one.WebPageUrl = page(at)


def mix(one: Any, at: Place) -> None:
    inputs = one.InputStreamList
    while len(inputs) < 2:
        inputs.append(at.made("CommonMixInputParam"))
    if at.chance(0.1):
        inputs += [at.made("CommonMixInputParam") for _ in range(16 - len(inputs))]
    if not [given for given in inputs if (given.LayoutParams.InputType or 0) in STREAMS]:
        inputs[0].LayoutParams.InputType = None
    layers = at.random.sample(range(1, 17), len(inputs))
    for given, layer in zip(inputs, layers, strict=True):
        given.LayoutParams.ImageLayer = layer
    _within(inputs)
    seen = sum((given.LayoutParams.InputType or 0) in SEEN for given in inputs)
    if TEMPLATES.get(one.MixStreamTemplateId, seen) != seen:
        one.MixStreamTemplateId = next((name for name, count in TEMPLATES.items() if count == seen), 0)
    if one.OutputParams.OutputStreamType != 1:
        streams = [given for given in inputs if (given.LayoutParams.InputType or 0) in STREAMS]
        one.OutputParams.OutputStreamName = at.random.choice(streams).InputStreamName
    elif at.chance(0.1) and one.ControlParams is not None:
        one.ControlParams.AllowCopy, one.MixStreamTemplateId = 1, None
        one.InputStreamList = [given for given in inputs if (given.LayoutParams.InputType or 0) in STREAMS][
            :1
        ]


def _within(inputs: list[Any]) -> None:
    """No picture goes beyond a background whose size is told."""
    background = next((one.LayoutParams for one in inputs if one.LayoutParams.ImageLayer == 1), None)
    for start, name in SIDES:
        whole = getattr(background, name, None)
        if not whole or whole < 1:
            continue
        for one in inputs:
            where, size = (getattr(one.LayoutParams, part) or 0 for part in (start, name))
            ends = sum(part * whole if 0 < part < 1 else part for part in (where, size))
            if ends > whole:
                setattr(one.LayoutParams, start, None)
                setattr(one.LayoutParams, name, whole if one.LayoutParams is background else None)


FITS: dict[str, Callable[[Any, Place], None]] = {
    "CreateCommonMixStreamRequest": mix,
    "CommonMixLayoutParams": layout,
}
