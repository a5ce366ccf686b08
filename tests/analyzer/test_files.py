"""A file's whole way through a running analyzer, without a sensor: event, upload, verdict, alert; also when killed."""

import asyncio
import contextlib
import random
import signal
import zipfile
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from websockets.exceptions import WebSocketException

from analyzer.control import ControlClient
from analyzer.ledger import LOCAL, Actor
from analyzer.state import AlertRow, FileVerdict, close, open_reader
from sensor.identity import client_context
from sensor.identity.tls import Credentials
from tests.analyzer.files.parcel import EICAR, NOON, batch, digest, file_event, linked, send
from tests.analyzer.inbox.rig import until
from tests.analyzer.lives import Town, analyzer

SETTLE_SECONDS = 40.0


def zipped(**members: bytes) -> bytes:
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def context_of(data: Path) -> Any:
    keys = data / "keys"
    names = (keys / "sensor" / "sensor-1.crt", keys / "sensor" / "sensor-1.key", keys / "ca.crt")
    return client_context(Credentials(*names))


async def bring(town: Town, contents: list[bytes], packet: int = 0) -> None:
    """Events first, files after them, as a sensor does."""
    async with linked(town.port, context_of(town.data)) as connection:
        events = [file_event(number, content) for number, content in enumerate(contents)]
        await connection.send(batch(town.data, 0, events, packet))
        assert "ack" in await connection.recv()
        for content in contents:
            assert "have" in await send(connection, content)


def alerts(data: Path) -> list[AlertRow]:
    sessions = open_reader(data / "analyzer" / "state.db")
    try:
        with sessions() as db:
            return list(db.query(AlertRow).order_by(AlertRow.id))
    finally:
        close(sessions)


def verdicts(data: Path) -> dict[str, str]:
    sessions = open_reader(data / "analyzer" / "state.db")
    try:
        with sessions() as db:
            return {row.sha256: row.state for row in db.query(FileVerdict)}
    finally:
        close(sessions)


async def ask_status(data: Path) -> dict[str, Any]:
    client = ControlClient(data / "run" / "control.sock")
    try:
        return dict(await client.request("status.read", Actor(LOCAL)))
    finally:
        await client.close()


def test_a_file_becomes_an_explained_alert(tmp_path: Path) -> None:
    town = Town(tmp_path / "data")
    clean, bad = b"nothing to see here", zipped(**{"docs/eicar.txt": EICAR})

    async def scene() -> dict[str, Any]:
        await bring(town, [clean, bad], packet=NOON)
        await until(lambda: len(alerts(town.data)) == 1 and len(verdicts(town.data)) == 2, SETTLE_SECONDS)
        return await ask_status(town.data)

    with analyzer(town.data):
        status = asyncio.run(scene())
    (alert,) = alerts(town.data)
    (condition,) = alert.detail["conditions"]
    assert condition["selection"] == "$eicar"
    assert condition["field"] == "docs/eicar.txt @ 0"
    assert condition["value"].startswith("X5O!P")
    assert condition["expected"].startswith("{ 58 35 4F")
    assert alert.detail["sensor"] == "sensor-1"
    assert alert.packet_ns == NOON + 1
    assert verdicts(town.data) == {digest(clean): "clean", digest(bad): "hit"}
    files = status["files"]
    assert (files["judged"], files["queue"], files["kept"], files["fault"]) == (2, 0, 2, "")
    assert [worker["running"] for worker in files["workers"]] == [True]


def killed_at_random(data: Path, lives: int, seed: int) -> None:
    """kill -9 of the analyzer while files arrive and are judged: every file is judged, every hit told once."""
    town, chance = Town(data), random.Random(seed)
    contents = [EICAR + b" " * number for number in range(12)]

    async def life() -> None:
        # The analyzer is killed under it.
        with contextlib.suppress(OSError, EOFError, WebSocketException):
            await bring(town, contents)

    async def dying(child: Any, seconds: float) -> None:
        task = asyncio.create_task(life())
        await asyncio.sleep(seconds)
        child.send_signal(signal.SIGKILL)
        await task

    for _ in range(lives):
        with analyzer(data) as child:
            asyncio.run(dying(child, chance.uniform(0.0, 1.2)))

    async def last() -> None:
        await bring(town, contents)
        await until(lambda: sum(row.count for row in alerts(data)) == len(contents), SETTLE_SECONDS)

    with analyzer(data):
        asyncio.run(last())
    assert verdicts(data) == {digest(content): "hit" for content in contents}
    assert sum(row.count for row in alerts(data)) == len(contents)


def test_killed_while_files_are_judged(tmp_path: Path) -> None:
    killed_at_random(tmp_path / "data", lives=2, seed=1)


@pytest.mark.slice
def test_killed_at_twelve_moments(tmp_path: Path) -> None:
    killed_at_random(tmp_path / "data", lives=12, seed=2)
