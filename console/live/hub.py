"""One subscription to the analyzer, fanned out to every browser that follows."""

import asyncio
import logging
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Protocol

from analyzer.control.base import Push
from analyzer.errors import AnalyzerError

log = logging.getLogger(__name__)

QUEUE_PUSHES = 512
"""A browser this far behind reads the lists anew instead: cheaper for both."""
REMEMBERED_PUSHES = 2048
"""A stream that broke off for some seconds resumes from these without missing one."""
FIRST_PAUSE, LONGEST_PAUSE = 0.1, 2.0


class Feed(Protocol):
    """Where pushes come from: analyzer.control.client.ControlClient, or a list in a test."""

    def pushes(self) -> AsyncIterator[Push]:
        """One connection's pushes, one of kind `resync` first; raises or ends when it breaks off."""


@dataclass(frozen=True, slots=True)
class News:
    """A push with its event id. Ids of one subscription share a prefix; another prefix means something was missed."""

    id: str
    kind: str
    data: Mapping[str, Any]


@dataclass(eq=False, slots=True)
class Follower:
    """One browser's queue. missed: it overflowed, the browser must read its lists again. ended: the feed broke off."""

    queue: deque[News] = field(default_factory=deque)
    woken: asyncio.Event = field(default_factory=asyncio.Event)
    missed: bool = False
    ended: bool = False

    def offer(self, news: News) -> None:
        if len(self.queue) >= QUEUE_PUSHES:
            self.queue.clear()
            self.missed = True
        self.queue.append(news)
        self.woken.set()

    def end(self) -> None:
        self.ended = True
        self.woken.set()


class Hub:
    """Keeps the subscription and the followers. While the analyzer is away nobody can follow: a browser then says
    that it is reconnecting, which is the truth.

    name: makes a new prefix of event ids.
    """

    def __init__(self, feed: Feed, name: Callable[[], str]) -> None:
        self._feed = feed
        self._name = name
        self._followers: set[Follower] = set()
        self._past: deque[News] = deque(maxlen=REMEMBERED_PUSHES)
        self._prefix = ""
        self._number = 0

    async def run(self) -> None:
        """Subscribe, and again whenever it breaks off; until cancelled."""
        pause = FIRST_PAUSE
        while True:
            try:
                async for push in self._feed.pushes():
                    pause = FIRST_PAUSE
                    self._take(push)
            except (AnalyzerError, OSError, EOFError) as fault:
                log.warning("the live feed broke off: %s", fault)
            finally:
                self.end()
            await asyncio.sleep(pause)
            pause = min(pause * 2, LONGEST_PAUSE)

    @property
    def connected(self) -> bool:
        return bool(self._prefix)

    @property
    def followers(self) -> int:
        return len(self._followers)

    @contextmanager
    def follow(self) -> Iterator[Follower]:
        follower = Follower(ended=not self.connected)
        self._followers.add(follower)
        try:
            yield follower
        finally:
            self._followers.discard(follower)

    def since(self, last: str) -> list[News] | None:
        """News after event id `last`, or None when some of it is no longer known."""
        prefix, _, digits = last.partition("-")
        if prefix != self._prefix or not (digits.isascii() and digits.isdigit() and len(digits) < 19):
            return None
        missing = self._number - int(digits)
        if not 0 <= missing <= len(self._past):
            return None
        return list(self._past)[len(self._past) - missing :]

    def end(self) -> None:
        """Every stream ends; the browsers come back by themselves."""
        self._prefix = ""
        self._past.clear()
        for follower in self._followers:
            follower.end()

    def _take(self, push: Push) -> None:
        if not self.connected:
            self._prefix, self._number = self._name(), 0
        self._number += 1
        news = News(f"{self._prefix}-{self._number}", push.kind, push.data)
        self._past.append(news)
        for follower in self._followers:
            follower.offer(news)
