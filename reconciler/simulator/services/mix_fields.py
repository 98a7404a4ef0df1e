"""The fields of the mixing actions as data (fields, "CreateCommonMixStream")."""

from collections.abc import Mapping

from ..parameters import Field, integer, many, must, one_of, record, text
from .publish_fields import SWITCH

SESSION = text(r"[A-Za-z0-9_]{1,80}")
LAYER, CROP, BITRATE = (f"InvalidParameter.Invalid{name}" for name in ("LayerParam", "CropParam", "Bitrate"))
SIDE = Field("number", low=0, high=2000, code=LAYER)
CUT = Field("number", low=0, high=2000, code=CROP)
COLOR = text(r"0x[0-9A-Fa-f]{6}", code=LAYER)
TEMPLATES = {10: 2, 20: 2, 30: 2, 40: 2, 50: 2, 310: 3, 390: 3, 391: 3, 410: 4, 510: 5, 590: 5, 610: 6}
"""How many inputs that are seen each template takes."""

LAYOUT: Mapping[str, Field] = {
    "ImageLayer": must(integer(1, 16, code=LAYER)),
    "InputType": one_of(0, 2, 3, 4, 5, 8),
    "ImageWidth": SIDE,
    "ImageHeight": SIDE,
    "LocationX": SIDE,
    "LocationY": SIDE,
    "Color": COLOR,
    "WatermarkId": integer(0, code="InvalidParameter.InvalidPictureID"),
    "WebPageUrl": text(),
}
INPUT: Mapping[str, Field] = {
    "InputStreamName": must(SESSION),
    "LayoutParams": must(record(LAYOUT)),
    "CropParams": record(
        {f"Crop{name}": CUT for name in ("Width", "Height", "StartLocationX", "StartLocationY")}
    ),
    "PortraitSegmentParams": record({"Color": text(r"0x[0-9A-Fa-f]{6}")}),
}
OUTPUT: Mapping[str, Field] = {
    "OutputStreamName": must(text(r"\S+", most=512)),
    "OutputStreamType": Field("integer", choices=(0, 1), code="InvalidParameter.InvalidOutputType"),
    "OutputStreamBitRate": integer(1, 10000, code=BITRATE),
    "OutputStreamGop": integer(1, 10),
    "OutputStreamFrameRate": integer(1, 60),
    "OutputAudioBitRate": integer(1, 500, code=BITRATE),
    "OutputAudioSampleRate": one_of(
        *(96000, 88200, 64000, 48000, 44100, 32000, 24000, 22050, 16000, 12000, 11025, 8000)
    ),
    "OutputAudioChannels": one_of(1, 2),
    "MixSei": text(),
}
CONTROL = ("UseMixCropCenter", "AllowCopy", "PassInputSei", "UsePictureTransparent")
CANCEL: Mapping[str, Field] = {"MixStreamSessionId": must(SESSION)}
CREATE: Mapping[str, Field] = {
    **CANCEL,
    "InputStreamList": must(many(record(INPUT), 16, least=1, code="InvalidParameter.InputNumLimitExceeded")),
    "OutputParams": must(record(OUTPUT)),
    "MixStreamTemplateId": one_of(0, *TEMPLATES),
    "ControlParams": record(dict.fromkeys(CONTROL, SWITCH)),
}
