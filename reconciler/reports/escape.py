"""Text from outside, made harmless for a terminal and for a CI log."""

import re

_HARMFUL = re.compile(
    "[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ud800-\udfff]"
)


def safe(text: str) -> str:
    """One line without control, bidirectional or invisible characters, which are spelled out."""
    return _HARMFUL.sub(lambda match: f"\\u{{{ord(match[0]):x}}}", text)
