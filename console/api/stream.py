"""The live stream: Server-Sent Events."""

from collections.abc import Mapping
from functools import partial
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import StreamingResponse

from console.accounts.person import Person
from console.api.access import SignedIn
from console.api.services import services_of
from console.errors import ConsoleError
from console.live.stream import frames

router = APIRouter(prefix="/stream", tags=["stream"])
EVENTS = """Server-Sent Events; the data of each is one JSON object.
`alert`, `group`, `status`: something came or changed; `resync`: something was missed, read the lists again;
`session` {ended: true}: the session is over, and with it the stream.
The stream ends, and cannot be opened (503), while the analyzer is away.
Reconnect with Last-Event-ID to miss nothing."""
ALERTS = frozenset({"alert", "group"})


class EventStream(StreamingResponse):
    media_type = "text/event-stream"


@router.get("", response_class=EventStream, description=EVENTS)
async def follow(request: Request, person: SignedIn) -> EventStream:
    services = services_of(request)
    if not services.hub.connected:
        raise ConsoleError("analyzer_unavailable")
    alive = partial(services.sessions.stands, person.session)
    last = request.headers.get("last-event-id", "")
    return EventStream(frames(services.hub, alive, partial(visible, person), last))


def visible(person: Person, kind: str, data: Mapping[str, Any]) -> bool:
    """Alerts for who may read them, within the scope; other sessions' ends concern nobody here."""
    if kind not in ALERTS:
        return kind != "session"
    wanted = person.scope.platforms
    seen = wanted is None or not wanted.isdisjoint(data.get("platforms", ()))
    return seen and "alerts.read" in person.permissions
