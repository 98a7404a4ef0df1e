"""Proxies, what is reached without one, and trusted CAs, as environments name them."""

import os
import shutil
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.cli.network import CA_VARIABLES, Network, bypassed, check_plain_http, read_network
from reconciler.cloud.redact import Redactor
from reconciler.errors import UsageError

from ..chaos.processes_proxy import CERTIFICATE

API = "https://trtc.tencentcloudapi.com/"
PLAIN = "http://gateway.example:8080/"
PASSWORD = "s3cret@of/it"

CHOSEN: list[tuple[dict[str, str], str, str]] = [
    ({}, API, ""),
    ({"HTTPS_PROXY": "http://p:1"}, API, "http://p:1"),
    ({"https_proxy": "http://p:1"}, API, "http://p:1"),
    ({"https_proxy": "http://low:1", "HTTPS_PROXY": "http://up:1"}, API, "http://low:1"),
    ({"https_proxy": "", "HTTPS_PROXY": "http://up:1"}, API, "http://up:1"),
    ({"HTTP_PROXY": "http://p:1"}, API, ""),
    ({"HTTP_PROXY": "http://p:1"}, PLAIN, "http://p:1"),
    ({"HTTPS_PROXY": "http://p:1"}, PLAIN, ""),
    ({"ALL_PROXY": "http://all:1"}, API, "http://all:1"),
    ({"all_proxy": "http://all:1"}, PLAIN, "http://all:1"),
    ({"ALL_PROXY": "http://all:1", "HTTPS_PROXY": "http://p:1"}, API, "http://p:1"),
    ({"HTTPS_PROXY": "p:3128"}, API, "http://p:3128"),
    ({"HTTPS_PROXY": " HTTP://P:3128 "}, API, "http://P:3128"),
    ({"HTTPS_PROXY": "https://p:1"}, API, "https://p:1"),
    ({"HTTPS_PROXY": "http://p:1/"}, API, "http://p:1/"),
    ({"HTTPS_PROXY": "http://[::1]:1"}, API, "http://[::1]:1"),
    ({"HTTPS_PROXY": "http://p:1", "NO_PROXY": "tencentcloudapi.com"}, API, ""),
    ({"HTTPS_PROXY": "http://p:1", "no_proxy": "*"}, API, ""),
    ({"HTTPS_PROXY": "http://p:1", "NO_PROXY": "live.tencentcloudapi.com"}, API, "http://p:1"),
    ({"HTTP_PROXY": "http://p:1", "ALL_PROXY": "http://p:1"}, "http://127.0.0.1:9527/", ""),
    ({"ALL_PROXY": "http://p:1"}, "http://localhost:9527/", ""),
    ({"ALL_PROXY": "http://p:1"}, "http://[::1]:9527/", ""),
    ({"ALL_PROXY": "socks5h://p:1"}, API, "socks5h://p:1"),
]


@pytest.mark.parametrize(("environ", "url", "proxy"), CHOSEN)
def test_the_proxy_of_a_url(environ: dict[str, str], url: str, proxy: str) -> None:
    assert read_network(environ, url).proxy_of(url) == proxy


UNUSABLE = [
    "http://",
    "ftp://p:1",
    "socks6://p:1",
    "http://p:0",
    "http://p:99999",
    "http://p:port",
    "http://p:1/path",
    "http://p:1?q",
    "http://p:1#f",
    "http://p q:1",
    "http://p\\q:1",
    "http://prøxy:1",
    "http://[::1",
]


@pytest.mark.parametrize("text", UNUSABLE)
def test_a_proxy_that_cannot_be_used_is_refused_without_showing_it(text: str) -> None:
    written = text.replace("://", f"://user:{PASSWORD}@", 1)
    for one in (text, written):
        with pytest.raises(UsageError) as caught:
            read_network({"HTTPS_PROXY": one}, API)
        assert (
            "HTTPS_PROXY is not a usable proxy" in caught.value.message
            and "percent-encoded" in caught.value.hint
        )
        assert PASSWORD not in repr(vars(caught.value))


def test_a_socks_proxy_without_its_library_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("reconciler.cli.network.find_spec", lambda name: None)
    with pytest.raises(UsageError) as caught:
        read_network({"ALL_PROXY": f"socks5h://user:{'x' * 9}@p:1080"}, API)
    assert "ALL_PROXY is a SOCKS proxy (p:1080)" in caught.value.message
    assert "tencent-live-reconciler[socks]" in caught.value.hint and "unset ALL_PROXY" in caught.value.hint


def test_a_proxy_in_tls_is_of_no_use_to_a_plain_endpoint() -> None:
    with pytest.raises(UsageError, match="is a TLS proxy"):
        read_network({"HTTP_PROXY": "https://p:1"}, PLAIN)


def test_a_proxys_password_is_a_secret() -> None:
    network = read_network({"HTTPS_PROXY": "http://some%40one:pa%2Fss55@p:1"}, API)
    assert network.proxy is not None
    redact = Redactor()
    for secret in network.proxy.secrets():
        redact.register(secret)
    assert redact("pa/ss55 pa%2Fss55 c29tZUBvbmU6cGEvc3M1NQ==").count("***") == 3
    assert "ss55" not in f"{network!r} {network.words(API)}"
    assert network.words(API) == "trtc.tencentcloudapi.com is reached through the proxy p:1 (HTTPS_PROXY)"


LISTED: list[tuple[str, str, bool]] = [
    ("*", API, True),
    ("", API, False),
    (" , ,", API, False),
    ("trtc.tencentcloudapi.com", API, True),
    ("TRTC.TencentCloudAPI.com", API, True),
    ("tencentcloudapi.com", API, True),
    (".tencentcloudapi.com", API, True),
    ("*.tencentcloudapi.com", API, True),
    ("cloudapi.com", API, False),
    ("other.example,tencentcloudapi.com", API, True),
    ("other.example tencentcloudapi.com", API, True),
    ("tencentcloudapi.com:443", API, True),
    ("tencentcloudapi.com:8443", API, False),
    ("gateway.example:8080", PLAIN, True),
    ("gateway.example:80", PLAIN, False),
    ("10.0.0.0/8", "https://10.1.2.3/", True),
    ("10.0.0.0/8", "https://11.1.2.3/", False),
    ("10.1.2.3", "https://10.1.2.3/", True),
    ("10.1.2.3:443", "https://10.1.2.3/", True),
    ("10.1.2", "https://10.1.2.3/", False),
    ("10.0.0.0/99", "https://10.1.2.3/", False),
    ("fd00::/8", "https://[fd00::1]/", True),
    ("fd00::1", "https://[fd00::1]/", True),
    ("[fd00::1]:443", "https://[fd00::1]/", True),
    ("[fd00::1]:80", "https://[fd00::1]/", False),
    (".", API, False),
    ("http://tencentcloudapi.com", API, False),
]


@pytest.mark.parametrize(("no_proxy", "url", "wanted"), LISTED)
def test_what_no_proxy_lists(no_proxy: str, url: str, wanted: bool) -> None:
    assert bypassed(url, no_proxy) is wanted


@given(st.text())
def test_whatever_no_proxy_holds_is_read(no_proxy: str) -> None:
    assert bypassed(API, no_proxy) in (True, False)


@given(st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), min_size=1))
def test_whatever_names_a_proxy_is_used_or_refused(text: str) -> None:
    try:
        network = read_network({"HTTPS_PROXY": text}, API)
    except UsageError as error:
        assert len(text) < 4 or text not in error.message
    else:
        assert network.proxy is not None or not text.strip()


@pytest.mark.parametrize("variable", CA_VARIABLES[:3])
def test_a_file_of_cas_is_trusted(variable: str) -> None:
    assert read_network({variable: str(CERTIFICATE)}, API).verify == str(CERTIFICATE)
    assert read_network({variable: "/no/such"}, PLAIN) == Network()


def test_the_first_variable_that_is_set_wins(tmp_path: Path) -> None:
    environ = {variable: str(CERTIFICATE) for variable in CA_VARIABLES}
    other = tmp_path / "other.pem"
    shutil.copy(CERTIFICATE, other)
    assert read_network(environ | {"REQUESTS_CA_BUNDLE": str(other)}, API).verify == str(other)
    assert read_network({}, API).verify is True


def test_a_directory_of_cas_is_trusted_if_it_is_hashed(tmp_path: Path) -> None:
    shutil.copy(CERTIFICATE, tmp_path / "0123abcd.0")
    for variable in ("SSL_CERT_DIR", "REQUESTS_CA_BUNDLE"):
        assert read_network({variable: str(tmp_path)}, API).verify == str(tmp_path)


def wrong(folder: Path) -> dict[str, tuple[str, str]]:
    """What CA variables can name that is of no use, by the words for it: (variable, path)."""
    (folder / "empty").mkdir()
    (folder / "text").write_text("no certificate")
    os.mkfifo(folder / "fifo")
    return {
        "which is not a file": ("SSL_CERT_FILE", str(folder / "none")),
        "is not a file": ("SSL_CERT_FILE", str(folder / "empty")),
        "not a file": ("REQUESTS_CA_BUNDLE", str(folder / "fifo")),
        "which has no PEM certificate": ("CURL_CA_BUNDLE", str(folder / "text")),
        "which is not a directory": ("SSL_CERT_DIR", str(folder / "text")),
        "without hashed certificate names": ("SSL_CERT_DIR", str(folder / "empty")),
    }


def test_cas_that_cannot_be_used_are_refused(tmp_path: Path) -> None:
    for words, (variable, path) in wrong(tmp_path).items():
        with pytest.raises(UsageError) as caught:
            read_network({variable: path}, API)
        assert f"{variable} is {path}" in caught.value.message and words in caught.value.message


@pytest.mark.parametrize(
    ("url", "allowed", "fine"),
    [
        (API, False, True),
        (PLAIN, False, False),
        (PLAIN, True, True),
        ("http://127.0.0.1:9527/", False, True),
        ("http://127.9.9.9:9527/", False, True),
        ("http://[::1]:9527/", False, True),
        ("http://localhost:9527/", False, True),
        ("http://localhost.evil.example/", False, False),
        ("http://127.0.0.1.evil.example/", False, False),
    ],
)
def test_calls_leave_this_machine_in_tls(url: str, allowed: bool, fine: bool) -> None:
    if fine:
        check_plain_http(url, allowed=allowed)
    else:
        with pytest.raises(UsageError, match="plain HTTP"):
            check_plain_http(url, allowed=allowed)
