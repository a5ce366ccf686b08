"""One subscription, many followers: nothing is lost in silence."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress

import pytest

from analyzer.control.base import Push
from analyzer.errors import InvalidError
from console.live.hub import QUEUE_PUSHES, REMEMBERED_PUSHES, Follower, Hub

pytestmark = pytest.mark.anyio


class Wire:
    """A feed whose pushes and interruptions a test decides."""

    def __init__(self) -> None:
        self.queue: asyncio.Queue[Push | Exception] = asyncio.Queue()
        self.connections = 0

    async def pushes(self) -> AsyncIterator[Push]:
        self.connections += 1
        yield Push("resync", {})
        while True:
            item = await self.queue.get()
            if isinstance(item, Exception):
                raise item
            yield item

    def say(self, number: int) -> None:
        self.queue.put_nowait(Push("alert", {"number": number}))


async def until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(5):
        while not holds():  # noqa: ASYNC110 (what is waited for has no event)
            await asyncio.sleep(0.005)


@asynccontextmanager
async def hub(wire: Wire) -> AsyncIterator[Hub]:
    names = iter("abcdefgh")
    made = Hub(wire, lambda: next(names))
    task = asyncio.create_task(made.run())
    await until(lambda: made.connected)
    try:
        yield made
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


def numbers(follower: Follower) -> list[int]:
    return [it.data["number"] for it in follower.queue if it.kind == "alert"]


async def test_every_follower_gets_everything_in_order() -> None:
    wire = Wire()
    async with hub(wire) as made:
        with made.follow() as one, made.follow() as two:
            for number in range(100):
                wire.say(number)
            await until(lambda: len(one.queue) == 100)
            assert numbers(one) == numbers(two) == list(range(100))
            assert made.followers == 2
        assert made.followers == 0
        assert wire.connections == 1


async def test_who_falls_behind_is_told_and_bounded() -> None:
    wire = Wire()
    async with hub(wire) as made:
        with made.follow() as slow:
            for number in range(3 * QUEUE_PUSHES):
                wire.say(number)
            await until(wire.queue.empty)
            await asyncio.sleep(0.01)
            assert slow.missed
            assert len(slow.queue) <= QUEUE_PUSHES


async def test_who_comes_back_gets_what_was_missed() -> None:
    wire = Wire()
    async with hub(wire) as made:
        with made.follow() as follower:
            for number in range(10):
                wire.say(number)
            await until(lambda: len(follower.queue) == 10)
            last = follower.queue[3].id
        missed = made.since(last)
        assert missed is not None
        assert [it.data["number"] for it in missed] == [4, 5, 6, 7, 8, 9]
        assert made.since(follower.queue[9].id) == []


@pytest.mark.parametrize("last", ["z-1", "a-99", "a-", "a", "-1", "a-1e3", "a-٣", "a--1", "a-" + "9" * 30])
async def test_an_id_that_is_not_known_means_something_was_missed(last: str) -> None:
    async with hub(Wire()) as made:
        assert made.since(last) is None


async def test_what_is_too_long_ago_was_missed() -> None:
    wire = Wire()
    async with hub(wire) as made:
        with made.follow() as follower:
            wire.say(0)
            await until(lambda: bool(follower.queue))
            first = follower.queue[0].id
        for number in range(REMEMBERED_PUSHES + 1):
            wire.say(number)
        await until(wire.queue.empty)
        await asyncio.sleep(0.01)
        assert made.since(first) is None


@pytest.mark.parametrize(
    "fault", [ConnectionResetError(), InvalidError("no"), asyncio.IncompleteReadError(b"", 1)]
)
async def test_an_interruption_ends_every_stream_and_is_survived(fault: Exception) -> None:
    wire = Wire()
    async with hub(wire) as made:
        with made.follow() as follower:
            wire.say(1)
            await until(lambda: bool(follower.queue))
            last = follower.queue[0].id
            wire.queue.put_nowait(fault)
            await until(lambda: follower.ended)
        await until(lambda: made.connected and wire.connections == 2)
        assert made.since(last) is None


async def test_nobody_can_follow_while_the_analyzer_is_away() -> None:
    made = Hub(Wire(), lambda: "a")
    with made.follow() as follower:
        assert follower.ended
