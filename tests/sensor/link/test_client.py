"""The link against a scripted analyzer; with the real inbox it is tested in tests/analyzer/inbox/test_service.py."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from websockets.asyncio.server import ServerConnection, serve

from analyzer.trust import credentials
from sensor.errors import LinkError
from sensor.identity import server_context
from sensor.link.client import parse_answer
from sensor.outbox import BatchMeta
from sensor.outbox.batch import WINDOW_BATCHES, unpack
from tests.analyzer.inbox.rig import SENSOR, Rig, lines, running, until

pytestmark = pytest.mark.anyio
Script = Callable[[ServerConnection], Awaitable[None]]


@pytest.fixture
def rig(tmp_path: Path) -> Rig:
    rig = Rig(tmp_path)
    outbox = rig.outbox()
    for number in range(WINDOW_BATCHES + 20):
        outbox.append(BatchMeta("e", number, 1), lines("e", number, 1))
    outbox.close()
    return rig


@asynccontextmanager
async def analyzer(rig: Rig, script: Script) -> AsyncIterator[int]:
    """An analyzer that does what the script says to every connection."""
    context = server_context(credentials(rig.data, "analyzer"))
    async with serve(script, "127.0.0.1", 0, ssl=context, compression=None, close_timeout=0.5) as server:
        yield next(iter(server.sockets)).getsockname()[1]


def sequence_of(message: bytes | str) -> int:
    assert isinstance(message, bytes)
    return BatchMeta.decode(unpack(message)[0]).sequence


def answer(kind: str, sequence: int, **more: str) -> str:
    return json.dumps({kind: {"epoch": "e", "sequence": sequence, "count": 1, **more}})


async def test_no_more_is_sent_than_the_window_allows(rig: Rig) -> None:
    received: list[int] = []

    async def never_answers(connection: ServerConnection) -> None:
        async for message in connection:
            received.append(sequence_of(message))

    async with analyzer(rig, never_answers) as port, running(rig.link(port)):
        await until(lambda: len(received) >= WINDOW_BATCHES)
        await asyncio.sleep(0.2)
        assert received == list(range(WINDOW_BATCHES))


async def test_what_was_not_acknowledged_is_sent_again(rig: Rig) -> None:
    connections: list[list[int]] = []

    async def answers_three_and_goes(connection: ServerConnection) -> None:
        connections.append([])
        for _ in range(3):
            sequence = sequence_of(await connection.recv())
            connections[-1].append(sequence)
            await connection.send(answer("ack", sequence))

    async with analyzer(rig, answers_three_and_goes) as port, running(rig.link(port)):
        # The third has begun: what the second acknowledged is written down.
        await until(lambda: len(connections) >= 3)
    assert connections[:2] == [[0, 1, 2], [3, 4, 5]]
    assert json.loads((rig.data / SENSOR / "acked").read_bytes())["index"] >= 6


async def test_a_refused_batch_is_kept_and_does_not_hold_up_the_others(rig: Rig) -> None:
    received: list[int] = []

    async def refuses_the_first(connection: ServerConnection) -> None:
        async for message in connection:
            sequence = sequence_of(message)
            received.append(sequence)
            await connection.send(answer("refused" if sequence == 0 else "ack", sequence, reason="no"))

    async with analyzer(rig, refuses_the_first) as port, running(rig.link(port)):
        await until(lambda: len(received) == WINDOW_BATCHES + 20)
    (kept,) = (rig.data / SENSOR / "refused").iterdir()
    assert sequence_of(kept.read_bytes()) == 0
    await asyncio.sleep(0)


@pytest.mark.parametrize(
    "wrong", ["no json", "[]", answer("ack", 5), '{"ack": null}', '{"refused": []}', "[" * 9000]
)
async def test_an_analyzer_that_makes_no_sense_is_left_and_tried_again(rig: Rig, wrong: str) -> None:
    connections: list[int] = []

    async def talks_nonsense(connection: ServerConnection) -> None:
        connections.append(sequence_of(await connection.recv()))
        await connection.send(wrong)
        await connection.wait_closed()

    async with analyzer(rig, talks_nonsense) as port, running(rig.link(port)):
        await until(lambda: len(connections) >= 2)
    assert connections[:2] == [0, 0]


async def test_only_known_orders_are_obeyed(rig: Rig) -> None:
    answers: list[object] = []

    async def orders(connection: ServerConnection) -> None:
        for order in ({"kind": "format", "id": "1"}, None, {"kind": "ping", "id": "2"}):
            await connection.send(json.dumps({"order": order}))
        async for message in connection:
            if isinstance(message, str):
                answers.append(json.loads(message))

    async with analyzer(rig, orders) as port, running(rig.link(port)):
        await until(lambda: answers != [])
        await asyncio.sleep(0.1)
    assert answers == [{"pong": {"id": "2"}}]


@pytest.mark.parametrize("message", ["", "{", "5", '"x"', "null", "\udcff".encode("utf-8", "surrogatepass")])
def test_an_answer_is_an_object(message: str | bytes) -> None:
    with pytest.raises(LinkError):
        parse_answer(message)
