"""The inbox as the analyzer's wiring sees it: start, read, trim, stop."""

import asyncio
import ssl
import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType

from analyzer.inbox.journal import DEFAULT_BYTES, Journal
from analyzer.inbox.reader import InboxReader
from analyzer.inbox.server import Server
from analyzer.inbox.sessions import Refusal, SensorState
from analyzer.inbox.visitor import Visitor
from sensor.outbox import BatchMeta

START_SECONDS = 30.0
TRIM_SECONDS = 5.0
"""Trimming writes a checkpoint with two fsyncs; more often than this it would cost more than it frees."""


@dataclass(frozen=True, slots=True)
class InboxStatus:
    """obstacle: why sensors are made to wait, empty when they are not. durable: index of the next batch."""

    obstacle: str
    durable: int
    bytes: int
    damaged: int
    sensors: tuple[SensorState, ...]
    refusals: tuple[Refusal, ...]


class Inbox:
    """Takes batches from sensors on a thread of its own.

    context: sensor.identity.server_context. revoked, visitors: see Server. wake is set whenever new batches can be
    read: wait for it, clear it, read until nothing comes.
    """

    def __init__(
        self,
        folder: Path,
        context: ssl.SSLContext,
        *,
        address: str,
        port: int,
        revoked: Callable[[int], bool] = lambda serial: False,
        visitors: Mapping[str, Visitor] = MappingProxyType({}),
        max_bytes: int = DEFAULT_BYTES,
        at_least: int = 0,
        clock: Callable[[], int] = time.time_ns,
    ) -> None:
        self.wake = threading.Event()
        self._folder = folder
        self._journal = Journal(folder, max_bytes=max_bytes, at_least=at_least)
        self._clock = clock
        self._executor = ThreadPoolExecutor(1, "inbox-disk")
        self._server = Server(
            self._journal,
            context,
            address=address,
            port=port,
            revoked=revoked,
            visitors=visitors,
            arrived=self.wake.set,
            executor=self._executor,
            clock=clock,
        )
        self._listening = threading.Event()
        self._thread = threading.Thread(target=self._run, name="inbox", daemon=True)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._task: asyncio.Task[None] | None = None
        self._fault: BaseException | None = None
        self._trimmed = 0.0

    @property
    def port(self) -> int:
        """The one really listened on, after start()."""
        return self._server.port

    def start(self) -> None:
        """Returns when sensors can connect; raises what prevents it (OSError: the port is taken)."""
        self._thread.start()
        if not self._listening.wait(START_SECONDS):
            raise TimeoutError("the inbox did not get ready")
        self.check()

    def check(self) -> None:
        """Raises what ended the inbox's thread, if anything did."""
        if self._fault is not None:
            raise self._fault

    def _run(self) -> None:
        try:
            asyncio.run(self._main())
        except BaseException as fault:  # noqa: BLE001 - the thread's rim: check() raises it where it can be handled
            self._fault = fault
        finally:
            self._listening.set()
            self.wake.set()

    async def _main(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._task = asyncio.create_task(self._server.run(self._listening.set))
        try:
            await self._task
        except asyncio.CancelledError:
            return

    def stop(self) -> None:
        """Ends all connections; what is acknowledged is durable, the rest the sensors send again."""
        if self._loop is not None and self._task is not None and self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._task.cancel)
        if self._thread.ident is not None:
            self._thread.join()
        self._executor.shutdown()
        self._journal.close()

    def reader(self) -> InboxReader:
        return InboxReader(self._folder, lambda: self._journal.durable)

    def trim(self, position: int) -> None:
        """Nothing below `position` is needed any more. Cheap to call often."""
        now = time.monotonic()
        if self._journal.obstacle or now - self._trimmed >= TRIM_SECONDS:
            self._trimmed = now
            self._journal.trim(position)

    def inject(self, meta: BatchMeta, ndjson: bytes) -> bool:
        """Events of the analyzer itself, by the same road; from any thread. True: durable. A batch whose epoch and
        numbers were taken before is dropped. False: no room now, give it again."""
        taken = self._journal.inject(meta, ndjson, self._clock())
        self.wake.set()
        return taken

    def ping(self, sensor: str, identity: str) -> None:
        """Order a sensor to answer; status() has its round trip afterwards."""
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._server.ping, sensor, identity)

    def order(self, sensor: str, text: str) -> bool:
        """Send an order (sensor.orders.encode_order); from any thread. False when the sensor is not connected."""
        if self._loop is None or not self._server.connected(sensor):
            return False
        self._loop.call_soon_threadsafe(self._server.order, sensor, text)
        return True

    def status(self) -> InboxStatus:
        sessions = self._server.sessions
        return InboxStatus(
            obstacle=self._journal.obstacle,
            durable=self._journal.durable,
            bytes=self._journal.bytes,
            damaged=self._journal.damaged,
            sensors=tuple(replace(state) for state in list(sessions.sensors.values())),
            refusals=tuple(sessions.refusals),
        )
