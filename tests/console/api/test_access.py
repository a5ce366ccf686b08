"""Every route is guarded, and D.3-17: CSRF on every operation that changes something."""

from collections.abc import Iterator

import pytest
from fastapi.routing import APIRoute

from console.api.access import SAFE_METHODS, Access
from console.api.application import PREFIX, ROUTERS
from tests.console.room import Browser, Room

pytestmark = pytest.mark.anyio
WITHOUT_SESSION = ("POST", "/session")
ALL_ROLES = ("sysadmin", "security", "auditor")


def operations() -> Iterator[tuple[str, APIRoute]]:
    for router in ROUTERS:
        for route in router.routes:
            assert isinstance(route, APIRoute)
            yield from ((method, route) for method in sorted(route.methods or ()))


GUARDED = [(method, route) for method, route in operations() if (method, route.path) != WITHOUT_SESSION]
CHANGING = [(method, route) for method, route in GUARDED if method not in SAFE_METHODS]


def address(route: APIRoute) -> str:
    return PREFIX + route.path.replace("{group}", "ab" * 16).replace("{name}", "somebody")


def name(value: object) -> str:
    return value if isinstance(value, str) else str(getattr(value, "path", value))


def permission(route: APIRoute) -> str | None:
    (guard,) = [it.call for it in route.dependant.dependencies if isinstance(it.call, Access)]
    return guard.permission


@pytest.mark.parametrize(("method", "route"), GUARDED, ids=name)
async def test_nothing_answers_without_a_session(console: Room, method: str, route: APIRoute) -> None:
    answer = await console.browser().http.request(method, address(route))
    assert (answer.status_code, answer.json()["error"]["code"]) == (401, "signed_out")


@pytest.mark.parametrize("token", ["", "0" * 64, "é", "of another session"])
async def test_every_change_needs_the_csrf_token(console: Room, token: str) -> None:
    """The session's own token is the only one that lets a change through."""
    ann = await console.person("ann", *ALL_ROLES)
    bob = await console.person("bob", *ALL_ROLES, address="192.0.2.2")
    trail = len(console.office.trail())
    sent = bob.csrf if token == "of another session" else token
    for method, route in CHANGING:
        headers = {b"X-CSRF-Token": sent.encode()}
        answer = await ann.http.request(method, address(route), headers=headers, json={})
        assert (answer.status_code, answer.json()["error"]["code"]) == (403, "csrf"), route.path
    assert len(console.office.trail()) == trail
    assert (await ann.get("/session")).status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {"origin": "https://evil.example"},
        {"origin": "null"},
    ],
)
async def test_another_sites_request_changes_nothing(console: Room, headers: dict[str, str]) -> None:
    """Even with cookie and token, and also the sign-in itself (login CSRF)."""
    ann = await console.person("ann", *ALL_ROLES)
    for method, route in [*CHANGING, ("POST", None)]:
        path = address(route) if route else f"{PREFIX}/session"
        sent = {**headers, "X-CSRF-Token": ann.csrf}
        answer = await ann.http.request(method, path, headers=sent, json={})
        assert (answer.status_code, answer.json()["error"]["code"]) == (403, "cross_site"), path


@pytest.mark.parametrize("role", ["sysadmin", "security", "auditor", "viewer"])
async def test_roles_reach_what_they_may_and_nothing_else(console: Room, role: str) -> None:
    browser = await console.person("ann", role)
    held = set((await browser.get("/session")).json()["permissions"])
    for method, route in GUARDED:
        wanted = permission(route)
        if wanted is not None and wanted not in held:
            await is_forbidden(browser, method, route)


async def is_forbidden(browser: Browser, method: str, route: APIRoute) -> None:
    headers = {"X-CSRF-Token": browser.csrf}
    answer = await browser.http.request(method, address(route), headers=headers, json={})
    assert (answer.status_code, answer.json()["error"]["code"]) == (403, "forbidden"), route.path


async def test_a_first_password_opens_only_ones_own_session(console: Room) -> None:
    await console.account("ann", *ALL_ROLES)
    ann = console.browser()
    await ann.sign_in("ann", "the very first secret of all")
    for method, route in GUARDED:
        if route.path.startswith("/session"):
            continue
        headers = {"X-CSRF-Token": ann.csrf}
        answer = await ann.http.request(method, address(route), headers=headers, json={})
        assert answer.json()["error"]["code"] == "password_change_required", route.path


async def test_roles_changed_meanwhile_count_at_the_next_request(console: Room) -> None:
    boss = await console.person("boss", "sysadmin")
    ann = await console.person("ann", "security", address="192.0.2.2")
    assert (await ann.get("/alerts")).status_code == 200
    await boss.post("/accounts/ann/roles", {"roles": ["auditor"]})
    assert (await ann.get("/alerts")).status_code == 401
    await ann.sign_in("ann")
    assert (await ann.get("/events/fields")).status_code == 403
    assert (await ann.get("/audit")).status_code == 200
