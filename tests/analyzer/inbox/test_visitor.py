"""Beside the batches: a message's kind decides who gets it, and nobody gets what has no kind."""

import json
from pathlib import Path
from typing import Any

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from analyzer.errors import InboxError
from analyzer.inbox.visitor import Say, read_binary, read_text
from sensor.outbox import BatchMeta
from sensor.outbox.batch import pack
from tests.analyzer.inbox.rig import SENSOR, Rig, frame_of, lines, until


class Guest:
    """Remembers what it was given, answers it, and refuses `bad`."""

    def __init__(self) -> None:
        self.received: list[tuple[str, str, Any, bytes]] = []
        self.left: list[str] = []

    async def receive(self, sensor: str, kind: str, value: Any, content: bytes, say: Say) -> None:
        if value == "bad":
            raise InboxError("a bad one")
        self.received.append((sensor, kind, value, content))
        say({"got": value})

    async def leave(self, sensor: str) -> None:
        self.left.append(sensor)


@pytest.mark.anyio
async def test_kinds_reach_their_visitor_beside_batches(tmp_path: Path) -> None:
    rig, guest = Rig(tmp_path), Guest()
    inbox = rig.inbox(visitors={"offer": guest, "file": guest})
    try:
        async with connect(f"wss://localhost:{inbox.port}/link", ssl=rig.context(), proxy=None) as connection:
            await connection.send('{"offer": 1}')
            await connection.send(pack(b'{"file": 2}', b"content"))
            await connection.send(pack(BatchMeta("e", 0, 1).encode(), frame_of(lines("e", 0, 1), tmp_path)))
            answers = [json.loads(await connection.recv()) for _ in range(3)]
        assert answers[:2] == [{"got": 1}, {"got": 2}]
        assert "ack" in answers[2]
        assert guest.received == [(SENSOR, "offer", 1, b""), (SENSOR, "file", 2, b"content")]
        await until(lambda: guest.left == [SENSOR])
    finally:
        inbox.stop()


@pytest.mark.anyio
@pytest.mark.parametrize("message", ['{"offer": "bad"}', '{"unknown": 1}', pack(b'{"unknown": 1}', b"x")])
async def test_who_sends_what_nobody_takes_is_disconnected(tmp_path: Path, message: str | bytes) -> None:
    rig, guest = Rig(tmp_path), Guest()
    inbox = rig.inbox(visitors={"offer": guest})
    try:
        async with connect(f"wss://localhost:{inbox.port}/link", ssl=rig.context(), proxy=None) as connection:
            await connection.send(message)
            with pytest.raises(ConnectionClosed):
                await connection.recv()
        await until(lambda: guest.left == [SENSOR])
        assert inbox.status().refusals
    finally:
        inbox.stop()


def test_a_text_is_an_object_with_one_member() -> None:
    assert read_text('{"offer": {"a": 1}}') == ("offer", {"a": 1})
    for text in ("", "[]", "{}", '{"a": 1, "b": 2}', "1", "[" * 5_000):
        with pytest.raises(InboxError):
            read_text(text)


def test_a_binary_message_is_what_its_meta_says() -> None:
    assert read_binary(pack(b'{"file": {}}', b"x")) == ("file", {}, b"x")
    assert read_binary(pack(b'{"epoch": "e", "file": {}}', b"x")) is None
    for message in (b"", b"\0\0\0\1", pack(b"1", b"x"), pack(b'{"a":1,"b":2}', b"x"), pack(b"\xff", b"x")):
        with pytest.raises(InboxError):
            read_binary(message)
