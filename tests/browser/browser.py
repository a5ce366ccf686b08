"""Debian's Chromium, driven by Playwright, which downloads nothing."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

ARGUMENTS = [
    "--no-sandbox",  # tests also run as root, where Chromium's own sandbox refuses to start
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def chromium() -> str:
    path = shutil.which("chromium")
    if path:
        return path
    if os.environ.get("CI"):
        pytest.fail("chromium is not installed: run deploy/setup packages")
    pytest.skip("chromium is not installed: run deploy/setup packages")


@contextmanager
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=chromium(), headless=True, args=ARGUMENTS)
        try:
            yield started
        finally:
            started.close()


def page(started: Browser, *, language: str = "zh-CN") -> Page:
    """A fresh profile; the appliance's own certificate is accepted, as an operator would after comparing it."""
    context = started.new_context(
        ignore_https_errors=True, locale=language, viewport={"width": 1440, "height": 900}
    )
    return context.new_page()


def sign_in(tab: Page, url: str, account: str, password: str) -> None:
    tab.goto(url)
    tab.get_by_test_id("login-account").fill(account)
    tab.get_by_test_id("login-password").fill(password)
    tab.get_by_test_id("login-submit").click()


def choose_password(tab: Page, current: str, password: str) -> None:
    """The change every first sign-in asks for."""
    tab.get_by_test_id("current-password").fill(current)
    tab.get_by_test_id("new-password").fill(password)
    tab.get_by_test_id("new-password-repeat").fill(password)
    tab.get_by_test_id("password-submit").click()
