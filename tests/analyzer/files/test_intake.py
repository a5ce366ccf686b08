"""What a sensor, good or hostile, can do with offers and pieces over a real connection."""

import asyncio
import itertools
import json
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed

from analyzer.files import intake as module
from analyzer.files.intake import FILE, OFFER, Intake
from analyzer.files.shelf import Limits, Shelf
from analyzer.files.vault import Vault
from analyzer.inbox import Inbox
from analyzer.state import Sessions
from sensor.outbox.batch import pack
from tests.analyzer.files.parcel import CHUNK, answer, batch, digest, file_event, linked, offer, pieces, send
from tests.analyzer.inbox.rig import Rig, until

pytestmark = pytest.mark.anyio
LARGE = bytes(range(256)) * 4_000


class Door:
    """An inbox with an intake behind it."""

    def __init__(self, sessions: Sessions, folder: Path) -> None:
        self.rig = Rig(folder, ("s-1", "s-2"))
        self.vault = Vault(folder / "files")
        clock = itertools.count(1)
        limits = Limits(2 << 20, 100 << 20)
        shelf = Shelf(sessions, self.vault, limits, lambda: None, lambda: next(clock))
        self.disk = ThreadPoolExecutor(2)
        self.intake = Intake(shelf, self.vault, self.disk)
        self.inbox: Inbox = self.rig.inbox(visitors={OFFER: self.intake, FILE: self.intake})

    def kept(self) -> set[str]:
        return {name for name, _ in self.vault.contents()}

    def partial(self) -> list[Path]:
        return list((self.vault.folder / "partial").iterdir())

    @asynccontextmanager
    async def sensor(self, name: str = "s-1") -> AsyncIterator[ClientConnection]:
        async with linked(self.inbox.port, self.rig.context(name)) as connection:
            yield connection


@pytest.fixture
def door(sessions: Sessions, tmp_path: Path) -> object:
    made = Door(sessions, tmp_path)
    yield made
    made.inbox.stop()
    made.disk.shutdown()


async def test_a_file_in_pieces_is_kept_before_have(door: Door) -> None:
    async with door.sensor() as connection:
        assert await send(connection, LARGE) == {"have": {"sha256": digest(LARGE)}}
        assert door.vault.path(digest(LARGE)).read_bytes() == LARGE
        assert await offer(connection, LARGE) == {"have": {"sha256": digest(LARGE)}}
    assert door.partial() == []


async def test_offers_wait_for_the_file_before_them(door: Door) -> None:
    async with door.sensor() as connection:
        for content in (LARGE, b"second"):
            await connection.send(json.dumps({"offer": {"sha256": digest(content), "size": len(content)}}))
        for content in (LARGE, b"second"):
            assert await answer(connection) == {"want": {"sha256": digest(content)}}
            for piece in pieces(content):
                await connection.send(piece)
            assert await answer(connection) == {"have": {"sha256": digest(content)}}
    assert door.kept() == {digest(LARGE), digest(b"second")}


async def test_what_is_not_wanted_is_told_why(door: Door) -> None:
    async with door.sensor() as connection:
        said = await offer(connection, bytes((2 << 20) + 1))
        assert said["have"]["reason"] == "larger than 2 MiB"


async def test_batches_pass_between_pieces(door: Door) -> None:
    async with door.sensor() as connection:
        await offer(connection, LARGE)
        first, *rest = pieces(LARGE)
        await connection.send(first)
        await connection.send(batch(door.rig.data, 0, [file_event(0, LARGE)]))
        assert "ack" in await answer(connection)
        for piece in rest:
            await connection.send(piece)
        assert "have" in await answer(connection)


async def test_a_break_in_the_middle_leaves_nothing_and_the_next_try_works(door: Door) -> None:
    async with door.sensor() as connection:
        await offer(connection, LARGE)
        await connection.send(pieces(LARGE)[0])
    await until(lambda: door.partial() == [])
    await until(lambda: not door.inbox.status().sensors[0].connected)
    async with door.sensor() as connection:
        assert "have" in await send(connection, LARGE)


def piece(content: bytes, **about: object) -> bytes:
    meta = {"sha256": digest(LARGE), "size": len(LARGE), "offset": 0, **about}
    return pack(json.dumps({"file": meta}).encode(), content)


@pytest.mark.parametrize(
    "bad",
    [
        piece(LARGE[:CHUNK], offset=1),
        piece(LARGE[:CHUNK], sha256="0" * 64),
        piece(LARGE[:CHUNK], size=5),
        piece(LARGE[: CHUNK + 1]),
        pack(b'{"file": 1}', b"x"),
        json.dumps({"offer": {"sha256": "../../x", "size": 1}}),
        json.dumps({"offer": {"sha256": "0" * 64, "size": -1}}),
        json.dumps({"offer": {"sha256": "0" * 64, "size": True}}),
        json.dumps({"offer": []}),
    ],
)
async def test_who_breaks_the_protocol_is_disconnected_and_leaves_nothing(
    door: Door, bad: str | bytes
) -> None:
    async with door.sensor() as connection:
        await offer(connection, LARGE)
        await connection.send(bad)
        with pytest.raises(ConnectionClosed):
            await answer(connection)
    await until(lambda: door.partial() == [])
    assert door.kept() == set()
    assert door.inbox.status().refusals


async def test_content_that_is_not_its_hash_is_not_kept(door: Door) -> None:
    other = LARGE[:-1] + b"?"
    async with door.sensor() as connection:
        await offer(connection, LARGE)
        for message in pieces(LARGE)[:-1]:
            await connection.send(message)
        at = (len(LARGE) - 1) // CHUNK * CHUNK
        await connection.send(piece(other[at:], offset=at))
        with pytest.raises(ConnectionClosed):
            await answer(connection)
    await until(lambda: door.partial() == [])
    assert door.kept() == set()


async def test_endless_offers_end_the_connection(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_OFFERS", 5)
    async with door.sensor() as connection:
        await offer(connection, LARGE)
        for number in range(7):
            await connection.send(json.dumps({"offer": {"sha256": f"{number:064}", "size": 1}}))
        with pytest.raises(ConnectionClosed):
            await answer(connection)


async def test_two_sensors_send_the_same_file(door: Door) -> None:
    async def one(name: str) -> dict[str, object]:
        async with door.sensor(name) as connection:
            return await send(connection, LARGE)

    answers = list(await asyncio.gather(one("s-1"), one("s-2")))
    assert answers == [{"have": {"sha256": digest(LARGE)}}] * 2
    assert door.kept() == {digest(LARGE)}
