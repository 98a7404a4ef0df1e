"""Which secrets a manifest may name, where they come from, and that no error shows one."""

import os
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from hypothesis import given, strategies

from reconciler.calls import EnvSecret, FileSecret, StoredSecret
from reconciler.cloud.redact import Redactor
from reconciler.cloud.secret_files import SecretDirectory
from reconciler.cloud.secrets import Vault
from reconciler.errors import SecretError

from ..support import examples
from .cases import CANARY

DEMO = {"TRTC_KEY": "demo-key", "TENCENTCLOUD_SECRET_ID": "AKIDdemo", "TENCENTCLOUD_SECRET_KEY": "demo"}


def vault(
    environ: Mapping[str, str] | None = None,
    allowed: frozenset[str] = frozenset(),
    directory: Path | None = None,
    demo: bool = False,
) -> Vault:
    return Vault(
        environ or {}, allowed, SecretDirectory(directory).read, Redactor(), DEMO.get if demo else None
    )


@pytest.mark.parametrize(
    ("name", "allowed"),
    [("TRTC_KEY", set()), ("STREAM_KEY", set()), ("OTHER", {"OTHER", "MORE"}), ("PATH", {"PATH"})],
)
def test_variables_that_may_be_read(name: str, allowed: set[str]) -> None:
    assert vault({name: CANARY}, frozenset(allowed)).value(EnvSecret(name)) == CANARY


@pytest.mark.parametrize(
    ("name", "environ", "part"),
    [
        ("TENCENTCLOUD_SECRET_KEY", {"TENCENTCLOUD_SECRET_KEY": CANARY}, "may not read"),
        ("OTHER", {"OTHER": CANARY}, "may not read"),
        ("trtc_key", {"trtc_key": CANARY}, "may not read"),
        ("MY_TRTC_KEY", {"MY_TRTC_KEY": CANARY}, "may not read"),
        ("TRTC_KEY", {"TRTC_OTHER": CANARY}, "unset"),
        ("TRTC_KEY", {"TRTC_KEY": ""}, "unset or empty"),
    ],
)
def test_variables_that_may_not(name: str, environ: dict[str, str], part: str) -> None:
    with pytest.raises(SecretError, match=part) as caught:
        vault(environ).value(EnvSecret(name))
    assert name in caught.value.message and caught.value.hint
    assert CANARY not in repr(caught.value)


def test_demo_values_stand_in_for_unset_variables_only() -> None:
    assert vault(demo=True).value(EnvSecret("TRTC_KEY")) == "demo-key"
    assert vault({"TRTC_KEY": CANARY}, demo=True).value(EnvSecret("TRTC_KEY")) == CANARY
    with pytest.raises(SecretError, match="may not read"):
        vault(demo=True).value(EnvSecret("TENCENTCLOUD_SECRET_KEY"))
    with pytest.raises(SecretError, match="unset"):
        vault(demo=True).value(EnvSecret("TRTC_OTHER"))


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A secrets directory beside a file that is none of its own."""
    root = tmp_path / "secrets"
    (root / "sub").mkdir(parents=True)
    (tmp_path / "outside").write_text(CANARY)
    (tmp_path / "secrets-too").write_text(CANARY)
    (root / "key").write_text(f"{CANARY}\n")
    (root / "sub" / "crlf").write_bytes(f"{CANARY}\r\n".encode())
    (root / "sub" / "blank").write_bytes(f" {CANARY}\r\n".encode())
    (root / "mark").write_bytes(f"\ufeff{CANARY}\n".encode())
    (root / "two").write_text("a\n\n")
    (root / "empty").write_text("\n")
    (root / "binary").write_bytes(b"\xff" + CANARY.encode())
    (root / "large").write_bytes(b"x" * 70_000)
    (root / "inside").symlink_to("sub/crlf")
    (root / "out").symlink_to("../outside")
    (root / "outdir").symlink_to(tmp_path)
    (root / "loop").symlink_to("loop")
    os.mkfifo(root / "pipe")
    return root


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("key", CANARY),
        ("sub/crlf", CANARY),
        ("inside", CANARY),
        ("./key", CANARY),
    ],
)
def test_files_that_may_be_read(tree: Path, name: str, wanted: str) -> None:
    assert vault(directory=tree).value(FileSecret(name)) == wanted
    assert vault(directory=tree).value(FileSecret(str(tree / name))) == wanted


@pytest.mark.parametrize(
    ("name", "part"),
    [
        ("../outside", "leaves"),
        ("sub/../key", "leaves"),
        ("/etc/hostname", "leaves"),
        ("out", "leaves"),
        ("outdir/outside", "leaves"),
        ("outdir/secrets-too", "leaves"),
        ("key\0", "leaves"),
        ("loop", "cannot read"),
        ("missing", "No such file"),
        ("sub", "cannot read"),
        (".", "cannot read"),
        ("", "cannot read"),
        ("pipe", "not a regular file"),
        ("binary", "not UTF-8"),
        ("large", "larger than"),
        ("empty", "is empty"),
        ("two", "ends with a line break"),
        ("sub/blank", "begins or ends with white space"),
        ("mark", "byte order mark"),
    ],
)
def test_files_that_may_not(tree: Path, name: str, part: str) -> None:
    with pytest.raises(SecretError, match=part) as caught:
        vault(directory=tree).value(FileSecret(name))
    assert repr(name) in caught.value.message and caught.value.hint
    assert CANARY not in repr(caught.value) and caught.value.__context__ is None


def test_without_a_directory_no_file_may_be_read() -> None:
    with pytest.raises(SecretError, match="no secrets directory") as caught:
        vault().value(FileSecret("/etc/hostname"))
    assert "RECONCILER_SECRETS_DIR" in caught.value.hint


def test_all_problems_are_told_together(tree: Path) -> None:
    good, wanted = vault({"TRTC_A": "a"}, directory=tree), ["HOME", "TRTC_B", "TRTC_C", "missing"]
    refs: list[StoredSecret] = [EnvSecret(name) for name in ("TRTC_A", "TRTC_C", "HOME", "TRTC_B", "TRTC_B")]
    with pytest.raises(SecretError) as caught:
        good.check([*refs, FileSecret("key"), FileSecret("missing")])
    lines = caught.value.message.splitlines()
    assert len(lines) == len(wanted) and all(any(name in line for line in lines) for name in wanted)
    good.check([EnvSecret("TRTC_A"), FileSecret("key")])


def test_credentials() -> None:
    pair = {"TENCENTCLOUD_SECRET_ID": "AKID1", "TENCENTCLOUD_SECRET_KEY": f"{CANARY}\n"}
    given = vault({**pair, "TENCENTCLOUD_TOKEN": "tok"}).credentials()
    assert (given.secret_id, given.secret_key, given.token) == ("AKID1", CANARY, "tok")
    demo = vault(demo=True).credentials()
    assert (demo.secret_id, demo.secret_key, demo.token) == ("AKIDdemo", "demo", "")
    with pytest.raises(SecretError, match="TENCENTCLOUD_SECRET_ID not set"):
        vault({"TENCENTCLOUD_SECRET_KEY": CANARY}).credentials()


DIRTY = {
    f"{CANARY}\n": "ends with a line break",
    f"{CANARY}\r\n": "ends with a line break",
    f" {CANARY}": "begins or ends with white space",
    f"{CANARY}\t": "begins or ends with white space",
    f"{CANARY}\u00a0": "begins or ends with white space",
    f"\ufeff{CANARY}": "begins with a byte order mark",
    f"{CANARY}\n{CANARY}": "contains a line break",
    f"{CANARY}\u200b": "contains an invisible character",
    f"{CANARY}\x00{CANARY}": "contains an invisible character",
    " ": "has only white space",
    "\n": "has only white space",
    "\ufeff": "has only white space",
}


@pytest.mark.parametrize(("value", "told"), DIRTY.items(), ids=map(ascii, DIRTY))
def test_what_is_not_clean_is_refused_by_its_name(value: str, told: str) -> None:
    with pytest.raises(SecretError, match=told) as caught:
        vault({"TRTC_KEY": value}).value(EnvSecret("TRTC_KEY"))
    assert "TRTC_KEY" in caught.value.message and CANARY not in repr(caught.value)


around = strategies.text(
    strategies.sampled_from(" \t\n\r\v\f\ufeff\u00a0\u200b\u2028\u2060\x00\x7f"), max_size=3
)


@given(around, around, strategies.sampled_from(["", "inner"]))
@examples(200)
def test_whatever_is_copied_along_is_refused(before: str, behind: str, inside: str) -> None:
    """In variables, in files, and in the API key but for the blanks that the console lets one copy."""
    middle = f"{before or ' '}{behind}" if inside else ""
    value = f"{CANARY}{middle}{inside}" if inside else f"{before}{CANARY}{behind}"
    clean = value.isprintable() and value == value.strip()
    read = Vault(
        {"TRTC_KEY": value, "TENCENTCLOUD_SECRET_ID": value, "TENCENTCLOUD_SECRET_KEY": CANARY},
        frozenset(),
        lambda name: value,
        Redactor(),
    )
    for secret in (EnvSecret("TRTC_KEY"), FileSecret("key")):
        assert accepted(lambda secret=secret: read.value(secret)) == (value if clean else None)
    stripped = value.strip()
    assert accepted(lambda: read.credentials().secret_id) == (stripped if stripped.isprintable() else None)


def accepted(read: Callable[[], str]) -> str | None:
    """What is read; None where it is refused without being shown."""
    try:
        return read()
    except SecretError as error:
        assert CANARY not in repr(error) and error.hint
        return None
