"""The night shift's first minutes: sign in, see an alert arrive, open it, search for what it points at."""

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.browser import browser, choose_password, page, sign_in
from tests.running import ADMINISTRATOR_PASSWORD, appliance, traffic

pytestmark = pytest.mark.browser
ARRIVES_MS = 15_000


def test_an_alert_arrives_is_opened_and_searched(tmp_path: Path) -> None:
    capture = traffic(tmp_path / "attack.pcap", "dns-rare-type,scan-xmas,markup")
    with appliance(tmp_path / "data") as running, browser() as started:
        tab = page(started)
        faults: list[str] = []
        tab.on("pageerror", lambda fault: faults.append(str(fault)))
        tab.on("dialog", lambda dialog: faults.append(f"dialog: {dialog.message}"))
        sign_in(tab, running.url, running.account, running.password)
        choose_password(tab, running.password, ADMINISTRATOR_PASSWORD)
        expect(tab.get_by_test_id("live-state")).to_have_attribute("data-state", "live")
        expect(tab.get_by_test_id("alert-row")).to_have_count(0)
        running.play(capture)
        expect(tab.get_by_test_id("alert-row").first).to_be_visible(timeout=ARRIVES_MS)
        opens_with_its_reasons(tab)
        searches(tab)
        speaks_english(tab)
        assert not faults


def opens_with_its_reasons(tab: Page) -> None:
    tab.get_by_test_id("alert-row").first.click()
    expect(tab.get_by_test_id("alert-detail")).to_be_visible()
    expect(tab.get_by_test_id("condition-row").first).to_be_visible()
    for stamp in ("packet", "parsed", "matched", "stored", "shown"):
        expect(tab.get_by_test_id(f"stamp-{stamp}")).to_be_visible(timeout=ARRIVES_MS)


def searches(tab: Page) -> None:
    tab.get_by_test_id("nav-events").click()
    bar = tab.get_by_test_id("search-input")
    bar.fill("dns.question.type:NULL AND")
    tab.get_by_test_id("search-submit").click()
    expect(tab.get_by_test_id("search-error")).to_be_visible()
    bar.fill("dns.question.type:NULL")
    tab.get_by_test_id("search-submit").click()
    expect(tab.get_by_test_id("hit-row").first).to_be_visible(timeout=ARRIVES_MS)
    expect(tab.locator("img")).to_have_count(0)  # the markup in a DNS name stayed text


def speaks_english(tab: Page) -> None:
    tab.get_by_test_id("language-switch").click()
    expect(tab.locator("html")).to_have_attribute("lang", "en")
