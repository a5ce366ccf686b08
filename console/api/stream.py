"""The live stream: Server-Sent Events."""

from fastapi import APIRouter, Request
from fastapi.responses import StreamingResponse

from console.api.access import SignedIn
from console.api.services import services_of
from console.live.stream import frames

router = APIRouter(prefix="/stream", tags=["stream"])


@router.get("", response_class=StreamingResponse, responses={200: {"content": {"text/event-stream": {}}}})
async def follow(request: Request, person: SignedIn) -> StreamingResponse:
    """Events `alert`, `group`, `status`, `session`, and `resync` (read the lists again: something was missed)."""
    last = request.headers.get("Last-Event-ID", "")
    return StreamingResponse(
        frames(services_of(request).hub, person, last),
        media_type="text/event-stream",
        headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
    )
