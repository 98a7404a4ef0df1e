"""Push addresses by a generator of valid and invalid forms, against the cloud's own reader as the oracle."""

import pytest
from hypothesis import example, given

from reconciler.addresses.networks import is_another, is_tencent
from reconciler.addresses.push import key_spans, push_fault, split_push, tencent_fault, without_keys

from ..support import examples
from .checks import CHECKS, addresses, all_hold, each_form, is_valid, keys_are_hidden

DEEP = "rtmp://3891.livepush.myqcloud.com/live/room1/x"
SENTENCES = {
    "": "it is empty",
    " rtmp://h/a/b": "it begins or ends with white space",
    "rtmp://h/a/b\n": "it begins or ends with white space",
    "rtmp://h/a/b c": "it contains a space",
    "rtmp://h/a/\ufeffb": "it contains an invisible character",
    "h/a/b": "it has no scheme",
    "RTMP://h/a/b": "its scheme must be lowercase: rtmp",
    "rtmps://h/a/b": "rtmps is not supported",
    "srt://h/a/b": "its scheme is not rtmp",
    "rtmp://u:p@h/a/b": "it has a user name or password before the host",
    "rtmp:///a/b": "it has no host",
    "rtmp://a_b/a/b": "its host has characters other than A-Z a-z 0-9 - and ., or an empty part",
    "rtmp://h:0/a/b": "its port is not a number from 1 to 65535",
    "rtmp://h/a/b#c": "it has a fragment (#…), which is never sent",
    "rtmp://h": "it has no app and no stream",
    "rtmp://h//b": "its path begins with a double slash",
    "rtmp://h/a": "it has no stream",
}


@given(addresses)
@example(DEEP)
@examples(400)
def test_one_grammar_and_one_split(url: str) -> None:
    for check in CHECKS:
        check(url)


def test_each_form() -> None:
    valid = sum(map(is_valid, each_form()))
    assert 20 < valid < len([*each_form()]) - 20
    all_hold()


def test_the_stream_is_the_last_part_for_everybody() -> None:
    assert split_push(DEEP)[2:] == ("live/room1", "x")


@pytest.mark.parametrize(("text", "sentence"), SENTENCES.items())
def test_each_way_to_be_wrong_has_its_sentence(text: str, sentence: str) -> None:
    assert push_fault(text) == tencent_fault(text) == sentence


def test_what_only_tencent_refuses_has_its_sentence() -> None:
    found = {text: tencent_fault(text) for text in ("rtmp://h/a/b/", "rtmp://h/a//b", "rtmp://h/a?b")}
    assert all(push_fault(text) is None for text in found)
    assert [*found.values()] == [
        "its path ends with a slash, so it has no stream",
        "its path has a double slash",
        "it has no stream",
    ]


def test_no_sentence_holds_a_part_of_the_address() -> None:
    told = [fault for url in each_form() for fault in (push_fault(url), tencent_fault(url)) if fault]
    assert not any(part in text for text in told for part in ("hall", "livepush", "bizid", "Push.Example"))


def test_networks_are_known_by_whole_parts_of_a_domain() -> None:
    assert is_tencent("3891.LivePush.myqcloud.com") and not is_tencent("livepush.myqcloud.com.example")
    assert is_another("a.rtmp.YouTube.com") and is_another("youtube.com")
    assert not is_another("notyoutube.com") and not is_another("youtube.com.example")


@pytest.mark.parametrize(
    ("text", "key"),
    {
        "rtmp://a.rtmp.youtube.com/live2/abcd-efgh": "abcd-efgh",
        "rtmp://live-push.bilivideo.com/live-bvc/?streamname=x&key=y": "?streamname=x&key=y",
        "rtmp://p.i.akamaientrypoint.net/EntryPoint/event_1_800@123456": "event_1_800@123456",
        "rtmp://cdn.example/app?key=y": "key=y",
        "rtmp://cdn.example/app": "",
    }.items(),
)
def test_what_follows_the_app_is_the_key(text: str, key: str) -> None:
    assert "".join(text[span.begins : span.ends] for span in key_spans(text)) == key


def test_keys_are_digests_whatever_stands_in_them() -> None:
    keys_are_hidden()


def test_a_line_of_a_manifest_shows_no_key() -> None:
    line = "- {url: 'rtmp://live.twitch.tv/app/canary', isTencentCdn: false}"
    assert without_keys(line) == "- {url: 'rtmp://live.twitch.tv/app/***', isTencentCdn: false}"
    assert without_keys(f"url: {DEEP}") == f"url: {DEEP}"
