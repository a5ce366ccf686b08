"""The inbox as a whole; kill -9 of either side of the link (TRUST.md D.3-1)."""

import asyncio
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from analyzer.errors import InboxError
from analyzer.inbox import Inbox, InboxReader
from sensor.outbox import BatchMeta
from tests.analyzer.inbox.rig import Rig, ids, lines, running, until
from tests.corpus import ROOT

RECOVERY_SECONDS = 2.0
"""D.3-1: restart and recovery of a process take no longer (a Python start included)."""


@pytest.fixture
def rig(tmp_path: Path) -> Rig:
    return Rig(tmp_path)


@pytest.mark.anyio
async def test_a_link_brings_everything_once_and_in_order(rig: Rig) -> None:
    outbox = rig.outbox()
    inbox = rig.inbox()
    try:
        async with running(rig.link(inbox.port)):
            for number in range(200):
                outbox.append(BatchMeta("e", number * 5, 5), lines("e", number * 5, 5))
            await until(lambda: inbox.status().durable == 200)
        assert ids(inbox.reader().read(0, 1 << 30)) == [f"e-{n}" for n in range(1000)]
    finally:
        inbox.stop()


@pytest.mark.anyio
async def test_a_link_finds_back_to_a_restarted_analyzer(rig: Rig) -> None:
    outbox = rig.outbox()
    first = rig.inbox()
    async with running(rig.link(first.port)):
        outbox.append(BatchMeta("e", 0, 1), lines("e", 0, 1))
        await until(lambda: first.status().durable == 1)
        port = first.port
        await asyncio.to_thread(first.stop)
        outbox.append(BatchMeta("e", 1, 1), lines("e", 1, 1))
        second = rig.inbox(port=port)
        try:
            await until(lambda: second.status().durable == 2)
            assert ids(second.reader().read(0)) == ["e-0", "e-1"]
        finally:
            second.stop()


@pytest.mark.anyio
async def test_an_order_to_answer_is_obeyed(rig: Rig) -> None:
    inbox = rig.inbox()
    try:
        async with running(rig.link(inbox.port)):
            await until(lambda: inbox.status().sensors != ())
            inbox.ping("s-1", "one")
            await until(lambda: inbox.status().sensors[0].round_trip_ms is not None)
            inbox.ping("nobody", "two")
    finally:
        inbox.stop()


def test_a_taken_port_is_said(rig: Rig) -> None:
    inbox = rig.inbox()
    try:
        with pytest.raises(OSError, match="address already in use"):
            Rig(rig.data / "other").inbox(port=inbox.port)
    finally:
        inbox.stop()


def test_stopping_before_starting_is_nothing(rig: Rig) -> None:
    from analyzer.trust import credentials
    from sensor.identity import server_context

    context = server_context(credentials(rig.data, "analyzer"))
    Inbox(rig.data / "inbox", context, address="127.0.0.1", port=0).stop()


@contextmanager
def process(role: str, data: Path, port: int) -> Iterator[subprocess.Popen[bytes]]:
    """One side of the link as its own process; given back when it is ready, killed in the end."""
    command = [sys.executable, "-m", "tests.analyzer.inbox.side", role, str(data), str(port)]
    child = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    try:
        assert child.stdout is not None
        assert child.stdout.readline() == b"ready\n", role
        yield child
    finally:
        child.send_signal(signal.SIGKILL)
        child.wait()
        if child.stdout is not None:
            child.stdout.close()


def kill_at_random_moments(rig: Rig, kills: int, dice: random.Random) -> None:
    """While events flow, kill one side or the other; then all events are in the inbox, each once."""
    port = free_port()
    with process("capture", rig.data, kills) as capture:
        for _ in range(kills):
            begun = time.monotonic()
            with process("inbox", rig.data, port), process("link", rig.data, port) as link:
                assert time.monotonic() - begun < RECOVERY_SECONDS * 2 + SLOW_MACHINE_SECONDS
                time.sleep(dice.uniform(0.0, 0.3))
                if dice.random() < 0.5:  # the link alone, and once more from where it was
                    link.kill()
                    link.wait()
                    with process("link", rig.data, port):
                        time.sleep(dice.uniform(0.0, 0.2))
        capture.send_signal(signal.SIGTERM)
        assert capture.stdout is not None
        count = int(capture.stdout.readline())
    expected = [f"e-{number}" for number in range(count)]
    with process("inbox", rig.data, port), process("link", rig.data, port):
        deadline = time.monotonic() + 60
        while arrived(rig) < count and time.monotonic() < deadline:
            time.sleep(0.1)
    assert count > kills * 10, "events were made all the time"
    assert ids(InboxReader(rig.data / "inbox", lambda: 1 << 60).read(0, 1 << 40)) == expected


SLOW_MACHINE_SECONDS = float(os.environ.get("STARWATCH_SLACK", "4"))
"""Two interpreters start on a machine that runs other tests too; recovery itself is measured below."""


def arrived(rig: Rig) -> int:
    metas = [batch.meta for batch in InboxReader(rig.data / "inbox", lambda: 1 << 60).read(0, 1 << 40)]
    return max((meta["sequence"] + meta["count"] for meta in metas), default=0)


def free_port() -> int:
    import socket

    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port


def test_d3_1_kill_9_of_either_side_loses_and_doubles_nothing(rig: Rig) -> None:
    kill_at_random_moments(rig, 6, random.Random(1))


@pytest.mark.slice
def test_d3_1_kill_9_at_fifty_moments(rig: Rig) -> None:
    kill_at_random_moments(rig, 50, random.Random(2))


@pytest.mark.soak
@pytest.mark.timeout(0)
def test_d3_1_kill_9_at_ten_thousand_moments(rig: Rig) -> None:
    kill_at_random_moments(rig, 10_000, random.Random(3))


def test_d3_1_recovery_of_a_large_inbox_takes_less_than_two_seconds(rig: Rig) -> None:
    """As many batches as ever lie behind the last checkpoint, the process killed: opening is all that recovery is."""
    from analyzer.inbox.journal import CHECKPOINT_BATCHES, Journal
    from sensor._native import LogWriter

    log = LogWriter(str(rig.data / "inbox"))
    for number in range(CHECKPOINT_BATCHES):
        log.append(b'{"sensor":"s-1","epoch":"e","sequence":%d,"count":1}' % number, b"x" * 200)
    log.sync()
    log.close()
    begun = time.monotonic()
    journal = Journal(rig.data / "inbox")
    assert time.monotonic() - begun < RECOVERY_SECONDS
    assert journal.durable == CHECKPOINT_BATCHES


def test_what_the_analyzer_injects_is_durable_and_taken_once(tmp_path: Path) -> None:
    rig = Rig(tmp_path)
    for life in range(2):
        inbox = rig.inbox()
        try:
            assert inbox.inject(BatchMeta("own", 0, 2), lines("own", 0, 2))
            assert inbox.inject(BatchMeta("own", 2, 1), lines("own", 2, 1)), life
            batches = inbox.reader().read(0)
            assert ids(batches) == ["own-0", "own-1", "own-2"]
            assert {batch.meta["sensor"] for batch in batches} == {"analyzer"}
        finally:
            inbox.stop()


def test_no_room_is_said_and_a_false_count_is_a_fault(tmp_path: Path) -> None:
    inbox = Rig(tmp_path).inbox(max_bytes=100_000)
    try:
        wide = b'{"x":"%s"}\n' % os.urandom(20_000).hex().encode()
        taken = [inbox.inject(BatchMeta("own", number, 1), wide) for number in range(8)]
        assert taken == [True] * 4 + [False] * 4
        assert "full" in inbox.status().obstacle
        with pytest.raises(InboxError, match="claims 2 events"):
            inbox.inject(BatchMeta("own", 9, 2), b"{}\n")
    finally:
        inbox.stop()
