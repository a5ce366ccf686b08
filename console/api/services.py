"""What the routes work with; made once by app.py and carried on the application's state."""

from dataclasses import dataclass
from typing import cast

from fastapi import Request

from analyzer.control.client import ControlClient
from analyzer.control.permissions import Roles
from analyzer.ledger import Actor, LedgerReader
from analyzer.state import Sessions as State
from analyzer.store.base import StoreReader
from console.accounts.door import Door
from console.accounts.person import Person
from console.accounts.sessions import Sessions
from console.hunt.search import Hunt
from console.live.hub import Hub
from console.settings import ConsoleSettings


@dataclass(frozen=True, slots=True)
class Services:
    """state, store, ledger are readers; what changes goes through control."""

    settings: ConsoleSettings
    control: ControlClient
    state: State
    store: StoreReader
    ledger: LedgerReader
    roles: Roles
    sessions: Sessions
    door: Door
    hunt: Hunt
    hub: Hub


def services_of(request: Request) -> Services:
    return cast(Services, request.app.state.services)


def actor_of(request: Request, person: Person) -> Actor:
    return person.acting_from(address_of(request))


def address_of(request: Request) -> str:
    """The peer's address; headers that claim another one are anybody's to write."""
    return request.client.host if request.client else ""
