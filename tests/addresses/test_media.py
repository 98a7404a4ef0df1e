"""Addresses that the cloud fetches from: in which way a text is none."""

import re

import pytest
from hypothesis import given, strategies

from reconciler.addresses.media import (
    IMAGE_PATTERN,
    PULL_PATTERN,
    RELAY_PATTERN,
    SOURCE_PATTERN,
    file_type,
    image_fault,
    private_fault,
    pull_fault,
    relay_fault,
    source_fault,
)

from ..support import examples

SOURCES = {
    "https://h/film.mp4": None,
    "http://h:8080/?v=1": None,
    "rtmp://h/app/stream": None,
    "https://h/фильм.mp4": None,
    "https://h": "it has no stream or file after the host",
    "https://h/": "it has no stream or file after the host",
    "HTTPS://h/film.mp4": "its scheme must be lowercase: https",
    "rtmps://h/app/stream": "rtmps is not supported",
    "ftp://h/film.mp4": "its scheme is not http or https or rtmp",
    "https://h/the film.mp4": "it contains a space",
    "https://h:99999/film.mp4": "its port is not a number from 1 to 65535",
    "https:///film.mp4": "it has no host",
}
IMAGES = {
    "https://h/a.png": None,
    "https://me:pw@h/a.png": None,
    "https://h": None,
    "rtmp://h/a.png": "its scheme is not http or https",
    "https://h/{a}.png": "it has a character that the API does not accept",
    "https://h:0/a.png": "its port is not a number from 1 to 65535",
    "https://a_b/a.png": "its host has characters other than A-Z a-z 0-9 - and ., or an empty part",
}


@pytest.mark.parametrize(("text", "fault"), SOURCES.items())
def test_sources(text: str, fault: str | None) -> None:
    assert source_fault(text) == fault


@pytest.mark.parametrize(("text", "fault"), IMAGES.items())
def test_images(text: str, fault: str | None) -> None:
    assert image_fault(text) == fault


@given(
    strategies.text(strategies.sampled_from("h:/?#@.a1{ "), max_size=12).map(lambda text: f"http://{text}")
)
@examples(300)
def test_patterns_take_what_the_checks_take(text: str) -> None:
    assert (image_fault(text) is None) is (re.fullmatch(IMAGE_PATTERN, text) is not None)
    plain = "@" not in text.split("://")[1].replace("?", "/").replace("#", "/").split("/")[0]
    accepted = plain and source_fault(text) is None
    assert accepted is (re.fullmatch(SOURCE_PATTERN, text) is not None)


def test_the_type_of_a_file() -> None:
    found = [file_type(text) for text in ("https://h/a.MP4?x=.avi", "https://h.example/live", "")]
    assert found == ["mp4", "", ""]


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("rtmp://5000.liveplay.myqcloud.com/live/stream1", None),
        ("rtmps://live.example/app/stream", None),
        ("rtsp://camera.example:554/1", None),
        ("srt://live.example:9000?streamid=a", None),
        ("srt://live.example", "it has no port after the host"),
        ("https://films.example/film.mp4", None),
        ("https://films.example", "it has no stream or file after the host"),
        ("rtp://live.example:9000", "its scheme is not http or https or rtmp or rtmps or rtsp or srt"),
    ],
)
def test_what_a_pull_task_takes(text: str, fault: str | None) -> None:
    assert pull_fault(text) == fault


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("rtmps://live-api.example:443/rtmp/key", None),
        ("rtp://live.example:9000", None),
        ("https://live.example/a", "its scheme is not rtmp or rtmps or rtsp or rtp or srt"),
    ],
)
def test_what_a_pull_task_pushes_to_by_its_address(text: str, fault: str | None) -> None:
    assert relay_fault(text) == fault


@pytest.mark.parametrize(
    ("text", "private"),
    [
        ("http://10.0.0.7/film.mp4", True),
        ("rtmp://192.168.1.2:1935/live/a", True),
        ("http://localhost/film.mp4", True),
        ("http://encoder.local/film.mp4", True),
        ("srt://172.16.0.1:9000", True),
        ("http://8.8.8.8/film.mp4", False),
        ("https://films.example/film.mp4", False),
    ],
)
def test_what_only_its_own_network_reaches(text: str, private: bool) -> None:
    assert (private_fault(text) is not None) is private


@given(
    strategies.sampled_from(["http", "rtmps", "rtsp", "rtp", "srt", "ftp"]),
    strategies.text(strategies.sampled_from("h:/?#.a1{ "), max_size=12),
)
@examples(300)
def test_patterns_of_pull_tasks_take_what_the_checks_take(scheme: str, rest: str) -> None:
    text = f"{scheme}://{rest}"
    assert (pull_fault(text) is None) is (re.fullmatch(PULL_PATTERN, text) is not None)
    assert (relay_fault(text) is None) is (re.fullmatch(RELAY_PATTERN, text) is not None)
