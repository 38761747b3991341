"""The app in a real browser: headless Chromium, driven by its own ChromeDriver."""

from __future__ import annotations

import json
import shutil
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.web.serving import PATIENCE, Served, serving, wait_for_end

webdriver = pytest.importorskip("selenium.webdriver", reason="selenium is not installed")
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
DRIVER = shutil.which("chromedriver")
pytestmark = [
    pytest.mark.skipif(not sys.platform.startswith("linux"), reason="looks at Linux's /proc"),
    pytest.mark.skipif(not CHROMIUM, reason="Chromium is not installed"),
    pytest.mark.skipif(not DRIVER, reason="ChromeDriver is not installed"),
]

FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    # Chromium itself would ask its maker's servers at every start.
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
TABLET = {"deviceMetrics": {"width": 1024, "height": 700, "pixelRatio": 1.0, "touch": True}}
DRAWN = """
const drawn = document.createElement("canvas");
const layers = [...document.querySelectorAll("#terminal canvas")];
if (!layers.length) return [0, 0];
[drawn.width, drawn.height] = [layers[0].width, layers[0].height];
const context = drawn.getContext("2d", {willReadFrequently: true});
layers.forEach((layer) => context.drawImage(layer, 0, 0));
const pixels = context.getImageData(0, 0, drawn.width, drawn.height).data;
let lit = 0, sum = 0;
for (let at = 0; at < pixels.length; at += 4) {
  if (pixels[at] + pixels[at + 1] + pixels[at + 2] > 200) lit += 1;
  sum = (sum * 31 + pixels[at] + pixels[at + 1]) % 1000000007;
}
return [lit, sum];
"""
"""How many pixels the terminal has lit, and a number that another picture has not."""


class Chromium:
    """A browser with one tab."""

    def __init__(self, profile: Path, *, tablet: bool) -> None:
        options = webdriver.ChromeOptions()
        options.binary_location = CHROMIUM
        for flag in (*FLAGS, f"--user-data-dir={profile}", "--window-size=1100,760"):
            options.add_argument(flag)
        if tablet:
            options.add_experimental_option("mobileEmulation", TABLET)
        options.set_capability("goog:loggingPrefs", {"performance": "ALL", "browser": "ALL"})
        from selenium.webdriver.chrome.service import Service

        self.driver = webdriver.Chrome(options=options, service=Service(DRIVER))
        self.driver.set_page_load_timeout(PATIENCE)
        self.driver.get_log("performance")  # what the browser's own first page asked

    def open(self, url: str) -> None:
        self.driver.get(url)

    def type(self, keys: str) -> None:
        from selenium.webdriver.common.action_chains import ActionChains

        ActionChains(self.driver).send_keys(keys).perform()

    def tap(self, key: str) -> None:
        """Press one of the page's own buttons."""
        self.driver.find_element("css selector", f'[data-key="{key}"]').click()

    @property
    def picture(self) -> tuple[int, int]:
        """The terminal's lit pixels, and a number of the picture."""
        lit, number = self.driver.execute_script(DRAWN)
        return lit, number

    def wait_for_another(self, before: tuple[int, int]) -> tuple[int, int]:
        """Return a picture other than `before` that stays."""
        last = before

        def settled() -> bool:
            nonlocal last
            earlier, last = last, self.picture
            return last == earlier != before and last[0] > 2000

        wait_until(settled)
        return last

    def asked(self) -> set[str]:
        """Return all addresses that were asked for since the last time."""
        urls = set()
        for entry in self.driver.get_log("performance"):
            message = json.loads(entry["message"])["message"]
            params = message["params"]
            if message["method"] == "Network.requestWillBeSent":
                urls.add(params["request"]["url"])
            elif message["method"] == "Network.webSocketCreated":
                urls.add(params["url"])
        return urls

    def refused(self) -> list[str]:
        """Return what the page tried and its policy refused."""
        messages = (entry["message"] for entry in self.driver.get_log("browser"))
        return [message for message in messages if "Content Security Policy" in message]


def wait_until(true: Callable[[], bool]) -> None:
    end = time.monotonic() + 2 * PATIENCE
    while not true():
        assert time.monotonic() < end
        time.sleep(0.2)


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A server with a token; its display does not change by itself."""
    with serving(tmp_path_factory.mktemp("data"), "--host=0.0.0.0", port="virtual:used") as served:
        yield served


@pytest.fixture
def chromium(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Chromium]:
    """A browser that knows no server yet."""
    browser = Chromium(tmp_path / "profile", tablet="tablet" in request.node.name)
    try:
        yield browser
    finally:
        browser.driver.quit()


def test_home_is_drawn_and_a_key_opens_help_and_nothing_is_asked_of_others(
    guarded: Served, chromium: Chromium
) -> None:
    chromium.open(guarded.url)
    wait_until(lambda: chromium.driver.current_url == f"{guarded.site}/")
    home = chromium.wait_for_another((0, 0))
    chromium.type("?")
    chromium.wait_for_another(home)
    apps = guarded.apps()
    assert len(apps) == 1
    others = {
        url
        for url in chromium.asked()
        if not url.startswith(
            (guarded.site, guarded.site.replace("http", "ws"), "data:", "chrome:")
        )
    }
    assert others == set()
    assert chromium.refused() == []
    loaded = "return [...document.fonts].filter(f => f.status == 'loaded').map(f => f.family)"
    assert "Roboto Mono" in "".join(chromium.driver.execute_script(loaded))
    assert chromium.driver.execute_script("return document.cookie") == ""
    assert guarded.token not in chromium.driver.page_source
    chromium.driver.quit()
    wait_for_end(apps)


def test_without_the_token_the_browser_shows_the_refusal(
    guarded: Served, chromium: Chromium
) -> None:
    chromium.open(f"{guarded.site}/")
    assert "with its token" in chromium.driver.find_element("css selector", "body").text
    assert guarded.apps() == []


def test_a_page_is_not_let_into_another_sites_frame_or_script(
    guarded: Served, chromium: Chromium, tmp_path: Path
) -> None:
    evil = tmp_path / "evil.html"
    socket = f"{guarded.site.replace('http', 'ws')}/session?token={guarded.token}"
    evil.write_text(
        f"<script>const s = new WebSocket({socket!r});"
        "s.onopen = () => document.title = 'open'; s.onerror = () => document.title = 'refused';"
        "</script>"
    )
    chromium.open(evil.as_uri())
    wait_until(lambda: chromium.driver.title != "")
    assert chromium.driver.title == "refused"
    assert guarded.apps() == []


def test_a_tablet_has_buttons_for_the_keys_that_it_lacks(
    guarded: Served, chromium: Chromium
) -> None:
    chromium.open(guarded.url)
    home = chromium.wait_for_another((0, 0))
    chromium.type("?")
    shown = chromium.wait_for_another(home)
    chromium.tap("Escape")
    home = chromium.wait_for_another(shown)
    chromium.tap("ArrowDown")
    chosen = chromium.wait_for_another(home)
    chromium.tap("Enter")
    chromium.wait_for_another(chosen)


def test_a_session_that_ends_says_so_and_offers_another(
    guarded: Served, chromium: Chromium
) -> None:
    chromium.open(guarded.url)
    chromium.wait_for_another((0, 0))
    ended = chromium.driver.find_element("css selector", "#ended")
    assert not ended.is_displayed()
    chromium.type("q")
    wait_until(ended.is_displayed)
    wait_for_end(guarded.apps())
    ended.find_element("css selector", "a").click()
    wait_until(lambda: len(guarded.apps()) == 1)


def test_what_can_be_reached_is_shown_on_demand_and_the_keyboard_stays_the_terminals(
    guarded: Served, chromium: Chromium
) -> None:
    chromium.open(guarded.url)
    home = chromium.wait_for_another((0, 0))
    line = chromium.driver.find_element("css selector", "#opened")
    summary = line.find_element("css selector", "summary")
    assert summary.text == "This page can reach: every folder that its user may open"
    assert not line.get_attribute("open")
    summary.click()
    wait_until(lambda: bool(line.get_attribute("open")))
    assert "--folder DIR" in line.text
    smaller = chromium.wait_for_another(home)
    chromium.type("?")
    chromium.wait_for_another(smaller)
