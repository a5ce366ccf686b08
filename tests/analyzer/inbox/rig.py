"""An inbox and links to it in one process, over real TLS."""

import asyncio
import random
import ssl
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from analyzer.inbox import Batch, Inbox
from analyzer.inbox.batch import Arrival
from analyzer.trust import RevocationList, credentials, prepare_keys
from sensor._native import LogReader, LogWriter
from sensor.identity import client_context, server_context
from sensor.link import Backoff, Link
from sensor.outbox import BatchMeta, Outbox, OutboxReader

SENSOR = "s-1"


def lines(epoch: str, start: int, count: int, width: int = 40) -> bytes:
    """Event lines whose ids say what they are."""
    numbers = range(start, start + count)
    return b"".join(b'{"id":"%s-%d","x":"%s"}\n' % (epoch.encode(), n, b"x" * width) for n in numbers)


def frame_of(payload: bytes, folder: Path) -> bytes:
    """A zstd frame as the outbox stores it."""
    writer = LogWriter(str(folder / "frames"))
    index = writer.append(b"{}", payload)
    writer.close()
    return LogReader(str(folder / "frames")).read(index)[0].frame


def arrival(
    folder: Path, epoch: str, start: int, count: int, sensor: str = SENSOR, width: int = 40
) -> Arrival:
    frame = frame_of(lines(epoch, start, count, width), folder)
    return Arrival(sensor, BatchMeta(epoch, start, count), frame, 5, len(frame))


def ids(batches: list[Batch]) -> list[str]:
    return [line.split(b'"')[3].decode() for batch in batches for line in batch.ndjson.splitlines()]


class Rig:
    """A data folder with keys; makes inboxes, outboxes and links over it."""

    def __init__(self, data: Path, sensors: tuple[str, ...] = (SENSOR,)) -> None:
        self.data = data
        prepare_keys(data, sensors, [], datetime.now(UTC))
        self.revocations = RevocationList(data / "keys" / "revoked.json")

    def inbox(self, **options: Any) -> Inbox:
        defaults: dict[str, Any] = {"address": "127.0.0.1", "port": 0, "revoked": self.revocations.revoked}
        inbox = Inbox(
            self.data / "inbox", server_context(credentials(self.data, "analyzer")), **(defaults | options)
        )
        inbox.start()
        return inbox

    def outbox(self, sensor: str = SENSOR) -> Outbox:
        return Outbox(self.data / sensor / "outbox", self.data / sensor / "acked")

    def context(self, sensor: str = SENSOR) -> ssl.SSLContext:
        return client_context(credentials(self.data, f"sensor/{sensor}"))

    def link(self, port: int, sensor: str = SENSOR, *, host: str = "localhost") -> Link:
        folder = self.data / sensor
        return Link(
            f"wss://{host}:{port}/link",
            lambda: self.context(sensor),
            OutboxReader(folder / "outbox", folder / "acked"),
            folder / "refused",
            backoff=Backoff(random.random),
        )


@asynccontextmanager
async def running(link: Link) -> AsyncIterator[None]:
    task = asyncio.create_task(link.run())
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def until(holds: Callable[[], bool], seconds: float = 10.0) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, "it did not come to hold in time"
        await asyncio.sleep(0.01)
