"""The page of the benchmark that grows, its plots, and the small programs that it measures with."""

import json
import re
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from collections.abc import Mapping
from itertools import pairwise
from pathlib import Path

import pytest

from benchmarks import scale_page, scale_plot
from benchmarks.launched import held, tree
from benchmarks.online_server import Online
from benchmarks.scale import within
from benchmarks.scale_page import BESIDE, LOADER, WARM, Figure, file_of, growth, outgrown, page, plots, write
from benchmarks.scale_plot import HEIGHT, LABEL, RIGHT, WIDTH

ROOT = Path(__file__).parent.parent.parent
SVG = "{http://www.w3.org/2000/svg}"
WIDEST = 7.6
"""Pixels that a character of 13 pixels takes at the most, on average, in bold."""
EVERY = [*dict.fromkeys(name for case, others in BESIDE.items() for name in (case, *others))]


def figures(counts: tuple[int, ...] = (1000, 10_000, 100_000), spread: float = 1.0) -> scale_page.Figures:
    """Some of each case; with a small spread all lines end at the same place."""
    return {
        count: {
            name: Figure(count / 1000 * (1 + spread * number), 20.0 + count / 100)
            for number, name in enumerate(EVERY)
        }
        for count in counts
    }


@pytest.mark.parametrize("counts", [(1000, 10_000), (200, 400), (1000, 10_000, 100_000), (500,)])
@pytest.mark.parametrize("spread", [1.0, 0.001, 0.0])
def test_each_case_has_a_plot_in_which_nothing_overlaps(counts: tuple[int, ...], spread: float) -> None:
    found = dict(plots(figures(counts, spread)))
    assert list(found) == list(BESIDE)
    for case, picture in found.items():
        root = ElementTree.fromstring(picture)
        labels = [one for one in root.iter(f"{SVG}text") if float(one.attrib["x"]) > WIDTH - RIGHT]
        assert [one.text.rsplit(", ", 1)[0] for one in labels if one.text] == [case, *BESIDE[case]]
        places = sorted(float(one.attrib["y"]) for one in labels)
        assert all(below - above >= LABEL - 0.2 for above, below in pairwise(places))
        assert all(0 < place < HEIGHT for place in places)
        for one in labels:
            assert float(one.attrib["x"]) + WIDEST * len(one.text or "") < WIDTH
        dots = [(float(one.attrib["cx"]), float(one.attrib["cy"])) for one in root.iter(f"{SVG}circle")]
        assert len(dots) == len(counts) * len(labels)
        assert all(0 < x < WIDTH - RIGHT and 0 < y < HEIGHT for x, y in dots)


def test_light_and_dark_have_colours_for_every_line() -> None:
    most = max(map(len, BESIDE.values())) + 1
    assert most <= len(scale_plot.LIGHT) == len(scale_plot.DARK) == len(scale_plot.DASHES)
    (_, picture), *_ = plots(figures())
    light, _, dark = picture.partition("@media (prefers-color-scheme:dark)")
    for name in (".title", ".paper", ".tick", ".grid", ".s0", ".f0"):
        assert name + "{" in light and name + "{" in dark


def test_what_was_not_measured_is_left_out() -> None:
    found: Mapping[int, Mapping[str, Figure]] = {
        1000: {WARM: Figure(0.3, 30), LOADER: Figure(0.6, 12)},
        100_000: {WARM: Figure(3.0, 300)},
    }
    assert [case for case, _ in plots(found)] == [WARM]
    text = page(found, "streams")
    assert "| plan, nothing changed | 0.30 s | 0.50 | 30 | 3.00 s |  | 300 |" in text
    assert "| CSafeLoader | 0.60 s | 1.00 | 12 | | | |" in text
    assert "| plan, nothing changed | 10.0 x |" in text


def test_rows_have_as_many_cells_as_the_heads() -> None:
    for line in (one for one in page(figures(), "t").splitlines() if one.startswith("|")):
        assert line.count("|") in (1 + 1 + 3 * 3, 1 + 1 + 2)
    assert len(list(growth(figures()))) == 2 + len(EVERY)


def test_the_page_shows_every_plot_that_is_written(tmp_path: Path) -> None:
    pictures = tmp_path / "pictures"
    pictures.mkdir()
    (pictures / "performance.svg").write_text("stale")
    (pictures / "change.svg").write_text("another's")
    write(figures(), "streams", tmp_path / "performance.md", pictures)
    shown = re.findall(r"\]\((.+?)\)", (tmp_path / "performance.md").read_text())
    assert [f"pictures/{file_of(case)}" for case in BESIDE] == shown
    assert {path.name for path in pictures.iterdir()} == {Path(one).name for one in shown} | {"change.svg"}


@pytest.mark.parametrize(("few", "many", "told"), [(1.0, 12.0, ""), (1.0, 12.1, "12.1 x 10,000")])
def test_a_warm_plan_may_not_grow_faster_than_its_bound(few: float, many: float, told: str) -> None:
    found = {10_000: {WARM: Figure(few, 1)}, 100_000: {WARM: Figure(many, 1)}}
    assert told in outgrown(found) and bool(outgrown(found)) == bool(told) != within(found)
    assert outgrown({10_000: {WARM: Figure(few, 1)}}) == ""


def test_a_ratio_above_its_bound_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    found = {2000: {LOADER: Figure(1.0, 1), "validate": Figure(4.1, 1)}}
    assert not within(found)
    assert "2000 streams: validate takes 4.10 x CSafeLoader; the bound is 4.0" in capsys.readouterr().out


PARENT = """
import subprocess, sys
data = bytearray(40 << 20)
subprocess.run([sys.executable, "-c", "import time; data = bytearray(60 << 20); time.sleep(1)"])
sys.exit(3)
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="asks /proc")
def test_memory_is_that_of_a_process_and_its_children() -> None:
    command = [sys.executable, "-I", "-S", str(ROOT / "benchmarks" / "launched.py"), sys.executable]
    ran = subprocess.run([*command, "-c", PARENT], capture_output=True, text=True, check=True)
    cpu, memory, code = map(float, ran.stdout.split())
    assert (100 < memory < 160, code, 0 < cpu < 30) == (True, 3, True)
    assert tree(2**22 + 1) == [2**22 + 1] and held(2**22 + 1) == 0


def test_the_server_lists_as_many_streams_as_there_are() -> None:
    server = Online(0.0, 250)
    seen: list[str] = []
    for number in (1, 2, 3):
        body = json.dumps({"DomainName": "a.example", "PageNum": number, "PageSize": 100}).encode()
        found = server.answer(b"POST / HTTP/1.1\r\nX-TC-Action: DescribeLiveStreamOnlineList", body)
        response = json.loads(found.partition(b"\r\n\r\n")[2])["Response"]
        assert (response["TotalNum"], response["TotalPage"], response["PageNum"]) == (250, 3, number)
        seen += [one["StreamName"] for one in response["OnlineInfo"]]
    assert seen == [f"stage-{number:05}" for number in range(250)]
    started = server.answer(b"POST / HTTP/1.1\r\nX-TC-Action: StartPublishCdnStream", b"{}")
    assert b'"TaskId"' in started
