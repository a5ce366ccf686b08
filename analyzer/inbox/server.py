"""The inbox's network side: one WebSocket per sensor over mutual TLS 1.3.

Order of things: message → window check → committer (one at a time, many batches per fsync) → acknowledgement. A sensor
sends no more than the window without acknowledgement, so what waits here is bounded by the number of sensors; when the
log is full the acknowledgements stop, and with them the sensors.
"""

import asyncio
import json
import logging
import ssl
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response

from analyzer.errors import AnalyzerError, InboxError
from analyzer.inbox.batch import Arrival, parse_message
from analyzer.inbox.journal import OWN, Journal, Verdict
from analyzer.inbox.sessions import SensorState, Sessions
from analyzer.inbox.visitor import Visitor, read_binary, read_text
from sensor.errors import IdentityError
from sensor.identity import sensor_of
from sensor.orders import Ping, encode_order
from sensor.outbox.batch import MAX_MESSAGE, WINDOW_BATCHES, WINDOW_BYTES

PATH = "/link"
GROUP_BATCHES = 256
"""Batches one fsync may serve: enough for many sensors, little enough to answer soon."""
ROOM_SECONDS = 0.2
"""How often a full log is tried again."""
REVOCATION_SECONDS = 1.0
PING_SECONDS, PONG_SECONDS = 10.0, 20.0
"""A sensor whose network died is noticed after so long, and may then come back."""
CLOSE_SECONDS = 1.0
"""For a polite end of a connection; a sensor loses nothing when it is cut."""
MAX_KIND = 40
"""Characters of an unknown kind worth repeating to the operator."""
CLOSE_POLICY = 1008
"""RFC 6455, 7.4.1: policy violation."""

log = logging.getLogger(__name__)


@dataclass(slots=True, eq=False)
class Link:
    """One sensor's connection. outgoing: texts to send; waiting: batches not answered yet."""

    connection: ServerConnection
    state: SensorState
    outgoing: asyncio.Queue[str] = field(default_factory=asyncio.Queue)
    batches: int = 0
    bytes: int = 0
    pinged: dict[str, float] = field(default_factory=dict)

    def say(self, text: Mapping[str, Any]) -> None:
        self.outgoing.put_nowait(json.dumps(text))


class Server:
    """Serves sensors until its task is cancelled.

    revoked: says of a certificate's serial whether it was taken back; raises AnalyzerError when that cannot be known.
    visitors: who takes what is no batch, by its kind. arrived: called after batches became durable.
    """

    def __init__(
        self,
        journal: Journal,
        context: ssl.SSLContext,
        *,
        address: str,
        port: int,
        revoked: Callable[[int], bool],
        visitors: Mapping[str, Visitor],
        arrived: Callable[[], None],
        executor: Executor,
        clock: Callable[[], int] = time.time_ns,
    ) -> None:
        self.sessions = Sessions(clock)
        self.port = port
        self._journal = journal
        self._context = context
        self._address = address
        self._revoked = revoked
        self._visitors = visitors
        self._arrived = arrived
        self._executor = executor
        self._clock = clock
        self._links: dict[str, Link] = {}
        self._arrivals: asyncio.Queue[tuple[Link, Arrival]] = asyncio.Queue()

    async def run(self, listening: Callable[[], None]) -> None:
        """Calls `listening` when sensors can connect; `port` then is the real one."""
        server = await serve(
            self._serve,
            self._address,
            self.port,
            ssl=self._context,
            process_request=self._judge,
            compression=None,
            max_size=MAX_MESSAGE,
            ping_interval=PING_SECONDS,
            ping_timeout=PONG_SECONDS,
            close_timeout=CLOSE_SECONDS,
            server_header=None,
        )
        async with server:
            self.port = next(iter(server.sockets)).getsockname()[1]
            listening()
            await asyncio.gather(self._commit_forever(), self._watch_revocations())

    def _judge(self, connection: ServerConnection, request: Request) -> Response | None:
        """Before the upgrade: the right path, a sensor's certificate, not taken back, not here already."""
        if request.path != PATH:
            return connection.respond(HTTPStatus.NOT_FOUND, "not here\n")
        address = str(connection.remote_address[0])
        certificate = peer_certificate(connection)
        try:
            sensor = sensor_of(certificate)
            if self._revoked(serial_of(certificate)):
                return self._refuse(connection, sensor, address, "the certificate is revoked")
        except (IdentityError, AnalyzerError) as fault:
            return self._refuse(connection, "", address, str(fault))
        if sensor == OWN:
            return self._refuse(connection, sensor, address, "this name is the analyzer's own")
        if sensor in self._links:
            return self._refuse(connection, sensor, address, "a sensor of this identity is connected already")
        return None

    def _refuse(self, connection: ServerConnection, sensor: str, address: str, reason: str) -> Response:
        self._note(sensor, address, reason)
        return connection.respond(HTTPStatus.FORBIDDEN, reason + "\n")

    def _note(self, sensor: str, address: str, reason: str) -> None:
        self.sessions.refuse(sensor, address, reason)
        log.warning("refused", extra={"sensor": sensor, "address": address, "reason": reason})

    async def _serve(self, connection: ServerConnection) -> None:
        certificate = peer_certificate(connection)
        sensor = sensor_of(certificate)
        address = str(connection.remote_address[0])
        state = self.sessions.connect(sensor, address, serial_of(certificate))
        if state is None:  # two upgrades passed _judge at the same moment
            self._note(sensor, address, "a sensor of this identity is connected already")
            await connection.close(CLOSE_POLICY, "connected already")
            return
        link = self._links[sensor] = Link(connection, state)
        answering = asyncio.create_task(self._answer_forever(link))
        log.info("connected", extra={"sensor": sensor, "address": address})
        try:
            async for message in connection:
                await self._receive(link, message)
        except InboxError as fault:
            self._note(sensor, address, str(fault))
            await connection.close(CLOSE_POLICY, "not by the protocol")
        except ConnectionClosed:
            pass  # a lost connection: the sensor comes back and sends again what was not acknowledged
        finally:
            answering.cancel()
            for visitor in set(self._visitors.values()):
                await visitor.leave(sensor)
            state.connected = False
            del self._links[sensor]
            log.info("disconnected", extra={"sensor": sensor})

    async def _receive(self, link: Link, message: bytes | str) -> None:
        """Raises InboxError when the sensor breaks the protocol."""
        now = self._clock()
        link.state.last = now
        if isinstance(message, str):
            kind, value = read_text(message)
            if kind == "pong":
                self._pong(link, value)
            else:
                await self._visit(link, kind, value, b"")
        elif visit := read_binary(message):
            await self._visit(link, *visit)
        else:
            self._take(link, message, now)

    async def _visit(self, link: Link, kind: str, value: Any, content: bytes) -> None:
        visitor = self._visitors.get(kind)
        if visitor is None:
            raise InboxError(f"nobody here takes {kind[:MAX_KIND]!r}")
        await visitor.receive(link.state.sensor, kind, value, content, link.say)

    def _take(self, link: Link, message: bytes, now: int) -> None:
        link.batches += 1
        link.bytes += len(message)
        if link.batches > WINDOW_BATCHES or (link.batches > 1 and link.bytes > WINDOW_BYTES):
            raise InboxError("more batches on the way than the window allows")
        arrival = parse_message(link.state.sensor, message, now)
        self._arrivals.put_nowait((link, arrival))

    def _pong(self, link: Link, value: Any) -> None:
        try:
            sent = link.pinged.pop(value["id"])
        except (TypeError, KeyError):
            raise InboxError("a text that answers no order") from None
        link.state.round_trip_ms = (time.monotonic() - sent) * 1000

    async def _answer_forever(self, link: Link) -> None:
        try:
            while True:
                await link.connection.send(await link.outgoing.get())
        except ConnectionClosed:
            pass  # _serve notices the same and cleans up

    async def _commit_forever(self) -> None:
        waiting: list[tuple[Link, Arrival]] = []
        while True:
            if not waiting:
                waiting.append(await self._arrivals.get())
            while len(waiting) < GROUP_BATCHES and not self._arrivals.empty():
                waiting.append(self._arrivals.get_nowait())
            answered = await self._commit(waiting)
            del waiting[:answered]
            if waiting:
                await asyncio.sleep(ROOM_SECONDS)

    async def _commit(self, waiting: Sequence[tuple[Link, Arrival]]) -> int:
        arrivals = [arrival for _, arrival in waiting]
        loop = asyncio.get_running_loop()
        verdicts = await loop.run_in_executor(self._executor, self._journal.commit, arrivals)
        for (link, arrival), verdict in zip(waiting, verdicts, strict=False):
            self._answer(link, arrival, verdict)
        if any(verdict.new for verdict in verdicts):
            self._arrived()
        return len(verdicts)

    def _answer(self, link: Link, arrival: Arrival, verdict: Verdict) -> None:
        meta = arrival.meta
        link.batches -= 1
        link.bytes -= arrival.length
        batch: dict[str, Any] = {"epoch": meta.epoch, "sequence": meta.sequence, "count": meta.count}
        if verdict.refusal:
            self._note(arrival.sensor, link.state.address, verdict.refusal)
            link.say({"refused": {**batch, "reason": verdict.refusal}})
            return
        state = link.state
        state.batches += 1
        state.events += verdict.new
        state.missing += verdict.missing
        state.epoch = meta.epoch
        state.packet = max(state.packet, meta.packet)
        link.say({"ack": batch})

    async def _watch_revocations(self) -> None:
        while True:
            await asyncio.sleep(REVOCATION_SECONDS)
            for link in list(self._links.values()):
                reason = self._verdict_on(link.state.serial)
                if reason:
                    self._note(link.state.sensor, link.state.address, reason)
                    # The transport, not the closing handshake: whoever was sent away need not agree.
                    link.connection.transport.abort()

    def _verdict_on(self, serial: int) -> str:
        try:
            return "the certificate is revoked" if self._revoked(serial) else ""
        except AnalyzerError as fault:
            return str(fault)

    def ping(self, sensor: str, identity: str) -> bool:
        """Order the sensor to answer; its round trip is in its state then. False when it is not connected."""
        link = self._links.get(sensor)
        if link is None:
            return False
        link.pinged = {identity: time.monotonic()}
        link.outgoing.put_nowait(encode_order(Ping(identity)))
        return True

    def connected(self, sensor: str) -> bool:
        return sensor in self._links

    def order(self, sensor: str, text: str) -> None:
        """Says it to the sensor; one that has just gone does not hear it."""
        link = self._links.get(sensor)
        if link is not None:
            link.outgoing.put_nowait(text)


def peer_certificate(connection: ServerConnection) -> dict[str, Any]:
    """As verified in the handshake."""
    tls = connection.transport.get_extra_info("ssl_object")
    return tls.getpeercert() if tls is not None else {}


def serial_of(certificate: dict[str, Any]) -> int:
    return int(certificate.get("serialNumber", "0"), 16)
