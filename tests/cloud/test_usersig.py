"""The UserSig: what it decodes to, by known-good values and the public library."""

import base64
import json
import zlib
from typing import Any

import pytest
import TLSSigAPIv2
from hypothesis import given
from hypothesis import strategies as st

from reconciler.cloud.usersig import Pass, user_sig

from .cases import vectors

VECTORS = vectors("usersig")


def decoded(text: str) -> Any:
    packed = text.translate(str.maketrans("*-_", "+/="))
    return json.loads(zlib.decompress(base64.b64decode(packed, validate=True)))


def holder(vector: dict[str, Any]) -> Pass:
    return Pass(vector["sdkappid"], vector["user"], vector["time"], vector["expire"])


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: str(vector["name"]))
def test_known_signatures(vector: dict[str, Any]) -> None:
    made = decoded(user_sig(holder(vector), vector["key"]))
    assert made == vector["decoded"] == decoded(vector["usersig_python"]) == decoded(vector["usersig_node"])


@given(st.text(st.characters(codec="utf-8", exclude_categories=["Cc"]), min_size=1), st.integers(1, 10**7))
def test_the_public_library_signs_alike(user: str, valid_for: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TLSSigAPIv2.time, "time", lambda: 1751328000.7)
        library = TLSSigAPIv2.TLSSigAPIv2(1400000000, "the key")
        theirs = library.gen_sig(user, valid_for)
    ours = Pass(1400000000, user, 1751328000, valid_for)
    assert decoded(user_sig(ours, "the key")) == decoded(theirs)
