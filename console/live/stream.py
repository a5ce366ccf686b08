"""One browser's stream as Server-Sent Events (HTML Living Standard 9.2)."""

import asyncio
import json
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import suppress
from typing import Any

from console.live.hub import Follower, Hub, News

CHECK_SECONDS = 0.5
"""How often a silent stream asks whether its session still stands: it ends within a second of it."""
HEARTBEAT_CHECKS = 20
"""A comment after ten silent seconds: proxies and browsers notice a dead line, and so do we."""
RETRY = "retry: 1000\n\n"

Visible = Callable[[str, Mapping[str, Any]], bool]
"""Whether this browser may know of a push: its kind and data."""


async def frames(
    hub: Hub, alive: Callable[[], bool], visible: Visible, last: str = ""
) -> AsyncGenerator[str, None]:
    """Text of the stream until alive() says no or the feed breaks off.

    last: the browser's Last-Event-ID, when it comes back.
    """
    with hub.follow() as follower:
        yield RETRY + "".join(missed(hub, visible, last))
        silent = 0
        while not follower.ended:
            if not await asyncio.to_thread(alive):
                yield frame("session", {"ended": True})
                return
            text = "".join(waiting(follower, visible))
            silent = 0 if text else silent + 1
            if text:
                yield text
            elif silent % HEARTBEAT_CHECKS == 0:
                yield ": still here\n\n"
            await woken(follower)


def missed(hub: Hub, visible: Visible, last: str) -> list[str]:
    """What came while a browser that had been here was away."""
    news = hub.since(last) if last else []
    return [frame("resync", {})] if news is None else shown(news, visible)


def waiting(follower: Follower, visible: Visible) -> list[str]:
    """What has come since. Nothing is awaited in here, so nothing is lost between looking and clearing."""
    news, overflowed = list(follower.queue), follower.missed
    follower.queue.clear()
    follower.missed = False
    follower.woken.clear()
    return [frame("resync", {})] * overflowed + shown(news, visible)


async def woken(follower: Follower) -> None:
    with suppress(TimeoutError):
        await asyncio.wait_for(follower.woken.wait(), CHECK_SECONDS)


def shown(news: list[News], visible: Visible) -> list[str]:
    return [f"id: {it.id}\n{frame(it.kind, it.data)}" for it in news if visible(it.kind, it.data)]


def frame(kind: str, data: Mapping[str, Any]) -> str:
    """json.dumps writes no line break, so the data is always one line."""
    return f"event: {kind}\ndata: {json.dumps(data, separators=(',', ':'))}\n\n"
