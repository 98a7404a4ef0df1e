"""`reconciler fmt`: one style, nothing that is said changed, every comment where it belongs."""

import re
import stat
import sys
from io import BytesIO, TextIOWrapper
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from reconciler.cli import main
from reconciler.errors import ManifestError
from reconciler.manifests import formatting
from reconciler.manifests.formatting import formatted
from reconciler.manifests.reader import read_documents
from reconciler.manifests.writer import write_documents

from .cli.written import Written, files

ROOT = Path(__file__).parents[1]


def fmt(text: str) -> str:
    return formatted(text.encode(), "file.yaml")


def values(text: str) -> list[dict[str, Any]]:
    return [document.value for document in read_documents(text.encode(), "file.yaml")]


# Whatever somebody has written


@settings(max_examples=300, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(files())
def test_nothing_is_lost(written: Written) -> None:
    assert values(written.text) == written.values, "the test's own writer"
    out = fmt(written.text)
    assert [repr(one) for one in map(by_key, values(out))] == [repr(one) for one in map(by_key, written.values)]
    assert fmt(out) == out
    assert "\r" not in out and "\t" not in re.sub(r"#.*|\".*|'.*", "", out)
    lines = out.split("\n")
    for word in written.comments:
        assert len(re.findall(rf"\b{word}\b", out)) == 1
    for word, key in written.above.items():
        assert key_of(below(lines, word)) == key
    for word, key in written.behind.items():
        assert key_of(next(line for line in lines if re.search(rf"# ?{word}$", line))) == key


def by_key(value: Any) -> Any:
    """The value with its keys sorted, so that its text tells 1, 1.0 and true apart, but no order of keys."""
    if isinstance(value, dict):
        return {key: by_key(value[key]) for key in sorted(value)}
    return [by_key(one) for one in value] if isinstance(value, list) else value


def below(lines: list[str], word: str) -> str:
    """The first line below a comment that is more than a comment."""
    at = next(number for number, line in enumerate(lines) if re.search(rf"# ?{word}$", line))
    return next(line for line in lines[at:] if line.strip() and not line.lstrip().startswith("#"))


def key_of(line: str) -> str:
    match = re.match(r'[ -]*(?:"([^"]*)"|([^":]+?)):( |$)', line)
    assert match is not None, line
    return match[1] or match[2]
