"""UserSig and PrivateMapKey: what they decode to, by known-good values and the public library."""

import base64
import json
import zlib
from typing import Any

import pytest
import TLSSigAPIv2
from hypothesis import given
from hypothesis import strategies as st

from reconciler.cloud.usersig import Pass, Privilege, private_map_key, room_userbuf, user_sig

from .cases import vectors

VECTORS = vectors("usersig")
ROOMS = [vector for vector in VECTORS if "userbuf_hex" in vector]


def decoded(text: str) -> Any:
    packed = text.translate(str.maketrans("*-_", "+/="))
    return json.loads(zlib.decompress(base64.b64decode(packed, validate=True)))


def holder(vector: dict[str, Any]) -> Pass:
    return Pass(vector["sdkappid"], vector["user"], vector["time"], vector["expire"])


def room(vector: dict[str, Any]) -> int | str:
    return vector["str_room_id"] if "str_room_id" in vector else int(vector["room_id"])


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: str(vector["name"]))
def test_known_signatures(vector: dict[str, Any]) -> None:
    userbuf = bytes.fromhex(vector["userbuf_hex"]) if "userbuf_hex" in vector else None
    made = decoded(user_sig(holder(vector), vector["key"], userbuf))
    assert made == vector["decoded"] == decoded(vector["usersig_python"]) == decoded(vector["usersig_node"])


@pytest.mark.parametrize("vector", ROOMS, ids=lambda vector: str(vector["name"]))
def test_known_private_map_keys(vector: dict[str, Any]) -> None:
    privilege = Privilege(vector["privilege"])
    assert room_userbuf(holder(vector), room(vector), privilege).hex() == vector["userbuf_hex"]
    made = private_map_key(holder(vector), vector["key"], room(vector), privilege)
    assert decoded(made) == vector["decoded"]


@given(st.text(st.characters(codec="utf-8", exclude_categories=["Cc"]), min_size=1), st.integers(1, 10**7))
def test_the_public_library_signs_alike(user: str, valid_for: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TLSSigAPIv2.time, "time", lambda: 1751328000.7)
        library = TLSSigAPIv2.TLSSigAPIv2(1400000000, "the key")
        theirs = library.gen_sig(user, valid_for)
        theirs_for_room = library.gen_sig_with_userbuf(user, valid_for, b"\0note")
    ours = Pass(1400000000, user, 1751328000, valid_for)
    assert decoded(user_sig(ours, "the key")) == decoded(theirs)
    assert decoded(user_sig(ours, "the key", b"\0note")) == decoded(theirs_for_room)
