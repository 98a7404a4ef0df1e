"""What counts as a secret in an address, and what stands in its place."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.plaintext import (
    has_digest,
    masked,
    masked_within,
    secret_spans,
    secrets_of,
    with_digests,
    without_digests,
)

S = "sEcr3t-V4lue"
HELD = [
    f"https://h.example/?=?token={S}",
    f"https://h.example/go?to=https://a.example/b?token={S}",
    f"https://h.example/a.flv?token={S}&quality=hd",
    f"https://h.example/a.flv?quality=hd&access_token={S}",
    f"https://h.example/a.flv?auth_key=1700000000-0-0-{S}",
    f"https://h.example/a.flv?key={S}",
    f"https://h.example/a.flv?api_key={S}",
    f"https://h.example/a.flv?apikey={S}",
    f"https://h.example/a.flv?secret={S}",
    f"https://h.example/a.flv?password={S}",
    f"https://h.example/a.flv?sign={S}&t=1",
    f"https://h.example/a.flv?signature={S}",
    f"https://h.example/a.flv?wsSecret={S}&wsTime=1",
    f"https://h.example/a.flv?txSecret={S}&txTime=1",
    f"https://h.example/a.flv?TOKEN={S}",
    f"https://h.example/a.flv?to%6Ben={S}",
    f"https://h.example/a.flv;v=1?a=b;token={S}",
    f"https://h.example/a.flv#access_token={S}",
    f"https://user:{S}@h.example/a.flv",
    f"https://{S}@h.example:8080/a.flv",
    f"rtmp://h.example/live/a?passphrase={S}",
    f"https://b.s3.amazonaws.com/a.png?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Date=20260101T000000Z&X-Amz-Signature={S}",
    f"https://b.s3.amazonaws.com/a.png?X-Amz-Credential={S}%2F20260101%2Feu%2Fs3%2Faws4_request&X-Amz-Expires=60",
    f"https://b.s3.amazonaws.com/a.png?X-Amz-Security-Token={S}&X-Amz-SignedHeaders=host",
    f"https://b.s3.amazonaws.com/a.png?AWSAccessKeyId={S}",
    f"https://b.cos.ap-beijing.myqcloud.com/a.png?q-sign-algorithm=sha1&q-signature={S}",
    f"https://b.cos.ap-beijing.myqcloud.com/a.png?q-ak={S}&q-header-list=host",
    f"https://b.cos.ap-beijing.myqcloud.com/a.png?x-cos-security-token={S}",
    f"https://b.oss-cn-beijing.aliyuncs.com/a.png?OSSAccessKeyId={S}&Expires=1",
    f"https://b.oss-cn-beijing.aliyuncs.com/a.png?Expires=1&Signature={S}",
    f"https://b.oss-cn-beijing.aliyuncs.com/a.png?security-token={S}",
    f"https://b.oss-cn-beijing.aliyuncs.com/a.png?x-oss-signature={S}",
    f"https://a.blob.core.windows.net/c/a.png?sv=2024-11-04&se=2026&sr=b&sp=r&sig={S}",
    f"https://storage.googleapis.com/b/a.png?X-Goog-Algorithm=GOOG4-RSA-SHA256&X-Goog-Signature={S}",
    f"https://storage.googleapis.com/b/a.png?GoogleAccessId={S}",
    f"txSecret={S}&txTime=5F000000",
    f"https://h.example/a.m3u8?hdnts=exp=1700000000~acl=/*~hmac={S}",
    f"https://d.cloudfront.net/a.png?Policy=abc&Signature={S}",
    f"https://h.example/a.flv?upsig={S}",
    f"https://h.example/a.flv?token2={S}",
    f"https://h.example/a.flv?hwAuth={S}",
]
FREE = [
    "https://h.example/a.flv",
    "https://h.example/a.flv?v=3&quality=hd&design=dark&keyframe=1&keyword=live&author=me&monkey=1&assign=2",
    "https://h.example/token/secret/a.png",
    "rtmp://3891.livepush.myqcloud.com/live/town-hall?bizid=1",
    "https://b.cos.ap-beijing.myqcloud.com/a?q-sign-algorithm=sha1&q-sign-time=1;2&q-key-time=1;2",
    "https://s/a?X-Amz-Algorithm=A&X-Amz-SignedHeaders=host&X-Amz-Expires=1",
    "https://h.example/a.flv?token=&key=",
    "txTime=5F000000&bizid=3",
    "https://h.example/@handle/a.png",
]


@pytest.mark.parametrize("text", HELD)
def test_a_secret_in_an_address_is_found_and_replaced(text: str) -> None:
    assert S in secrets_of(text)[0]
    assert masked(text).count("***") == 1 and S not in masked(text)
    hidden = with_digests(text, "key")
    assert S not in hidden and has_digest(hidden) and masked(hidden) == masked(text)
    assert with_digests(hidden, "key") == hidden, "a digest is no secret"
    assert not has_digest(without_digests(hidden)) and S not in without_digests(hidden)


@pytest.mark.parametrize("text", FREE)
def test_no_secret_is_seen_where_there_is_none(text: str) -> None:
    assert secret_spans(text) == () and masked(text) == text == with_digests(text, "key")


def test_a_digest_is_of_one_secret_under_one_key() -> None:
    one, other = (with_digests(f"https://h/a?token={value}", "key") for value in ("1234", "1235"))
    assert one != other and one == with_digests("https://h/a?token=1234", "key")
    assert one != with_digests("https://h/a?token=1234", "another key")


@pytest.mark.parametrize("text", HELD)
def test_a_secret_in_a_line_of_a_manifest_is_masked(text: str) -> None:
    for line in (f"  url: {text}  # it's", f"- {{url: '{text}', isTencentCdn: false}}", f'"a": ["{text}"]'):
        shown = masked_within(line)
        assert S not in shown and shown.endswith(line[-2:]) and shown.startswith(line[:5])


def test_a_line_without_a_secret_stays() -> None:
    for text in (*FREE, "a: b", "mode: custom  # a = b, c=d", "- {name: left, imageWidth: 50%}"):
        assert masked_within(text) == text


@given(st.text(), st.text())
def test_any_text_is_replaced_whole_or_left(before: str, after: str) -> None:
    text = f"https://h.example/{before}?token={S}&{after}"
    assert S not in masked(text) and S not in with_digests(text, "key")


def test_a_password_is_a_secret_by_itself() -> None:
    found = secrets_of("https://me:pa%27ss@h.example/a?token=abc")
    assert found == ("me:pa%27ss", "me:pa'ss", "abc", "pa%27ss", "pa'ss")
    assert secrets_of("https://only-a-token@h.example/a") == ("only-a-token",)
