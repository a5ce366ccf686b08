"""The stream of one browser: what it may see, in order, and its end when the session ends."""

import asyncio
import json
import time
from collections.abc import Mapping
from typing import Any

import pytest

from analyzer.control.base import Push
from console.live.stream import frames
from tests.console.live.test_hub import Wire, hub, until

pytestmark = pytest.mark.anyio


def everything(_kind: str, _data: Mapping[str, Any]) -> bool:
    return True


def parsed(text: str) -> list[tuple[str, str, Any]]:
    """(id, event, data) of each event of a piece of stream."""
    found = []
    for block in text.strip().split("\n\n"):
        lines = dict(line.split(": ", 1) for line in block.splitlines() if ": " in line and line[0] != ":")
        if "event" in lines:
            found.append((lines.get("id", ""), lines["event"], json.loads(lines["data"])))
    return found


async def test_pushes_become_events_at_once() -> None:
    wire = Wire()
    async with hub(wire) as made:
        stream = frames(made, lambda: True, everything)
        assert (await anext(stream)).startswith("retry: ")
        begun = time.perf_counter()
        wire.say(7)
        (event,) = parsed(await anext(stream))
        assert event[1:] == ("alert", {"number": 7})
        assert time.perf_counter() - begun < 0.4
        await stream.aclose()
        assert made.followers == 0


async def test_only_what_may_be_seen() -> None:
    wire = Wire()
    async with hub(wire) as made:
        stream = frames(made, lambda: True, lambda _kind, data: data.get("number") == 2)
        await anext(stream)
        for number in range(3):
            wire.say(number)
        (event,) = parsed(await anext(stream))
        assert event[2] == {"number": 2}
        await stream.aclose()


async def test_coming_back_gives_what_was_missed_or_resync() -> None:
    wire = Wire()
    async with hub(wire) as made:
        stream = frames(made, lambda: True, everything)
        await anext(stream)
        for number in range(3):
            wire.say(number)
        seen = parsed(await anext(stream))
        while len(seen) < 3:
            seen += parsed(await anext(stream))
        await stream.aclose()
        again = frames(made, lambda: True, everything, seen[0][0])
        assert [it[2] for it in parsed(await anext(again))] == [{"number": 1}, {"number": 2}]
        await again.aclose()
        stale = frames(made, lambda: True, everything, "another-life-3")
        assert [it[1] for it in parsed(await anext(stale))] == ["resync"]
        await stale.aclose()


async def test_a_session_that_ends_ends_its_stream_within_a_second() -> None:
    standing = True
    async with hub(Wire()) as made:
        stream = frames(made, lambda: standing, everything)
        await anext(stream)
        standing = False
        begun = time.perf_counter()
        (event,) = parsed(await anext(stream))
        assert event[1:] == ("session", {"ended": True})
        assert time.perf_counter() - begun < 1
        with pytest.raises(StopAsyncIteration):
            await anext(stream)


async def test_an_analyzer_that_goes_ends_the_stream() -> None:
    wire = Wire()
    async with hub(wire) as made:
        stream = frames(made, lambda: True, everything)
        await anext(stream)
        wire.queue.put_nowait(ConnectionResetError())
        with pytest.raises(StopAsyncIteration):
            async with asyncio.timeout(2):
                await anext(stream)


async def test_a_browser_that_fell_behind_is_told_to_read_again() -> None:
    wire = Wire()
    async with hub(wire) as made:
        stream = frames(made, lambda: True, everything)
        await anext(stream)
        for number in range(600):
            wire.say(number)
        await until(wire.queue.empty)
        await asyncio.sleep(0.01)
        text = await anext(stream)
        assert parsed(text)[0][1] == "resync"
        await stream.aclose()


@pytest.mark.parametrize("text", ["\n\nevent: alert\ndata: {}\n\n", "\r\n", "\u2028", "\x00", "满天星"])
async def test_data_cannot_make_events(text: str) -> None:
    wire = Wire()
    async with hub(wire) as made:
        stream = frames(made, lambda: True, everything)
        await anext(stream)
        wire.queue.put_nowait(Push("alert", {"text": text}))
        piece = await anext(stream)
        assert parsed(piece) == [(parsed(piece)[0][0], "alert", {"text": text})]
        assert piece.count("\n") == 4
        await stream.aclose()
