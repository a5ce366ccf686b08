"""`python -m tests.browser.screenshots`: docs/screenshots, taken of a real appliance under the town's traffic."""

import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser, Page, expect

from tests.browser.browser import browser, choose_password, page, sign_in
from tests.corpus import ROOT
from tests.running import ADMINISTRATOR_PASSWORD, Running, appliance, traffic

FOLDER = ROOT / "docs" / "screenshots"
MAX_BYTES = 250_000
"""Pictures are in git for good: small ones only."""
TOWN_SECONDS = 60
"""The day is played over and over: long enough that what is scanned is then left alone, and ends as a flow."""
ROWS = 12
"""Groups in the queue before it is worth a picture: most attacks have been seen by then."""
VICTIM = "exfil.example"
ARRIVES_MS = 150_000
ZOOMED = 0.1
"""Share of the histogram of 15 minutes that is looked at more closely."""
SETTLE_MS = 1500
"""For animations of arriving rows and opening panes to end."""
QUERY = "event.dataset:starwatch.dns AND NOT dns.question.registered_domain:example.cn"


@dataclass(frozen=True, slots=True)
class Picture:
    """name: of the file, without .png. prepare: brings the screen there."""

    name: str
    language: str
    prepare: Callable[[Page], None]
    light: bool = False


def open_detail(tab: Page) -> None:
    """A group that was seen arriving live, so that its latency is shown to the last stage."""
    expect(tab.get_by_test_id("alert-row").nth(ROWS - 1)).to_be_visible(timeout=ARRIVES_MS)
    tab.get_by_test_id("alert-row").filter(has_text=VICTIM).first.click()
    expect(tab.get_by_test_id("stamp-stored")).to_be_visible(timeout=ARRIVES_MS)


def search(tab: Page) -> None:
    tab.get_by_test_id("nav-events").click()
    tab.get_by_test_id("range").get_by_text("15 m").click()
    tab.get_by_test_id("search-input").fill(QUERY)
    tab.get_by_test_id("search-submit").click()
    expect(tab.get_by_test_id("histogram")).to_be_visible()
    zoom(tab)
    tab.get_by_test_id("hit-row").nth(4).click()


def zoom(tab: Page) -> None:
    """Into the last minutes, by dragging over the end of the histogram."""
    bars = tab.get_by_test_id("histogram").locator("svg").bounding_box()
    assert bars is not None
    right, middle = bars["x"] + bars["width"], bars["y"] + bars["height"] / 2
    tab.mouse.move(right - bars["width"] * ZOOMED, middle)
    tab.mouse.down()
    tab.mouse.move(right - 2, middle)
    tab.mouse.up()
    expect(tab.get_by_test_id("range-absolute")).to_contain_text("–")


def status(tab: Page) -> None:
    tab.get_by_test_id("nav-status").click()
    expect(tab.get_by_test_id("sensor-row")).to_be_visible()


PICTURES: Sequence[Picture] = (
    Picture("alerts-zh", "zh-CN", open_detail),
    Picture("status-zh", "zh-CN", status),
    Picture("search-en", "en", search),
    Picture("alerts-en-light", "en", open_detail, light=True),
)


def take(tab: Page, picture: Picture) -> Path:
    choose(tab, picture)
    tab.get_by_test_id("nav-alerts").click()
    picture.prepare(tab)
    tab.mouse.move(0, 0)
    tab.wait_for_timeout(SETTLE_MS)
    path = FOLDER / f"{picture.name}.png"
    tab.screenshot(path=path)
    shrink(path)
    return path


def shrink(path: Path) -> None:
    """256 colours are enough for a screen, and a third of the size."""
    if shutil.which("pngquant"):
        subprocess.run(["pngquant", "--force", "--ext", ".png", "--strip", str(path)], check=True)
    size = path.stat().st_size
    if size > MAX_BYTES:
        raise SystemExit(f"{path.name}: {size} bytes, {MAX_BYTES} at most (apt-get install pngquant)")


def choose(tab: Page, picture: Picture) -> None:
    """Language and tone, by their switches; each says what pressing it would bring."""
    if tab.locator("html").get_attribute("lang") != picture.language:
        tab.get_by_test_id("language-switch").click()
    if (tab.locator("html").get_attribute("data-theme") == "light") != picture.light:
        tab.get_by_test_id("tone-switch").click()


def watch(started: Browser, running: Running) -> Page:
    """Signed in before the first attack: latency is measured on what arrives while somebody looks."""
    tab = page(started)
    sign_in(tab, running.url, running.account, running.password)
    choose_password(tab, running.password, ADMINISTRATOR_PASSWORD)
    expect(tab.get_by_test_id("live-state")).to_have_attribute("data-state", "live")
    return tab


def main() -> int:
    FOLDER.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        capture = traffic(Path(folder) / "town.pcap", "all", seconds=TOWN_SECONDS, town=True)
        with appliance(Path(folder) / "data", "--replay", str(capture)) as running, browser() as started:
            tab = watch(started, running)
            for picture in PICTURES:
                path = take(tab, picture)
                print(path.relative_to(ROOT), path.stat().st_size)
    return 0


if __name__ == "__main__":
    sys.exit(main())
