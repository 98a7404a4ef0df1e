"""Text from outside, made harmless for a terminal and for a CI log."""

import re
from importlib import import_module
from typing import Any

# Controls, marks of direction, what is invisible or fills a place without ink, tags, and halves of pairs.
_HARMFUL = re.compile(
    "[\u0000-\u001f\u007f-\u009f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f"
    "\u2028-\u202e\u2060-\u206f\u3164\ud800-\udfff\ufeff\uffa0\ufff0-\ufffb\ufffe\uffff"
    "\U000e0000-\U000e0fff]"
)
# `##[error]` and `##vso[…]` are commands of CI services wherever they stand in a line.
_COMMAND = re.compile(r"##(?=\w*\[)")
_HALF = re.compile("[\ud800-\udfff]")
_NOT_ASCII = re.compile(r"[^\n -~]")
_DELETE = "\x7f"
"""The one control that JSON has as it is, but for the ends of its own lines."""


def safe(text: str) -> str:
    """One line without control, bidirectional or invisible characters, which are spelled out.

    Nor is there a command in it that a CI service would take from the middle of a line; that no
    line begins with `::` is for whoever breaks it into lines.
    """
    if text.isascii() and text.isprintable() and "##" not in text:
        return text
    spelled = _HARMFUL.sub(lambda match: f"\\u{{{ord(match[0]):x}}}", text)
    return _COMMAND.sub(r"#\\u{23}", spelled)


def json_text(data: Any, indent: int | None = 2) -> str:
    """JSON of nothing but printable ASCII, in which no line holds a command of a CI service.

    Without an `indent` it is one line.

    Half of a surrogate pair, which no JSON text may hold, becomes U+FFFD.
    """
    dumps = import_module("json").dumps  # no error's words need it
    text: str = dumps(data, indent=indent, ensure_ascii=False)
    if not text.isascii() or _DELETE in text:
        text = _HALF.sub("\ufffd", text)
        text = _NOT_ASCII.sub(lambda match: str(dumps(match[0]))[1:-1], text)
    return _COMMAND.sub(r"#\\u0023", text) + "\n"
