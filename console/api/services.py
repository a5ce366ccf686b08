"""What the routes work with; made once by app.py and carried on the application's state."""

from dataclasses import dataclass
from typing import Any, cast

from fastapi import Request

from console.settings import ConsoleSettings


@dataclass(frozen=True)
class Services:
    settings: ConsoleSettings
    sessions: Any
    door: Any
    control: Any
    queue: Any
    store: Any
    hunt: Any
    ledger: Any
    state: Any
    hub: Any


def services_of(request: Request) -> Services:
    return cast(Services, request.app.state.services)


def origin_of(request: Request) -> Any: ...


def actor_of(request: Request, person: Any) -> Any: ...
