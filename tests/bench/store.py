"""The embedded store: events taken in per second, and the 95th percentile of five searches over them.

Alone: `python -m tests.bench store` (release build). Making the events is not counted.
"""

import os
import statistics
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

from analyzer.store import lucene
from analyzer.store.base import EVERYTHING, Scope, Search
from analyzer.store.embedded import EmbeddedReader, EmbeddedWriter
from tests.bench.figures import Figure
from tests.bench.store_events import batches

EVENTS = 1_000_000
BATCH = 1_000
COMMIT_EVERY = 50
"""Batches between commits: at the goal's rate once a second, as the running analyzer does."""
ROUNDS = 20
GOAL_EVENTS_PER_SECOND = 50_000
WRITE_BYTES = 256 << 20

SEARCHES: Mapping[str, str] = {
    "one address": "source.ip:10.1.2.3",
    "network, port and size": "source.ip:10.2.0.0/16 destination.port:443 source.bytes:>=300000",
    "failed names": "dns.response_code:NXDOMAIN AND NOT dns.question.name:*.corp.internal",
    "wildcard": "dns.question.name:*mail.h12?4*",
    "newest of a platform": "",
}


def figures(folder: Path) -> Iterator[Figure]:
    with TemporaryDirectory(dir=folder) as place:
        floor = disk_rate(Path(place) / "floor")
        store = Path(place) / "store"
        writer = EmbeddedWriter(store)
        given, seconds = take_in(writer, EVENTS)
        taken = sum(partition.bytes for partition in writer.partitions())
        writer.close()
        rate = EVENTS / seconds
        yield Figure(
            "store",
            f"events in ({EVENTS:,}, {given // EVENTS} B each)",
            rate,
            "events/s",
            f"{floor * EVENTS / given:,.0f} (writing and syncing the bytes only)",
            f"≥ {GOAL_EVENTS_PER_SECOND:,}",
            rate >= GOAL_EVENTS_PER_SECOND,
        )
        yield Figure("store", "on disk", taken / EVENTS, "B/event")
        reader = EmbeddedReader(store)
        for name, text in SEARCHES.items():
            p95, total = ask(reader, text)
            yield Figure("store", f"p95, {name} ({total:,} hits)", p95, "ms")


def disk_rate(path: Path) -> float:
    """Bytes/s the disk takes without any index."""
    block = os.urandom(1 << 20)
    began = time.perf_counter()
    with path.open("wb") as file:
        for _ in range(WRITE_BYTES >> 20):
            file.write(block)
        file.flush()
        os.fsync(file.fileno())
    spent = time.perf_counter() - began
    path.unlink()
    return WRITE_BYTES / spent


def take_in(store: EmbeddedWriter, events: int) -> tuple[int, float]:
    """(bytes given, seconds from the first append to the last commit)."""
    given, spent = 0, 0.0
    for position, batch in enumerate(batches(events, BATCH)):
        given += len(batch)
        began = time.perf_counter()
        store.append("events", batch, position)
        if position % COMMIT_EVERY == COMMIT_EVERY - 1:
            store.commit()
        spent += time.perf_counter() - began
    began = time.perf_counter()
    store.commit()
    return given, spent + time.perf_counter() - began


def ask(store: EmbeddedReader, text: str) -> tuple[float, int]:
    """(95th percentile in ms, hits in all)."""
    scope = Scope(frozenset({"gov-cloud"})) if not text else EVERYTHING
    request = Search(scope=scope, query=lucene.parse(text, 0), size=50)
    times, total = [], 0
    for _ in range(ROUNDS):
        began = time.perf_counter()
        total = store.search(request).total
        times.append((time.perf_counter() - began) * 1_000)
    return statistics.quantiles(times, n=20)[-1], total
