"""The live wall in Chromium: quick, accessible, up to date, with what a reader has chosen left alone."""

import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, sync_playwright

from reconciler.plan.status import Condition, Health, StatusReport
from reconciler.reports.status import Live, StatusContext, live_wall
from reconciler.watching.access import Access
from reconciler.watching.board import Board, Shown
from reconciler.watching.metrics import Metrics
from reconciler.watching.model import Doing, Round, Seen
from reconciler.watching.server import bound, served
from reconciler.watching.serving import Pages, Site
from tests.reports import status_kit

from .kit import settled

CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium")
QUIET = (
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"),
    *("--disable-component-update", "--disable-sync"),
)
DESKTOP = {"width": 1280, "height": 800}
MANY, SECONDS = 500, 2.0
RUN = ("1a2b3c4d", "2026-01-01T11:00:00Z", "ann on box", "watch: 1 start", "0123abcd", "done")

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="needs chromium: apt-get install chromium"),
]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=CHROMIUM, args=list(QUIET))
        yield running
        running.close()


def seen_of(report: StatusReport) -> Seen:
    return replace(settled(), report=report)


def render(shown: Shown) -> str:
    assert shown.seen is not None
    live = Live(shown.version, shown.told, [RUN])
    return live_wall(shown.seen.report, StatusContext("tencentcloud-intl"), live)


@dataclass
class Wall:
    board: Board
    site: Site
    url: str
    asked: list[str] = field(default_factory=list)
    said: list[str] = field(default_factory=list)

    def show(self, report: StatusReport, *told: str) -> None:
        doing = Doing.WAIT if told else Doing.NOTHING
        self.board.hears(Round(time.time(), doing, seen_of(report), told), ())

    def open(self, browser: Browser, **context: Any) -> Page:
        page = browser.new_page(**{"viewport": DESKTOP, **context})
        page.on("request", lambda request: self.asked.append(request.url))
        page.on("console", lambda message: self.said.append(message.text))
        page.on("pageerror", lambda error: self.said.append(str(error)))
        page.goto(self.url)
        return page


@contextmanager
def wall(access: Access) -> Iterator[Wall]:
    site = Site(Board(30.0), Pages(render), Metrics("demo", "1"), access, time.time)
    listener = bound("127.0.0.1", 0)
    with served(site, listener):
        made = Wall(site.board, site, f"http://127.0.0.1:{listener.getsockname()[1]}/")
        yield made
        assert {one for one in made.asked if not one.startswith(made.url)} == set()
        assert made.said == []


def conference() -> StatusReport:
    return status_kit.situation("conference")


def fallen(report: StatusReport, index: int) -> StatusReport:
    """The same with one more stream that has ended."""
    listed = list(report.resources)
    listed[index] = replace(
        listed[index], status=Condition.ENDED, health=Health.DOWN, evidence="the task has just gone"
    )
    return replace(report, resources=tuple(listed))


def test_it_follows_and_leaves_alone_what_a_reader_does(browser: Browser) -> None:
    with wall(Access()) as shown:
        report = conference()
        shown.show(report)
        page = shown.open(browser)
        well = next(number for number, one in enumerate(report.resources) if one.health is Health.OK)
        address = str(report.resources[well].address)
        card = page.locator(f'.card[data-address="{address}"]')
        card.locator("summary").click()
        page.keyboard.press("/")
        page.keyboard.type(address.partition("/")[2])
        assert page.locator(".card:visible").count() >= 1
        began = time.monotonic()
        shown.show(fallen(report, well), "2 of its changes would exceed the limit; apply it by hand")
        page.wait_for_selector(f'.card.bad[data-address="{address}"]', timeout=10_000)
        assert time.monotonic() - began < SECONDS
        assert "apply it by hand" in page.inner_text(".told")
        assert card.locator("details").get_attribute("open") is not None
        assert page.input_value("#search") == address.partition("/")[2]
        assert page.evaluate("document.activeElement.id") == "search"
        page.keyboard.press("Escape")
        assert page.locator(".card:visible").count() == len(report.resources)
        assert RUN[2] in page.inner_text(".runs")

        page.locator("input[name=status][value=ended]").check()
        page.click("#pause")
        shown.show(report)
        time.sleep(1)
        assert page.locator(f'.card.bad[data-address="{address}"]').count() == 1
        page.click("#pause")
        page.wait_for_selector(f'.card:not(.bad)[data-address="{address}"]', state="attached")
        page.close()


def test_it_says_when_the_watch_has_gone(browser: Browser) -> None:
    with wall(Access()) as shown:
        shown.show(conference())
        page = shown.open(browser)
        shown.site.closing.set()
        page.wait_for_selector("#age.lost", timeout=10_000)
        assert "does not answer" in page.inner_text("#age")
        page.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_can_be_used_by_everybody(browser: Browser, scheme: Any) -> None:
    with wall(Access()) as shown:
        shown.show(fallen(conference(), 1), "changes wait; apply it by hand")
        page = shown.open(browser, color_scheme=scheme)
        # The engine is put into the page by its driver, which the page's own policy does not know of.
        found = Axe().run(page)
        assert found.response["violations"] == []
        page.close()


def test_only_those_who_may_look_see_it(browser: Browser) -> None:
    with wall(Access(token="let-me-in")) as shown:
        shown.show(conference())
        page = shown.open(browser, http_credentials={"username": "any", "password": "let-me-in"})
        before = page.get_attribute("html", "data-version")
        shown.show(conference(), "it waits")
        page.wait_for_selector(".told")
        assert page.get_attribute("html", "data-version") != before
        page.close()
        shown.said.clear()


def test_of_many_streams_the_first_paint_is_quick(browser: Browser) -> None:
    listed = conference().resources
    chosen = [listed[number % len(listed)] for number in range(MANY)]
    many = [
        replace(one, address=one.address._replace(name=f"stream-{number}"))
        for number, one in enumerate(chosen)
    ]
    with wall(Access()) as shown:
        shown.show(replace(conference(), resources=tuple(many)))
        end = time.monotonic() + 60
        while shown.site.pages.rendered != shown.board.shown.version:  # a watch does it after each round
            assert time.monotonic() < end
            time.sleep(0.05)
        page = shown.open(browser)
        painted = page.evaluate(
            "new Promise(done => new PerformanceObserver(list => done(list.getEntries()[0].startTime))"
            ".observe({type: 'paint', buffered: true}))"
        )
        assert page.locator(".card").count() == MANY
        print(f"first paint of {MANY} streams after {painted:.0f} ms")
        assert painted < 1000 * SECONDS
        page.close()
