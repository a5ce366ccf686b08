"""An analyzer as a child process that may be killed at any moment, and a sensor that feeds it all the while."""

import asyncio
import contextlib
import json
import random
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import select

from analyzer.alerting.book import AlertBook
from analyzer.control import ControlClient
from analyzer.detect.bench import Bench
from analyzer.ledger import LOCAL, Actor
from analyzer.rulebook import load, shipped
from analyzer.state import AlertGroup, AlertRow, Sessions, close, open_reader, open_writer
from analyzer.store.base import EVERYTHING, Search
from analyzer.store.select import open_reader as open_store
from analyzer.trust import prepare_keys
from sensor.identity import client_context
from sensor.identity.tls import Credentials
from sensor.link.backoff import Backoff
from sensor.link.client import Link
from sensor.outbox import BatchMeta, Outbox, OutboxReader
from tests.corpus import ROOT

EVENTS_A_BATCH = 20
FEED_SECONDS = 0.004
READY_SECONDS = 60
SETTLE_SECONDS = 60
SECOND = 1_000_000_000
NOON = 1_790_000_000 * SECOND
SERVE = (
    "import asyncio, sys, pathlib; from analyzer.runtime import serve; from analyzer.settings import load_settings;"
    "asyncio.run(serve(load_settings(pathlib.Path(sys.argv[1]))))"
)


class Town:
    """A data folder with a sensor's outbox in it; events are numbered, every 37th one is a tunnel query."""

    def __init__(self, data: Path) -> None:
        self.data = data
        self.port = _free_port()
        self.batches: list[bytes] = []
        data.mkdir(parents=True, exist_ok=True)
        (data / "settings.toml").write_text(f"[analyzer]\nport = {self.port}\n")
        prepare_keys(data, ["sensor-1"], [], datetime.now(UTC))
        self._outbox = Outbox(data / "sensor" / "outbox", data / "sensor" / "acked")
        case = ROOT / "tests" / "rules" / "dns_tunnel_record_type" / "fires.ndjson"
        self._shape = json.loads(case.read_text().splitlines()[0])

    @property
    def events(self) -> int:
        return len(self.batches) * EVENTS_A_BATCH

    def add_batch(self) -> None:
        first = self.events
        lines = b"".join(self._line(number) for number in range(first, first + EVENTS_A_BATCH))
        self._outbox.append(BatchMeta("e", first, EVENTS_A_BATCH), lines)
        self._outbox.sync()
        self.batches.append(lines)

    def _line(self, number: int) -> bytes:
        at_ns = NOON + number * SECOND
        event = json.loads(json.dumps(self._shape))
        event["event"]["id"] = f"sensor-1-e-{number}"
        event["starwatch"]["time_ns"] = at_ns
        event["@timestamp"] = f"{datetime.fromtimestamp(at_ns // SECOND, UTC):%Y-%m-%dT%H:%M:%S}.000000Z"
        event["source"]["ip"] = f"10.1.4.{number % 5}"
        if number % 37:
            event["dns"]["question"]["type"] = "A"
        return json.dumps(event).encode() + b"\n"

    async def live(self, seconds: float | None, feed: bool = True) -> None:
        """One life, ended by SIGKILL after so long; None: until everything has arrived, then SIGTERM."""
        with analyzer(self.data) as child:
            async with asyncio.TaskGroup() as group:
                tasks = [group.create_task(self._link().run())]
                if feed:
                    tasks.append(group.create_task(self._feed()))
                await (asyncio.sleep(seconds) if seconds is not None else self._settled())
                child.send_signal(signal.SIGKILL if seconds is not None else signal.SIGTERM)
                for task in tasks:
                    task.cancel()
            assert child.wait(READY_SECONDS) == (-signal.SIGKILL if seconds is not None else 0)

    async def _feed(self) -> None:
        while True:
            self.add_batch()
            await asyncio.sleep(FEED_SECONDS)

    def _link(self) -> Link:
        keys = self.data / "keys"
        credentials = Credentials(
            keys / "sensor" / "sensor-1.crt", keys / "sensor" / "sensor-1.key", keys / "ca.crt"
        )
        return Link(
            f"wss://localhost:{self.port}/link",
            lambda: client_context(credentials),
            OutboxReader(self.data / "sensor" / "outbox", self.data / "sensor" / "acked"),
            self.data / "sensor" / "refused",
            backoff=Backoff(lambda: 0.0),
        )

    async def _settled(self) -> None:
        client = ControlClient(self.data / "run" / "control.sock")
        async with asyncio.timeout(SETTLE_SECONDS):
            while True:
                status = await client.request("status.read", Actor(LOCAL))
                if status["pipeline"]["committed"] == len(self.batches) - 1:
                    break
                await asyncio.sleep(0.05)
        await client.close()

    def stored(self, kind: str) -> list[str]:
        """Ids of every document in the store, each as often as it is there."""
        store = open_store(self.data / "analyzer" / "store")
        try:
            ids, after = [], None
            while True:
                page = store.search(Search(EVERYTHING, kind=kind, size=1_000, after=after, timeout_ms=60_000))
                ids += [hit["event"]["id"] for hit in page.hits]
                if page.next is None:
                    return ids
                after = page.next
        finally:
            store.close()

    def expected(self, folder: Path) -> Mapping[str, Any]:
        """The alerts of the same batches, entered once and undisturbed."""
        folder.mkdir()
        sessions = open_writer(folder / "state.db")
        bench, book = Bench(load(shipped())), AlertBook(sessions, lambda kind, data: None, lambda: 1)
        for position, lines in enumerate(self.batches):
            book.enter([bench(_Given(position, lines))])
        return alerts_of(sessions)

    def alerts(self) -> Mapping[str, Any]:
        return alerts_of(open_reader(self.data / "analyzer" / "state.db"))


@dataclass(frozen=True)
class _Given:
    position: int
    ndjson: bytes
    fault: str = ""
    meta: Mapping[str, Any] = None  # type: ignore[assignment]

    def __post_init__(self) -> None:
        object.__setattr__(self, "meta", {"sensor": "sensor-1", "packet": 0, "parsed": 0})


@contextlib.contextmanager
def analyzer(data: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Ready when entered; killed when left, if it still runs."""
    with (data / "analyzer.log").open("ab") as log:
        child = subprocess.Popen(
            [sys.executable, "-c", SERVE, str(data)], stdout=subprocess.PIPE, stderr=log, cwd=ROOT
        )
    assert child.stdout is not None
    try:
        line = child.stdout.readline()
        assert b'"ready"' in line, (data / "analyzer.log").read_text()[-2_000:]
        yield child
    finally:
        child.kill()
        child.wait()
        child.stdout.close()


def alerts_of(sessions: Sessions) -> Mapping[str, Any]:
    """What a replay must leave as it was; closes the sessions."""
    with sessions() as db:
        groups = [
            (it.id, it.count, it.alerts, it.first_ns, it.last_ns, it.latest)
            for it in db.scalars(select(AlertGroup).order_by(AlertGroup.id))
        ]
        alerts = [
            (it.id, it.group, it.count, it.opened_ns, it.last_ns, it.detail)
            for it in db.scalars(select(AlertRow).order_by(AlertRow.id))
        ]
    close(sessions)
    return {"groups": groups, "alerts": alerts}


def moments(count: int, seed: int, longest: float = 1.0) -> Sequence[float]:
    """Seconds after it is ready at which each life ends."""
    chance = random.Random(seed)
    return [chance.uniform(0.0, longest) for _ in range(count)]


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
