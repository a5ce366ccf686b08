"""A console for tests: the real application over a real control service, state, trail and store in one folder. The
clock stands until it is moved; requests go through the application's own interface, not a socket."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
from starlette.types import ASGIApp

from analyzer.control.hub import Hub
from analyzer.control.server import ControlServer
from analyzer.settings import AnalyzerSettings
from analyzer.store.base import StoreReader
from console.accounts.passwords import Passwords
from console.api.services import Services
from console.app import create_app, running
from console.hunt.search import Parse
from console.settings import ConsoleSettings
from tests.analyzer.control.desk import SECOND, Office
from tests.console.shelf import Shelf, everything

HOST = "console.test"
FIRST, OWN = "the very first secret of all", "an own choice of many words"
"""A new account's password, and the one its owner chooses."""


def quick_passwords() -> Passwords:
    """Argon2id at its smallest: tests hash thousands."""
    return Passwords(memory_kib=8, passes=1, lanes=1)


class Browser:
    """One browser: cookies, the CSRF token it was given, and an address."""

    def __init__(self, app: ASGIApp, address: str = "192.0.2.1") -> None:
        transport = httpx.ASGITransport(app, raise_app_exceptions=False, client=(address, 50000))
        self.http = httpx.AsyncClient(transport=transport, base_url=f"https://{HOST}")
        self.csrf = ""

    async def get(self, path: str, **params: Any) -> httpx.Response:
        return await self.http.get(f"/api/v1{path}", params=params)

    async def post(self, path: str, body: Any = None) -> httpx.Response:
        return await self.http.post(f"/api/v1{path}", json=body, headers={"X-CSRF-Token": self.csrf})

    async def delete(self, path: str) -> httpx.Response:
        return await self.http.delete(f"/api/v1{path}", headers={"X-CSRF-Token": self.csrf})

    async def sign_in(self, account: str, password: str = OWN) -> httpx.Response:
        answer = await self.post("/session", {"account": account, "password": password})
        if answer.status_code == 200:
            self.csrf = answer.json()["csrf"]
        return answer

    async def change_password(self, current: str, new: str) -> httpx.Response:
        answer = await self.post("/session/password", {"current": current, "new": new})
        if answer.status_code == 200:
            self.csrf = answer.json()["csrf"]
        return answer


class Room:
    """office: the analyzer's side. app: the console. services: what its routes work with."""

    def __init__(self, office: Office, app: ASGIApp, services: Services) -> None:
        self.office = office
        self.app = app
        self.services = services
        self._browsers: list[Browser] = []

    def browser(self, address: str = "192.0.2.1") -> Browser:
        browser = Browser(self.app, address)
        self._browsers.append(browser)
        return browser

    def pass_seconds(self, seconds: float) -> None:
        self.office.now_ns += int(seconds * SECOND)

    async def account(self, name: str, *roles: str) -> None:
        """An account whose owner still has the first password."""
        hashed = await self.services.door.passwords.hash(FIRST)
        params = {"account": name, "name": f"{name} of the tests", "password_hash": hashed, "roles": roles}
        await asyncio.to_thread(self.office.done, "account.create", {**params, "roles": list(roles)})

    async def person(self, name: str, *roles: str, address: str = "192.0.2.1") -> Browser:
        """A signed-in browser of a new account with its own password."""
        await self.account(name, *roles)
        browser = self.browser(address)
        assert (await browser.sign_in(name, FIRST)).status_code == 200
        assert (await browser.change_password(FIRST, OWN)).status_code == 200
        return browser

    async def close(self) -> None:
        for browser in self._browsers:
            await browser.http.aclose()


@asynccontextmanager
async def room(
    folder: Path, store: StoreReader | None = None, parse: Parse = everything, **settings: Any
) -> AsyncIterator[Room]:
    beside = AnalyzerSettings(data=folder)
    chosen = ConsoleSettings(beside, **{"hosts": (HOST,), "web": str(folder / "web"), **settings})
    beside.ledger.parent.mkdir(parents=True, exist_ok=True)
    office = Office(beside.ledger.parent)
    hub = Hub(asyncio.get_running_loop())
    server = ControlServer(beside.control_socket, office.dispatch, hub)
    await server.start()
    app, services = create_app(
        chosen, store or Shelf(), parse, clock_ns=lambda: office.now_ns, passwords=quick_passwords()
    )
    opened = Room(office, app, services)
    try:
        async with running(services):
            yield opened
    finally:
        await opened.close()
        await server.stop()
        office.close()
