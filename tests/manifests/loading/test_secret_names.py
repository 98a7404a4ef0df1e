"""Secrets that stand where they should not: no message shows them, not even as the name of a field."""

import pytest

from reconciler.errors import ManifestError
from reconciler.manifests.loading.context import LoadContext
from reconciler.manifests.loading.loader import load
from reconciler.manifests.reading.names import is_name
from reconciler.manifests.reading.secret_names import tellable
from reconciler.model import Path

from ...support import WORKSPACE

NAMES = [
    "env",
    "vault",
    "secretKey",
    "HOME",
    "trtc_key",
    "AWS_SECRET",
    "TENCENTCLOUD_SECRET_KEY",
    "HOUSE2_KEY",
]
SECRETS = [
    "hunter2",
    "8675309",
    "",
    "a b",
    "abc-def",
    "0123456789abcdef" * 4,
    "abcdefghijklmnopqrstuvwxyzabcdefghij",
    "JBSWY3DPEHPK3PXP",
    "Pl4nted",
]


@pytest.mark.parametrize("text", NAMES)
def test_names(text: str) -> None:
    assert is_name(text)


@pytest.mark.parametrize("text", SECRETS)
def test_what_may_be_a_secret(text: str) -> None:
    assert not is_name(text)


PATHS: list[tuple[Path, int]] = [
    (("metadata", "labels", "a1"), 3),
    (("spec", "trtc", "secretKey"), 3),
    (("spec", "trtc", "secretKey", "env"), 4),
    (("spec", "trtc", "secretKey", "hunter2"), 3),
    (("spec", "trtc", "secretKey", "a", 0, "hunter2", "b"), 5),
    (("spec", "publish", 0, "url", "hunter2"), 4),
    (("spec", "publish", 0, "hunter2"), 4),
    (("spec", "defaults", "MixStream", "agent", "userSig", "8675309"), 5),
]


@pytest.mark.parametrize(("path", "kept"), PATHS)
def test_path(path: Path, kept: int) -> None:
    assert tellable(path) == path[:kept]


def told(written: str) -> list[str]:
    """What is told of a workspace whose key is written so."""
    text = WORKSPACE.replace("{env: TRTC_SECRET_KEY}", written)
    with pytest.raises(ManifestError) as caught:
        load(["-"], text.encode, LoadContext())
    return [f"{problem.path}: {problem.message}" for problem in caught.value.problems]


KEYS = {
    "{8675309: x}": "{0}: found a key that is read as a number; keys must be text; write it in quotes",
    "{hunter2}": "{0}: unknown field; allowed here: env, file",
    "{hunter2: 1, hunter2: 2}": "{0}: found a key twice in the same mapping; keep one of the two",
    "{a: {hunter2: .nan}}": "{0}.a: found .nan; only finite numbers are allowed",
    "{hunter2: &x 1}": "{0}: found an anchor, but anchors are not allowed",
    "{vault: hunter2}": "{0}.vault: unknown field; allowed here: env, file",
    "{env: hunter2}": "{0}.env: found a plain string; allowed: a variable that begins with TRTC_",
    "{env: HOME}": "{0}.env: found 'HOME'; allowed: a variable that begins with TRTC_",
    "hunter2://hunter2": "{0}: found '…://…'; allowed: a reference to a secret",
    "rtmp://me:hunter2/x": "{0}: found 'rtmp://…'; allowed: a reference to a secret",
    "rtmp://a.b:8675309/x": "{0}: found 'rtmp://…'; allowed: a reference to a secret",
    "rtmp://a.b:1935/x": "{0}: found 'rtmp://a.b:1935/…'; allowed: a reference to a secret",
}


@pytest.mark.parametrize(("written", "expected"), KEYS.items())
def test_a_key_is_never_shown(written: str, expected: str) -> None:
    found = told(written)
    assert any(text.startswith(expected.format("spec.trtc.secretKey")) for text in found), found
    assert not [text for text in found if "hunter2" in text or "8675309" in text]
