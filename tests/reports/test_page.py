"""Lines for a terminal: none is wider than it, and none is a command for a CI service."""

import subprocess
import sys

import pytest
from rich.cells import cell_len

from reconciler.reports.escape import json_text, safe
from reconciler.reports.page import Page, clipped, plain

TEXTS = [
    "one two three " * 30,
    "x" * 500,
    "直播混流任务" * 40,
    "a 直播 b " * 50,
    "short",
    " " * 200 + "x",
    "e\u0301" * 100,
]


@pytest.mark.parametrize("text", TEXTS)
@pytest.mark.parametrize("indent", [2, 13, 30])
def test_wrapped_lines_fit_and_lose_nothing_but_blanks(text: str, indent: int) -> None:
    page = Page(72, color=False)
    page.hanging([plain(text)], indent)
    lines = page.text().splitlines()
    assert all(cell_len(line) <= 72 for line in lines)
    assert "".join("".join(lines).split()) == "".join(text.split())


def test_words_are_not_broken_where_they_fit() -> None:
    page = Page(60, color=False)
    page.hanging([("alpha beta ", "red"), ("gamma", "green")] * 8, 4, [("1.  ", "")])
    assert page.text().splitlines()[0] == "1.  alpha beta gammaalpha beta gammaalpha beta gammaalpha"
    assert {word for line in page.text().splitlines() for word in line[4:].split()} <= {
        "alpha",
        "beta",
        "gamma",
        "gammaalpha",
    }


@pytest.mark.parametrize("text", ["::error::x", "x " * 35 + "::error::x", "x" * 70 + "::error::x"])
@pytest.mark.parametrize("color", [False, True])
def test_no_line_begins_with_a_command(text: str, color: bool) -> None:
    page = Page(72, color=color)
    page.hanging([(safe(text), "red")], 2)
    lines = [line.replace("\x1b[31m", "").replace("\x1b[0m", "") for line in page.text().splitlines()]
    assert not any(line.lstrip().startswith("::") for line in lines)
    assert any(line.lstrip().startswith(r"\::error") for line in lines)
    assert all(len(line) <= 72 for line in lines)


@pytest.mark.parametrize("width", [10, 11, 12, 100])
def test_what_is_cut_says_so(width: int) -> None:
    for text in TEXTS:
        shown = clipped(text, width)
        assert cell_len(shown) <= width
        assert shown == text or shown.endswith("…")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("##[error]x", r"#\u{23}[error]x"),
        ("####vso[x]", r"###\u{23}vso[x]"),
        ("## a heading", "## a heading"),
        ("a\u202eb\x1b[2J", r"a\u{202e}b\u{1b}[2J"),
        ("直播", "直播"),
    ],
)
def test_what_is_harmful_is_spelled_out(text: str, shown: str) -> None:
    assert safe(text) == shown


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("\ud800\u202e\U0001f600##[error]", r"\ufffd\u202e\ud83d\ude00#\u0023[error]"),
        ("##[error]", r"#\u0023[error]"),
        ("a\x7f\x1b[2J\n", r"a\u007f\u001b[2J\n"),
        ("~ plain", "~ plain"),
    ],
)
def test_json_is_ascii_without_halves_of_pairs(text: str, written: str) -> None:
    assert json_text({"a": text}) == f'{{\n  "a": "{written}"\n}}\n'


def test_rich_breaks_what_does_not_fit_and_is_not_loaded_for_what_fits() -> None:
    code = (
        "import sys; from reconciler.reports.page import Page, plain\n"
        "for text in ('one two ' * 7, 'one two ' * 8):\n"
        "    page = Page(60, color=False); page.hanging([plain(text)], 2)\n"
        "    print(len(page.text().splitlines()), 'rich.console' in sys.modules)"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout.splitlines() == ["1 False", "2 True"]


def test_styles_stay_with_their_words() -> None:
    page = Page(60, color=True)
    page.hanging([("x" * 50, "bold red"), (" and ", ""), ("y" * 20, "bright_black")], 2)
    first, second = page.text().splitlines()
    assert first == f"  \x1b[1;31m{'x' * 50}\x1b[0m and"
    assert second == f"  \x1b[90m{'y' * 20}\x1b[0m"


@pytest.mark.parametrize("count", [0, 1, 999, 1000, 1001, 2000, 2500])
def test_as_many_lines_as_there_are(count: int) -> None:
    page = Page(80, color=False)
    for number in range(count):
        page.line((f"{number}", ""))
    assert page.text() == "\n".join(map(str, range(count))) + "\n"
