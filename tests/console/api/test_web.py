"""The built web console: caching, the one page, and nothing outside its folder."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from console.api.web import ALWAYS_ASK, FOREVER
from tests.console.room import Browser, room

pytestmark = pytest.mark.anyio
PAGE = "<!doctype html><title>满天星</title>"


@pytest.fixture
async def browser(tmp_path: Path) -> AsyncIterator[Browser]:
    (tmp_path / "web" / "assets").mkdir(parents=True)
    (tmp_path / "web" / "index.html").write_text(PAGE, "utf-8")
    (tmp_path / "web" / "assets" / "main-1a2b.js").write_text("1;" * 1000)
    (tmp_path / "secret.txt").write_text("not for browsers")
    async with room(tmp_path) as opened:
        yield opened.browser()


@pytest.mark.parametrize("path", ["/", "/search", "/alerts/abc", "/docs"])
async def test_addresses_inside_the_page_are_the_page(browser: Browser, path: str) -> None:
    answer = await browser.http.get(path)
    assert (answer.status_code, answer.text) == (200, PAGE)
    assert answer.headers["cache-control"] == ALWAYS_ASK


async def test_hashed_assets_are_kept_for_ever_and_compressed(browser: Browser) -> None:
    answer = await browser.http.get("/assets/main-1a2b.js")
    assert answer.headers["cache-control"] == FOREVER
    assert answer.headers["content-type"].startswith("text/javascript")
    assert answer.headers["content-encoding"] == "gzip"


async def test_the_api_is_never_compressed(browser: Browser) -> None:
    answer = await browser.http.get("/api/v1/session")
    assert "content-encoding" not in answer.headers


@pytest.mark.parametrize("path", ["/assets/gone.js", "/favicon.ico", "/api/v1/gone", "/api/"])
async def test_what_is_missing_is_missing(browser: Browser, path: str) -> None:
    answer = await browser.http.get(path)
    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "not_found")


@pytest.mark.parametrize(
    "path",
    [
        "/../secret.txt",
        "/assets/../../secret.txt",
        "/%2e%2e/secret.txt",
        "/..%2fsecret.txt",
        "/assets/%2e%2e%2f%2e%2e%2fsecret.txt",
        "//secret.txt",
        "/..\\secret.txt",
        "/secret.txt%00.js",
        "/assets/..;/..;/secret.txt",
    ],
)
async def test_nothing_outside_the_folder(browser: Browser, path: str) -> None:
    answer = await browser.http.get(path)
    assert "not for browsers" not in answer.text


async def test_a_link_out_of_the_folder_is_not_followed(browser: Browser, tmp_path: Path) -> None:
    (tmp_path / "web" / "link.txt").symlink_to(tmp_path / "secret.txt")
    assert "not for browsers" not in (await browser.http.get("/link.txt")).text


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
async def test_files_are_only_read(browser: Browser, method: str) -> None:
    answer = await browser.http.request(method, "/assets/main-1a2b.js")
    assert answer.json()["error"]["code"] in ("method", "not_found")
