"""The console's wiring: readers, control client, live hub and routes become one application."""

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from starlette.types import ASGIApp

from analyzer.control.client import ControlClient
from analyzer.control.permissions import load_roles
from analyzer.errors import AnalyzerError
from analyzer.ledger import LedgerReader
from analyzer.state import close, open_reader
from analyzer.store.base import StoreReader
from analyzer.store.lucene import parse
from analyzer.store.select import open_reader as open_store
from console.accounts.door import NOBODY, Door
from console.accounts.passwords import Passwords
from console.accounts.sessions import Sessions
from console.accounts.tokens import new_token
from console.api.application import api_application
from console.api.guards import Guards
from console.api.server import serve
from console.api.services import Services
from console.api.web import web
from console.hunt.search import Hunt, Parse
from console.live.hub import Hub
from console.settings import ConsoleSettings
from sensor.events.catalogue import load_catalogue
from sensor.layout import laid_out
from sensor.process import say_ready

log = logging.getLogger(__name__)

REPORT_SECONDS = 30.0
"""How often the analyzer learns which sessions were used: a restart of the console forgets at most so much."""


def create_app(
    settings: ConsoleSettings,
    store: StoreReader,
    parse: Parse,
    *,
    clock_ns: Callable[[], int] = time.time_ns,
    passwords: Passwords | None = None,
) -> tuple[ASGIApp, Services]:
    """The application over a data folder the analyzer has prepared, and what it works with."""
    services = open_services(settings, store, parse, clock_ns, passwords or Passwords())
    app = api_application()
    app.state.services = services
    app.router.lifespan_context = lambda _: running(services)
    if (folder := web_folder(settings)) is not None:
        app.mount("/", web(folder))
    return Guards(app, hosts=settings.known_hosts), services


def open_services(
    settings: ConsoleSettings,
    store: StoreReader,
    parse: Parse,
    clock_ns: Callable[[], int],
    passwords: Passwords,
) -> Services:
    control = ControlClient(settings.analyzer.control_socket)
    state = open_reader(settings.analyzer.database)
    roles = load_roles(settings.roles)
    sessions = Sessions(state, roles, idle_seconds=settings.idle_seconds, clock_ns=clock_ns)
    return Services(
        settings=settings,
        control=control,
        state=state,
        store=store,
        ledger=LedgerReader(settings.analyzer.ledger),
        roles=roles,
        sessions=sessions,
        door=Door(control, state, passwords, sessions, settings.session_seconds),
        hunt=Hunt(store, load_catalogue(), parse, clock_ns),
        hub=Hub(control, lambda: new_token()[:12]),
    )


@asynccontextmanager
async def running(services: Services) -> AsyncIterator[None]:
    """What runs beside the requests, and the orderly end."""
    beside = [asyncio.create_task(services.hub.run()), asyncio.create_task(report(services))]
    try:
        yield
    finally:
        for task in beside:
            task.cancel()
        await asyncio.gather(*beside, return_exceptions=True)
        await services.control.close()
        services.door.passwords.close()
        services.store.close()
        close(services.state)


async def report(services: Services) -> None:
    while True:
        await asyncio.sleep(REPORT_SECONDS)
        await report_once(services)


async def report_once(services: Services) -> None:
    """What cannot be told now is told the next time."""
    seen = services.sessions.unreported()
    if not seen:
        return
    marks = [{"token": it.token, "seen_ns": it.seen_ns} for it in seen]
    try:
        await services.control.request("session.touch", NOBODY, {"sessions": marks})
    except AnalyzerError as fault:
        log.warning("sessions' last use could not be reported: %s", fault)
    else:
        services.sessions.reported(seen)


def web_folder(settings: ConsoleSettings) -> Path | None:
    """As set, else as built in the tree or installed; None when the web console has not been built."""
    folder = Path(settings.web) if settings.web else laid_out("web", "console/web/dist")
    return folder if (folder / "index.html").is_file() else None


def run(settings: ConsoleSettings) -> None:
    """The console process, until SIGTERM or SIGINT."""
    store = open_store(settings.analyzer.store)
    app, services = create_app(settings, store, parse)

    def ready(port: int) -> None:
        say_ready("console", url=f"https://{settings.address}:{port}")

    serve(app, settings, ready, services.hub.end)
