"""Subscribers of the live push. One that cannot follow is cut off and reads everything anew: no loss in silence."""

import asyncio
import logging
from collections import deque
from collections.abc import AsyncIterator

from analyzer.control.base import Push

log = logging.getLogger(__name__)

# A burst of alerts while a console is busy for a second or two; one push is about 2 KiB.
MAX_WAITING = 2_000
MAX_SUBSCRIBERS = 16


class Subscriber:
    """A queue of pushes. Of `status` only the newest waits; any other that does not fit ends the subscription."""

    def __init__(self) -> None:
        self._waiting: deque[Push] = deque()
        self._news = asyncio.Event()
        self._status: Push | None = None
        self.lost = False

    def offer(self, push: Push) -> None:
        if push.kind == "status":
            self._status = push
        elif len(self._waiting) >= MAX_WAITING:
            self.lost = True
        else:
            self._waiting.append(push)
        self._news.set()

    def end(self) -> None:
        self.lost = True
        self._news.set()

    async def pushes(self) -> AsyncIterator[Push]:
        """Until too much was waiting (lost is then true) or end()."""
        while not self.lost:
            await self._news.wait()
            self._news.clear()
            while not self.lost and (push := self._next()) is not None:
                yield push

    def _next(self) -> Push | None:
        if self._waiting:
            return self._waiting.popleft()
        push, self._status = self._status, None
        return push


class Hub:
    """Hands pushes to every subscriber. To be used on its event loop; `publish_soon` from any thread."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._subscribers: set[Subscriber] = set()

    def join(self) -> Subscriber | None:
        """None when there are enough already."""
        if len(self._subscribers) >= MAX_SUBSCRIBERS:
            return None
        subscriber = Subscriber()
        self._subscribers.add(subscriber)
        return subscriber

    def leave(self, subscriber: Subscriber) -> None:
        self._subscribers.discard(subscriber)

    def publish(self, push: Push) -> None:
        for subscriber in self._subscribers:
            subscriber.offer(push)

    def publish_soon(self, push: Push) -> None:
        self._loop.call_soon_threadsafe(self.publish, push)

    def end(self) -> None:
        for subscriber in self._subscribers:
            subscriber.end()

    @property
    def subscribers(self) -> int:
        return len(self._subscribers)
