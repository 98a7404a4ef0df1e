"""Secrets planted where a secret belongs, in every way that somebody could write one there by mistake.

The places are listed by hand and not read off the models: what is to be hidden must not depend on the
marks that hide it.
"""

import re
from collections.abc import Sequence
from random import Random
from typing import Any

from .fuzz_trees import Tree, written

_STORAGE = ("record", "mcuStorageParams", "cloudStorage")
_PUBLISHED = [
    ("agent", "userSig"),
    ("feedBackRooms", 0, "userSig"),
    ("publish", 0, "url"),
    ("publish", 0, "auth", "key"),
    (*_STORAGE, "accessKey"),
    (*_STORAGE, "secretKey"),
    (*_STORAGE, "endpointUrl"),
]
_LAYOUT: list[tuple[str | int, ...]] = [
    ("slots", 0, "backgroundImageUrl"),
    ("slots", 0, "transparentUrl"),
    ("background", "imageUrl"),
    ("watermarks", 0, "image", "url"),
]
PLACES: dict[str, list[tuple[str | int, ...]]] = {
    "Workspace": [
        *(("trtc", "secretKey"), ("pushDomains", "main", "key")),
        *(("callbacks", "key"), ("callbacks", "liveKey"), ("notify", 0, "to")),
    ],
    "MixLayout": _LAYOUT,
    "MixStream": [*_PUBLISHED, *(("layout", *path) for path in _LAYOUT)],
    "RelayStream": _PUBLISHED,
    "LiveMix": [("inputs", 0, "webPageUrl"), *(("layout", *path) for path in _LAYOUT)],
    "IngestStream": [("userSig",), ("privateMapKey",), ("streamUrl",)],
    "RenderStream": [("publish", "url"), ("publish", "auth", "key"), ("publishStreamArgs",)],
    "PullStream": [
        *(("sourceUrls", 0), ("backupSourceUrl",), ("toUrl",), ("backupToUrl",), ("callbackUrl",)),
        *(("publish", "url"), ("publish", "auth", "key"), ("pushArgs",)),
        ("watermarkList", 0, "pictureUrl"),
    ],
    "Recording": [
        *(("userSig",), ("privateMapKey",)),
        *(("storage", "cloudStorage", name) for name in ("accessKey", "secretKey", "endpointUrl")),
        *(("layout", *path) for path in _LAYOUT),
        *(("mixLayout", name) for name in ("backgroundImageUrl", "defaultSubBackgroundImage")),
        ("mixLayout", "mixLayoutList", 0, "subBackgroundImage"),
        ("mixLayout", "waterMarkList", 0, "image", "url"),
    ],
}
"""By kind, the paths below `spec` at which a secret belongs, or an address that can hold one."""

NAMES = sorted(
    {[part for part in path if isinstance(part, str)][-1] for paths in PLACES.values() for path in paths}
)

_LINES = r"""
S
"S"
'S'
D
-D
+D
0.D
De9
De999
.D
0xD
DDDD
[S]
[[S, S]]
[D]
{value: S}
{S: x}
{S}
{{S}}
{D: x}
{D}
{S: 1, S: 2}
{a: {S: x}}
{a: {D: x}}
{S: .nan}
{a: [{S: &a x}]}
{"S\e": x}
{env: S}
{env: D}
{env: [S]}
{env: {S: x}}
{env: 'S S'}
{env: S-S}
{file: [S]}
{file: D}
{env: TRTC_A, file: S}
{ENV: S}
{env: S, D: x}
!S x
!!S x
!<S> x
*S
&S x
&S
%S
@S
`S
"S
'S
{S
[S
S: x
S S
? S
<<: S
S #S
"S\e"
"S\u202e"
"S\q"
rtmp://a.b/live/x?txSecret=S&txTime=1
rtmp://a.b/live/x?key=S
rtmp://u:S@a.b/live/x
rtmp://[S/live/x
rtmp://a.b:S/live/x
rtmp://a.b/live/S/S?txTime=D
http://S:S@a.b/x
http://a.b/S/S.mp4#S
"http://a.b/x y?S"
"http://a.b\n S"
"rtmp://a.b\\S/x"
srt://a.b:1?passphrase=S
S://S/S
S://
//S
a.b/S?S
"""
FORMS = [*_LINES.split("\n")[1:-1], "|\n          S\n", ">-\n          S\n          S\n", '"S\x1b"']
"""YAML that stands in the place of the reference: S is the secret as text, D one of digits alone."""

_STAND_INS = re.compile("(?<![a-z])S|D")
_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789"
_STANDS = "STANDS-HERE"
_SHOWN = 9
"""Characters of a secret that must not be seen in a row."""


class Secret:
    """A text and digits that stand nowhere else; `text` begins with a letter and holds digits."""

    def __init__(self, random: Random) -> None:
        self.text = "Pl4nt" + "".join(random.choices(_LETTERS, k=random.choice((11, 27, 59))))
        self.digits = "8675" + "".join(random.choices("123456789", k=random.choice((8, 12))))

    def form(self, form: str) -> str:
        """The form with the secret in it."""
        return _STAND_INS.sub(lambda found: self.text if found[0] == "S" else self.digits, form)

    def shown_in(self, text: str) -> bool:
        """Whether a telling part of it is there."""
        plain = text.replace(".", "")
        return self.text[:_SHOWN] in text or self.text[-_SHOWN:] in text or self.digits[:_SHOWN] in plain


def planted(random: Random, documents: Sequence[Tree], secret: Secret) -> str:
    """The documents, with the secret at one of the places that belong to one of them."""
    fitting = [document for document in documents if str(document.get("kind")) in PLACES]
    if fitting:
        document = random.choice(fitting)
        path = random.choice(PLACES[document["kind"]])
        workspaces = [one for one in fitting if one["kind"] == "Workspace" and one is not document]
        if workspaces and random.random() < 0.1:
            document, path = random.choice(workspaces), ("defaults", document["kind"], *path)
        document["spec"] = _laid(document.get("spec"), path)
    form = secret.form(random.choice(FORMS))
    return re.sub(f"[\"']?{_STANDS}[\"']?", lambda _: form, written(random, documents))


def _laid(value: Any, path: Sequence[str | int]) -> Any:
    """The value with a way to the place and what stands there; whatever else is on the way is replaced."""
    if not path:
        return _STANDS
    part, rest = path[0], path[1:]
    if isinstance(part, int):
        items = value if isinstance(value, list) and value else [None]
        return [_laid(items[0], rest), *items[1:]]
    fields = value if isinstance(value, dict) else {}
    return {**fields, part: _laid(fields.get(part), rest)}


_FIELD = re.compile(rf"(\b(?:{'|'.join(NAMES)})\"?: *)[^\n]*")


def overwritten(random: Random, data: bytes, secret: Secret) -> bytes:
    """The input, in which all that stands behind one of the fields' names on its line is the secret."""
    text = data.decode("utf-8", "surrogateescape")
    found = list(_FIELD.finditer(text))
    if not found:
        return data
    one = random.choice(found)
    text = f"{text[: one.end(1)]}{secret.form(random.choice(FORMS))}{text[one.end() :]}"
    return text.encode("utf-8", "surrogateescape")
