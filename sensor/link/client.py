"""The sensor's end of the link: sends what is new, again after every break, and forgets what is acknowledged."""

import asyncio
import json
import logging
import os
import ssl
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import InvalidHandshake, WebSocketException

from sensor._native import Record
from sensor.errors import IdentityError, LinkError, LogError, OrderError
from sensor.link.backoff import Backoff
from sensor.link.files import FileDesk
from sensor.link.packets import Cut, PacketDesk, nothing_kept
from sensor.link.window import Sent, Window
from sensor.orders import Ping, parse_order
from sensor.outbox import BatchMeta, OutboxReader
from sensor.outbox.batch import pack
from sensor.outbox.files import replace_durably

POLL_SECONDS = 0.01
"""How soon a new batch of the other process is noticed; looking costs some microseconds."""
READ_BYTES = 1 << 20
REMEMBER_SECONDS = 1.0
"""How often the acknowledged index is written down; after a crash so much is sent twice and dropped there."""
MAX_ANSWER = 64 << 10
"""Bytes of a text from the analyzer: an acknowledgement or an order."""
OPEN_SECONDS = 10.0
PING_SECONDS, PONG_SECONDS = 10.0, 20.0
CLOSE_SECONDS = 1.0
"""For a polite end; all that matters was acknowledged before, so the rest is cut."""
NO_VAULT = Path(os.devnull)
"""A sensor without files to carry."""
KEPT_REFUSED = 100
"""Batches the analyzer refused, kept as files for whoever looks into it."""

log = logging.getLogger(__name__)


class Link:
    """Runs until its task is cancelled; every failure of the connection leads to the next attempt.

    url: wss://HOST:PORT/link. context: asked anew for every attempt, so that a renewed certificate is used.
    refused: folder for batches the analyzer will never take. vault: where carved files are kept.
    cut: where ordered packets come from.
    clock: seconds, monotonic.
    """

    def __init__(
        self,
        url: str,
        context: Callable[[], ssl.SSLContext],
        outbox: OutboxReader,
        refused: Path,
        *,
        backoff: Backoff,
        vault: Path = NO_VAULT,
        cut: Cut = nothing_kept,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._url = url
        self._context = context
        self._outbox = outbox
        self._refused = refused
        self._vault = vault
        self._backoff = backoff
        self._cut = cut
        self._clock = clock
        self._done = outbox.position
        self._room = asyncio.Event()

    async def run(self) -> None:
        try:
            while True:
                begun = self._clock()
                reason = await self._attempt()
                pause = self._backoff.after(self._clock() - begun)
                log.warning("no link", extra={"reason": reason, "again_seconds": round(pause, 2)})
                await asyncio.sleep(pause)
        finally:
            self._remember()

    async def _attempt(self) -> str:
        """One connection from open to end; why it ended."""
        try:
            async with connect(
                self._url,
                ssl=self._context(),
                compression=None,
                max_size=MAX_ANSWER,
                open_timeout=OPEN_SECONDS,
                ping_interval=PING_SECONDS,
                ping_timeout=PONG_SECONDS,
                close_timeout=CLOSE_SECONDS,
                proxy=None,
            ) as connection:
                log.info("linked", extra={"analyzer": self._url})
                await self._exchange(connection)
        except (OSError, TimeoutError, WebSocketException, IdentityError, LinkError, LogError) as fault:
            return describe(fault)
        return "the analyzer closed the connection"

    async def _exchange(self, connection: ClientConnection) -> None:
        """Send and listen side by side; the first to end ends both. Raises what ended it."""
        window = Window()
        packets, files = PacketDesk(self._cut, connection.send), FileDesk(self._vault)
        tasks = {
            asyncio.create_task(self._send_forever(connection, window, files)),
            asyncio.create_task(self._listen_forever(connection, window, packets, files)),
            asyncio.create_task(packets.serve()),
            asyncio.create_task(self._remember_forever()),
        }
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            files.close()
            self._remember()

    async def _send_forever(self, connection: ClientConnection, window: Window, files: FileDesk) -> None:
        """Events first; a piece of a file goes only when no batch waits."""
        index = self._done
        while True:
            records = self._outbox.read(index, READ_BYTES)
            for record in records:
                await self._send(connection, window, record)
                index = record.index + 1
            if not records and not await files.step(connection):
                await asyncio.sleep(POLL_SECONDS)

    async def _send(self, connection: ClientConnection, window: Window, record: Record) -> None:
        message = pack(record.meta, record.frame)
        while not window.has_room(len(message)):
            self._room.clear()
            await self._room.wait()
        window.add(Sent(record.index, BatchMeta.decode(record.meta), message))
        await connection.send(message)

    async def _listen_forever(
        self, connection: ClientConnection, window: Window, packets: PacketDesk, files: FileDesk
    ) -> None:
        async for message in connection:
            answer = parse_answer(message)
            if "order" in answer:
                await self._obey(connection, packets, answer["order"])
            elif "ack" in answer:
                self._done = window.answered(answer["ack"]).index + 1
                self._room.set()
            elif "want" in answer:
                files.want(answer["want"])
            elif "have" in answer:
                files.have(answer["have"])
            elif "refused" in answer:
                self._set_aside(window.answered(answer["refused"]), answer["refused"].get("reason"))
                self._room.set()

    async def _obey(self, connection: ClientConnection, packets: PacketDesk, value: Any) -> None:
        try:
            order = parse_order(value)
            if isinstance(order, Ping):
                await connection.send(json.dumps({"pong": {"id": order.id}}))
            else:
                packets.take(order)
        except OrderError as fault:
            log.warning("order not obeyed", extra={"reason": str(fault)})

    def _set_aside(self, sent: Sent, reason: object) -> None:
        """One batch the analyzer cannot take must not hold up all that follow; it is kept for whoever looks."""
        log.error("batch refused", extra={"index": sent.index, "reason": str(reason)})
        if len(list(self._refused.glob("*.batch"))) < KEPT_REFUSED:
            replace_durably(self._refused / f"{sent.index:020}.batch", sent.message)
        self._done = sent.index + 1

    async def _remember_forever(self) -> None:
        while True:
            await asyncio.sleep(REMEMBER_SECONDS)
            self._remember()

    def _remember(self) -> None:
        try:
            self._outbox.acknowledge(self._done)
        except (OSError, LogError) as fault:
            # Nothing is lost by it: what is not remembered is sent again and dropped there.
            log.warning("cannot remember what is acknowledged", extra={"reason": str(fault)})


def parse_answer(message: str | bytes) -> dict[str, Any]:
    """Raises LinkError when the analyzer does not speak the protocol."""
    try:
        answer = json.loads(message)
    except (ValueError, RecursionError) as fault:
        raise LinkError(f"the analyzer sent no JSON: {fault}") from fault
    if not isinstance(answer, dict):
        raise LinkError("the analyzer sent no object")
    return answer


def describe(fault: Exception) -> str:
    """For the operator; a refused handshake says why in its body."""
    response = getattr(fault, "response", None) if isinstance(fault, InvalidHandshake) else None
    if response is not None and response.body:
        return f"the analyzer refused: {bytes(response.body[:200]).decode(errors='replace').strip()}"
    return str(fault) or type(fault).__name__
