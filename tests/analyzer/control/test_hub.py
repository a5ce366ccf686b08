"""Nothing is lost in silence: a status may be replaced by a newer one, anything else ends the subscription."""

import asyncio
import threading

from analyzer.control.base import Push
from analyzer.control.hub import MAX_SUBSCRIBERS, MAX_WAITING, Hub, Subscriber


async def taken(subscriber: Subscriber, count: int) -> list[Push]:
    pushes = subscriber.pushes()
    return [await anext(pushes) for _ in range(count)]


def test_alerts_in_order_and_the_newest_status() -> None:
    async def scene() -> None:
        subscriber = Subscriber()
        for number in range(3):
            subscriber.offer(Push("status", {"n": number}))
            subscriber.offer(Push("alert", {"n": number}))
        found = [(it.kind, it.data["n"]) for it in await taken(subscriber, 4)]
        assert found == [("alert", 0), ("alert", 1), ("alert", 2), ("status", 2)]

    asyncio.run(scene())


def test_overflow_ends_the_subscription() -> None:
    async def scene() -> None:
        subscriber = Subscriber()
        for number in range(MAX_WAITING + 1):
            subscriber.offer(Push("alert", {"n": number}))
        assert subscriber.lost
        assert [push async for push in subscriber.pushes()] == []

    asyncio.run(scene())


def test_a_flood_of_status_ends_nothing() -> None:
    subscriber = Subscriber()
    for number in range(MAX_WAITING * 2):
        subscriber.offer(Push("status", {"n": number}))
    assert not subscriber.lost


def test_from_another_thread_and_with_a_bound() -> None:
    async def scene() -> None:
        hub = Hub(asyncio.get_running_loop())
        joined = [hub.join() for _ in range(MAX_SUBSCRIBERS)]
        assert hub.join() is None
        first = joined[0]
        assert first is not None
        threading.Thread(target=hub.publish_soon, args=(Push("alert", {"n": 1}),)).start()
        async with asyncio.timeout(5):
            assert [it.data for it in await taken(first, 1)] == [{"n": 1}]
        hub.leave(first)
        assert hub.subscribers == MAX_SUBSCRIBERS - 1
        hub.end()
        assert all(it.lost for it in joined if it is not None and it is not first)

    asyncio.run(scene())
