"""Addresses that the cloud fetches from: in which way a text is none."""

import re

import pytest
from hypothesis import given, strategies

from reconciler.addresses.media import IMAGE_PATTERN, SOURCE_PATTERN, file_type, image_fault, source_fault

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
