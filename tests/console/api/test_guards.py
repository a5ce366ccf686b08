"""What every request passes and every answer carries."""

from collections.abc import AsyncIterator

import pytest
from starlette.datastructures import Headers

from console.api.guards import MAX_BODY, SECURITY_HEADERS, is_foreign, without_port
from tests.console.room import Room

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("path", ["/api/v1/session", "/api/v1/nothing", "/nothing.js"])
async def test_every_answer_carries_the_security_headers(console: Room, path: str) -> None:
    answer = await console.browser().http.get(path)
    for name, value in SECURITY_HEADERS.items():
        assert answer.headers[name] == value
    assert len(answer.headers["x-request-id"]) == 16
    policy = answer.headers["content-security-policy"]
    assert "unsafe" not in policy
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy


async def test_api_answers_are_not_kept_by_caches(console: Room) -> None:
    answer = await console.browser().http.get("/api/v1/session")
    assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    "host", ["evil.example", "", "console.test.evil.example", "console.test:x", "127.0.0.2"]
)
async def test_an_unknown_host_is_refused(console: Room, host: str) -> None:
    """DNS rebinding: a foreign name that resolves to us gets nothing, not even a sign-in."""
    answer = await console.browser().http.post("/api/v1/session", headers={"host": host}, json={})
    assert (answer.status_code, answer.json()["error"]["code"]) == (421, "host")


async def test_a_known_host_is_served_with_any_port(console: Room) -> None:
    answer = await console.browser().http.get("/api/v1/session", headers={"host": "Console.Test:8443"})
    assert answer.status_code == 401


async def test_a_declared_large_body_is_refused(console: Room) -> None:
    answer = await console.browser().http.post("/api/v1/session", content=b"x" * (MAX_BODY + 1))
    assert (answer.status_code, answer.json()["error"]["code"]) == (413, "too_large")


async def test_an_endless_body_is_refused_where_it_passes_the_limit(console: Room) -> None:
    sent = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal sent
        while sent < 100 * MAX_BODY:
            sent += 1024
            yield b"x" * 1024

    headers = {"content-type": "application/json"}
    answer = await console.browser().http.post("/api/v1/session", content=endless(), headers=headers)
    assert (answer.status_code, answer.json()["error"]["code"]) == (413, "too_large")
    assert sent < 2 * MAX_BODY


@pytest.mark.parametrize(
    ("text", "name"),
    [("a.example", "a.example"), ("A.example:1", "a.example"), ("[::1]:8443", "[::1]"), ("[::1]", "[::1]")],
)
def test_without_port(text: str, name: str) -> None:
    assert without_port(text) == name


@pytest.mark.parametrize(
    ("headers", "foreign"),
    [
        ({}, False),
        ({"origin": "https://a.example"}, False),
        ({"origin": "https://A.example"}, False),
        ({"origin": "https://a.example:444"}, True),
        ({"origin": "https://a.example.evil"}, True),
        ({"sec-fetch-site": "same-origin"}, False),
        ({"sec-fetch-site": "none"}, False),
        ({"sec-fetch-site": "same-site"}, True),
        ({"sec-fetch-site": "whatever"}, True),
    ],
)
def test_is_foreign(headers: dict[str, str], foreign: bool) -> None:
    assert is_foreign(Headers(headers), "a.example") is foreign
