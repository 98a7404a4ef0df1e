"""The HTML report in Chromium, as a reader uses it: it filters, fetches nothing, and is quick and accessible.

Needs Debian's `chromium` (or one named by CHROMIUM). `UPDATE_PICTURES=1 pytest -m slow` draws docs/pictures
anew.
"""

import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, sync_playwright

from reconciler.reports.formats import ReportContext, render
from reconciler.reports.status import render_status
from tests.reports import status_kit
from tests.reports.kit import alike_plan, large_labels, large_plan, situation

CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium")
PICTURES = Path(__file__).parents[2] / "docs" / "pictures"
DESKTOP, PHONE = {"width": 1280, "height": 800}, {"width": 390, "height": 844}
QUIET = (
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"),
    *("--disable-component-update", "--disable-sync"),
)
LARGE = 5000
SECONDS = 2.0
LOOKED_AT = [
    *("five-changes", "refused", "drifted", "nothing-to-do", "first-apply", "partial", "lost-state"),
    *("shared-and-own", "equal-warnings", "paused"),
]
ELSEWHERE = "http://127.0.0.1:9/picture.png"

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="needs chromium: apt-get install chromium"),
]


@dataclass
class Report:
    """A report in a tab, with everything that it asked the network for or complained of."""

    page: Page
    url: str
    asked: list[str] = field(default_factory=list)
    said: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)

    def shown(self) -> list[str]:
        """The names of what is not filtered out, also of what is not drawn yet, being out of sight."""
        return self.page.locator(".change:visible summary .name").all_text_contents()

    def count(self) -> str:
        return self.page.inner_text("#count")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=CHROMIUM, args=list(QUIET))
        yield running
        running.close()


class Opener:
    def __init__(self, browser: Browser, folder: Path) -> None:
        self._browser, self._folder = browser, folder
        self.opened: list[Report] = []

    def __call__(self, html: str, **context: Any) -> Report:
        file = self._folder / f"report-{len(self.opened)}.html"
        file.write_text(html, encoding="utf-8")
        page = self._browser.new_page(**{"viewport": DESKTOP, **context})
        report = Report(page, file.as_uri())
        page.on("request", lambda request: report.asked.append(request.url))
        page.on("requestfailed", lambda request: report.failed.append(request.url))
        page.on("console", lambda message: report.said.append(message.text))
        page.on("pageerror", lambda error: report.said.append(str(error)))
        page.goto(report.url)
        self.opened.append(report)
        return report


@pytest.fixture
def opened(browser: Browser, tmp_path: Path) -> Iterator[Opener]:
    """Opens reports; afterwards, none has asked for anything but itself, or complained."""
    opener = Opener(browser, tmp_path)
    yield opener
    for report in opener.opened:
        assert report.asked == [report.url]
        assert report.said == []
        report.page.close()


def page_of(name: str) -> str:
    given = situation(name)
    return render(given.plan, "html", context=ReportContext("state/demo.json", given.labels))


def five() -> str:
    return page_of("five-changes")


def test_the_gravest_stand_first_and_all_are_counted(opened: Opener) -> None:
    report = opened(five())
    headings = report.page.locator("h3").all_inner_texts()
    assert headings == ["Stops, pauses and restarts 2", "Reconnects 1", "Other changes 3"]
    assert report.shown()[:2] == ["IngestStream/opening-film", "MixStream/panel"]
    assert report.count() == "6 of 6 shown"
    assert report.page.locator(".picture .wide > svg").count() == 1


def test_filters_narrow_what_is_shown(opened: Opener) -> None:
    report = opened(five())
    page = report.page
    page.get_by_label("1 stop").check()
    assert report.shown() == ["IngestStream/opening-film"]
    page.get_by_label("1 reconnect").check()
    assert report.shown() == ["IngestStream/opening-film", "RelayStream/interpreter-fr"]
    page.get_by_label("1 RelayStream").check()
    assert report.shown() == ["RelayStream/interpreter-fr"]
    assert report.count() == "1 of 6 shown"
    assert page.locator(".part:visible").count() == 1
    for box in page.get_by_role("checkbox").all():
        box.uncheck()
    page.get_by_label("Label").select_option("stage=prod")
    assert report.shown() == ["RelayStream/interpreter-fr", "MixLayout/stage changed → 2 streams"]
    assert report.count() == "3 of 6 shown"


def test_search_finds_names_fields_and_values(opened: Opener) -> None:
    report = opened(five())
    search = report.page.get_by_label("Search")
    for words, shown in (
        ("PANEL", ["MixStream/panel"]),
        ("town-hall-fr", ["RelayStream/interpreter-fr"]),
        ("bitrate 128", ["MixStream/panel"]),
        ("StopStreamIngest", ["IngestStream/opening-film"]),
        ("event=autumn stage=test", ["MixStream/panel"]),
        ("sign-language", ["MixLayout/stage changed → 2 streams"]),
        ("nowhere to be found", []),
    ):
        search.fill(words)
        assert report.shown() == shown, words
    assert report.page.locator("#none").is_visible()
    assert report.count() == "0 of 6 shown"
    search.fill("sign-language")
    (member,) = report.page.locator(".members > li:visible").all_text_contents()
    assert member.strip() == "MixStream/town-hall-sign-language event=autumn stage=prod"


def test_keys_are_enough(opened: Opener) -> None:
    report = opened(five())
    page = report.page
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "changes"
    page.keyboard.press("/")
    page.keyboard.type("panel")
    assert report.shown() == ["MixStream/panel"]
    page.keyboard.press("Escape")
    assert report.count() == "6 of 6 shown"
    page.locator(".change summary").first.focus()
    assert page.locator(".change details").first.get_attribute("open") is not None
    page.keyboard.press("Enter")
    assert page.locator(".change details").first.get_attribute("open") is None
    focused = "getComputedStyle(document.activeElement).outlineStyle"
    assert page.evaluate(focused) == "solid"


def test_all_are_folded_and_unfolded(opened: Opener) -> None:
    page = opened(five()).page
    unfolded = page.locator(".change details[open]")
    assert unfolded.count() == 5
    page.get_by_role("button", name="Collapse all").click()
    assert unfolded.count() == 0
    page.get_by_role("button", name="Expand all").click()
    assert unfolded.count() == 5


@pytest.mark.parametrize("system", ["light", "dark"])
def test_the_theme_follows_the_system_and_the_button(opened: Opener, system: Any) -> None:
    page = opened(five(), color_scheme=system).page

    def is_dark() -> bool:
        color: list[int] = page.evaluate(
            "getComputedStyle(document.body).backgroundColor.match(/[0-9]+/g).map(Number)"
        )
        return sum(color[:3]) < 3 * 128

    assert is_dark() == (system == "dark")
    other = "Dark theme" if system == "light" else "Light theme"
    page.get_by_role("button", name=other).click()
    assert is_dark() != (system == "dark")


@pytest.mark.share(20)
@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("viewport", [DESKTOP, PHONE], ids=["desktop", "phone"])
@pytest.mark.parametrize("name", LOOKED_AT)
def test_nothing_is_in_the_way_of_anybody(opened: Opener, name: str, viewport: Any, theme: Any) -> None:
    given = situation(name)
    html = render(given.drift or given.plan, "html", context=ReportContext("state/demo.json", given.labels))
    page = opened(html, viewport=viewport, color_scheme=theme).page
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
    assert page.evaluate("document.documentElement.scrollWidth") <= viewport["width"]


def test_without_scripts_everything_is_there(opened: Opener) -> None:
    page = opened(five(), java_script_enabled=False).page
    assert page.locator(".change").count() == 5
    assert page.locator(".controls").is_hidden()
    assert page.locator(".chip").first.is_visible()
    page.locator(".change summary").first.click()
    assert page.locator(".change .body").first.is_hidden()


def test_print_shows_what_is_folded(opened: Opener) -> None:
    page = opened(render(large_plan(60), "html")).page
    assert page.locator(".change .body").first.is_hidden()
    page.emulate_media(media="print")
    assert page.locator(".change .body").first.is_visible()
    assert page.locator(".controls").is_hidden()


def test_no_script_but_ours_can_run(opened: Opener) -> None:
    report = opened(five())
    put = """(elsewhere) => {
        const script = document.createElement("script");
        script.textContent = "document.title = 'taken'";
        document.body.append(script);
        const image = new Image();
        image.src = elsewhere;
        document.body.append(image);
    }"""
    with report.page.expect_event("requestfailed"):
        report.page.evaluate(put, ELSEWHERE)
    assert "Plan for workspace demo" in report.page.title()
    assert all("Content Security Policy" in line for line in report.said) and len(report.said) == 2
    assert report.failed == [ELSEWHERE]
    report.said.clear()
    report.asked.remove(ELSEWHERE)  # it was announced, and then blocked


NARROW = """(words) => {
    const search = document.querySelector("#search");
    const began = performance.now();
    search.value = words;
    search.dispatchEvent(new Event("input", {bubbles: true}));
    document.body.getBoundingClientRect();
    return (performance.now() - began) / 1000;
}"""


@pytest.mark.parametrize("alike", [False, True], ids=["each otherwise", "all alike"])
def test_five_thousand_changes_are_usable_at_once(browser: Browser, tmp_path: Path, alike: bool) -> None:
    """In time of the tab's own thread, and the best of three: what else the machine does only adds to it."""
    plan = alike_plan(LARGE) if alike else large_plan(LARGE)
    file = tmp_path / "report.html"
    file.write_text(render(plan, "html", context=ReportContext(labels=large_labels(LARGE))))
    usable, narrowed = [], []
    for _ in range(3):
        page = browser.new_page(viewport=DESKTOP)
        usable.append(_seconds_until_usable(page, file.as_uri()))
        assert page.inner_text("#count") == "5,000 of 5,000 shown"
        page.locator(".change summary").first.click()
        narrowed.append(max(page.evaluate(NARROW, words) for words in ("stage=prod", "stream-4321 prod")))
        assert page.inner_text("#count") == "1 of 5,000 shown"
        page.close()
    assert min(usable) < SECONDS, f"usable after {min(usable):.2f} s"
    assert min(narrowed) < SECONDS, f"narrowed after {min(narrowed):.2f} s"


def _seconds_until_usable(page: Page, url: str) -> float:
    session = page.context.new_cdp_session(page)
    session.send("Performance.enable", {"timeDomain": "threadTicks"})
    page.goto(url)
    metrics = session.send("Performance.getMetrics")["metrics"]
    return float(next(one["value"] for one in metrics if one["name"] == "TaskDuration"))


DRAWN = """() => {
    for (const one of document.querySelectorAll(".change")) one.style.contentVisibility = "visible";
}"""
SHOWN = {
    "report": "five-changes",
    "first-plan": "first-apply",
    "partial-plan": "partial",
    "lost-state": "lost-state",
}


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("size", ["desktop", "phone"])
@pytest.mark.parametrize("name", SHOWN)
def test_the_pictures_of_the_documentation_are_there(
    opened: Opener, name: str, size: str, theme: Any
) -> None:
    viewport = DESKTOP if size == "desktop" else PHONE
    page = opened(page_of(SHOWN[name]), viewport=viewport, color_scheme=theme).page
    file = PICTURES / f"{name}-{size}-{theme}.png"
    if os.environ.get("UPDATE_PICTURES"):
        PICTURES.mkdir(exist_ok=True)
        page.evaluate(DRAWN)
        page.screenshot(path=file, full_page=True)
    kept = file.read_bytes()
    assert kept.startswith(b"\x89PNG") and len(kept) < 300_000
    assert int.from_bytes(kept[16:20], "big") == viewport["width"]


@pytest.mark.parametrize("name", SHOWN.values())
def test_on_a_phone_the_first_change_is_on_the_first_screen_and_nothing_is_cut(
    opened: Opener, name: str
) -> None:
    page = opened(page_of(name), viewport=PHONE).page
    assert page.locator(".change").first.bounding_box()["y"] < PHONE["height"] * 0.75
    assert page.evaluate("document.documentElement.scrollWidth") == PHONE["width"]
    assert page.locator("#search").is_hidden()
    page.get_by_text("Filters", exact=True).click()
    assert page.locator("#search").is_visible()
    for picture in page.locator(".picture .narrow > svg").all():
        assert picture.bounding_box()["width"] < PHONE["width"]
    assert page.locator(".picture .wide:visible").count() == 0


def test_in_the_dark_a_picture_is_dark_too(opened: Opener) -> None:
    fill = "getComputedStyle(document.querySelector('.picture .wide > svg > rect')).fill"
    light, dark = (opened(five(), color_scheme=theme).page.evaluate(fill) for theme in ("light", "dark"))
    assert light != dark == "rgb(17, 22, 28)"


@pytest.mark.parametrize("name", SHOWN.values())
def test_a_banner_is_green_only_where_nothing_is_interrupted(opened: Opener, name: str) -> None:
    page = opened(page_of(name)).page
    assert "calm" not in str(page.locator(".verdict").get_attribute("class"))


# The wall of a status


def wall(name: str = "conference", interval: int = 0) -> str:
    return render_status(
        status_kit.situation(name), "html", None, replace(status_kit.CONTEXT, interval=interval)
    )


AT_THE_TIME = "2026-01-01T12:00:20Z"


WALLS = [(name, DESKTOP, "dark") for name in status_kit.SITUATIONS if name != "conference"]
WALLS += [("conference", viewport, theme) for viewport in (DESKTOP, PHONE) for theme in ("light", "dark")]


@pytest.mark.parametrize(("name", "viewport", "theme"), WALLS, ids=lambda one: str(one))
def test_the_wall_is_in_the_way_of_nobody(opened: Opener, name: str, viewport: Any, theme: Any) -> None:
    page = opened(wall(name), viewport=viewport, color_scheme=theme).page
    for unfolded in (False, True):
        if unfolded and viewport is DESKTOP:
            page.get_by_role("button", name="Expand all").click()
        found = Axe().run(page)
        assert found.violations_count == 0, found.generate_report()
        assert page.evaluate("document.documentElement.scrollWidth") <= viewport["width"]


def test_the_wall_has_what_is_not_as_wanted_first_and_pictures_of_every_layout(opened: Opener) -> None:
    report = opened(wall())
    assert report.page.locator("h3").all_inner_texts() == ["Not as wanted 5", "As wanted 7"]
    assert report.shown()[:2] == ["IngestStream/lobby-loop", "MixStream/hall-d"]
    assert report.shown()[5:8] == ["MixStream/hall-a", "MixStream/hall-c", "MixStream/overflow"]
    assert report.page.locator(".screen > svg").count() == 5
    assert report.page.locator(".screen > svg").first.bounding_box()["width"] > 200
    assert report.page.locator(".veil").all_inner_texts() == [
        *("ENDED", "ABSENT", "SILENT", "UNCERTAIN", "PAUSED", "FORBIDDEN")
    ]


def test_the_wall_is_filtered_and_searched(opened: Opener) -> None:
    report = opened(wall())
    page = report.page
    page.get_by_role("checkbox", name="1 silent").check()
    assert report.shown() == ["MixStream/hall-b"]
    page.get_by_role("checkbox", name="1 ended").check()
    assert report.shown() == ["IngestStream/lobby-loop", "MixStream/hall-b"]
    page.get_by_role("checkbox", name="5 MixStream").check()
    assert report.shown() == ["MixStream/hall-b"] and report.count() == "1 of 12 shown"
    for box in page.get_by_role("checkbox").all():
        box.uncheck()
    for words, shown in (
        ("ms-lindqvist", ["MixStream/hall-a"]),
        ("a.rtmp.youtube.com", ["MixStream/hall-a"]),
        ("notexist", ["IngestStream/lobby-loop"]),
        ("nowhere to be found", []),
    ):
        page.get_by_label("Search").fill(words)
        assert report.shown() == shown, words
    assert page.locator("#none").is_visible()


def test_keys_are_enough_for_the_wall(opened: Opener) -> None:
    report = opened(wall())
    page = report.page
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "changes"
    page.keyboard.press("/")
    page.keyboard.type("hall-b")
    assert report.shown() == ["MixStream/hall-b"]
    page.keyboard.press("Escape")
    assert report.count() == "12 of 12 shown"
    page.locator(".card summary").first.focus()
    page.keyboard.press("Enter")
    assert page.locator(".card .facts").first.is_visible()
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"


def test_the_wall_is_whole_without_scripts(opened: Opener) -> None:
    page = opened(wall(), java_script_enabled=False).page
    assert page.locator(".card:visible").count() == 12
    assert page.locator(".controls").is_hidden() and page.locator("#pause").is_hidden()
    page.locator(".card summary").first.click()
    assert page.locator(".card .facts").first.is_visible()


def test_an_old_wall_says_how_old_it_is(opened: Opener) -> None:
    report = opened(wall())
    page = report.page
    for now, told, is_old in (
        (AT_THE_TIME, "", False),
        ("2026-01-01T12:02:30Z", ", 2 min ago", False),
        ("2026-01-01T14:00:00Z", ", 2 h ago", True),
    ):
        page.clock.set_fixed_time(now)
        page.reload()
        report.asked.pop()
        assert page.inner_text("#age") == told
        assert ("old" in str(page.locator("#age").get_attribute("class"))) is is_old


def test_a_wall_that_is_written_anew_is_loaded_anew_unless_somebody_is_at_work_in_it(opened: Opener) -> None:
    report = opened(wall(interval=1))
    page = report.page

    def search(words: str) -> None:
        page.fill("#search", words)

    for stop, go_on in (
        (lambda: search("hall"), lambda: search("")),
        (lambda: page.click("#pause"), lambda: page.click("#pause")),
    ):
        stop()
        report.asked.clear()
        page.wait_for_timeout(2_500)
        assert report.asked == []
        with page.expect_navigation():
            go_on()
    report.asked[:] = [report.url]


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_pictures_of_the_wall_are_there(opened: Opener, theme: Any) -> None:
    size, scale = {"width": 1600, "height": 1080}, 0.7
    page = opened(wall(), viewport=size, device_scale_factor=scale, color_scheme=theme).page
    file = PICTURES / f"status-desktop-{theme}.png"
    if os.environ.get("UPDATE_PICTURES"):
        page.clock.set_fixed_time(AT_THE_TIME)
        page.evaluate("document.querySelector('#age').textContent = ''")
        page.evaluate(DRAWN)
        page.screenshot(path=file)
    kept = file.read_bytes()
    assert kept.startswith(b"\x89PNG") and len(kept) < 200_000
    assert int.from_bytes(kept[16:20], "big") == round(size["width"] * scale)
