"""Third-party parsers over operators' files run here: in a process of their own, spawned, bounded, without network.

A worker is one process for one job: it holds no state, so ending it is always safe. It is started by exec, never forked
beside threads; where the kernel allows, in a network namespace with nothing in it.
"""

import asyncio
import contextlib
import json
import logging
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from analyzer.workers.isolation import isolated, prefix

log = logging.getLogger(__name__)

# Two cores are the smallest machine; the stream has the first claim on them.
AT_ONCE = 1
# A job that failed is tried once more: it may have been the machine, but hardly twice.
ATTEMPTS = 2
RETRY_PAUSE_S = 1.0
MAX_OUTPUT = 16 << 20
# pySigma over SigmaHQ needs about 20 s and 300 MB.
MEMORY_BYTES = 2 << 30


@dataclass(frozen=True, slots=True)
class Job:
    """module: run with `python -m`. seconds: then it is killed. arguments, given: command line and standard input."""

    module: str
    seconds: float
    arguments: Sequence[str] = ()
    given: bytes = b""


@dataclass(frozen=True, slots=True)
class Outcome:
    """lines: the JSON objects it printed, one a line. fault: why there may be fewer; empty when it ended well."""

    lines: Sequence[Mapping[str, Any]]
    fault: str = ""
    seconds: float = 0.0


@dataclass(slots=True)
class Tally:
    """What the pool has done, for the status document."""

    running: int = 0
    done: int = 0
    failed: int = 0
    restarts: int = 0
    last_fault: str = ""
    isolated: bool = False
    pids: list[int] = field(default_factory=list)


class Workers:
    """Runs jobs, few at once, each under supervision."""

    def __init__(self) -> None:
        self._free = asyncio.Semaphore(AT_ONCE)
        self._prefix = prefix(MEMORY_BYTES)
        self._tally = Tally(isolated=isolated(self._prefix))

    def status(self) -> Mapping[str, Any]:
        return asdict(self._tally)

    async def run(self, job: Job) -> Outcome:
        """The job's outcome; a fault is part of it, never raised."""
        async with self._free:
            for attempt in range(1, ATTEMPTS + 1):
                outcome = await self._attempt(job)
                if not outcome.fault:
                    self._tally.done += 1
                    return outcome
                log.warning("worker %s: %s", job.module, outcome.fault)
                self._tally.last_fault = outcome.fault
                if attempt < ATTEMPTS:
                    self._tally.restarts += 1
                    await asyncio.sleep(RETRY_PAUSE_S)
            self._tally.failed += 1
            return outcome

    async def _attempt(self, job: Job) -> Outcome:
        begun = time.monotonic()
        process = await asyncio.create_subprocess_exec(
            *self._prefix,
            sys.executable,
            "-m",
            job.module,
            *job.arguments,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            limit=MAX_OUTPUT,
            start_new_session=True,
        )
        self._tally.running += 1
        self._tally.pids.append(process.pid)
        try:
            output, fault = await _followed(process, job)
        finally:
            await _ended(process)
            self._tally.running -= 1
            self._tally.pids.remove(process.pid)
        return _outcome(output, fault, time.monotonic() - begun)


async def _followed(process: asyncio.subprocess.Process, job: Job) -> tuple[bytes, str]:
    """(what it printed, why it did not end well)."""
    try:
        async with asyncio.timeout(job.seconds):
            output, errors, _ = await asyncio.gather(
                _bounded(process, process.stdout),
                _bounded(process, process.stderr),
                _feed(process, job.given),
            )
            if len(output) > MAX_OUTPUT:
                return b"", f"ended: it printed more than {MAX_OUTPUT} bytes"
            code = await process.wait()
    except TimeoutError:
        return b"", f"ended after {job.seconds:.0f} s: it took too long"
    last = errors.decode(errors="replace").strip().splitlines()[-1:]
    return output, "" if code == 0 else f"ended with code {code}: {' '.join(last)}"


async def _feed(process: asyncio.subprocess.Process, given: bytes) -> None:
    """A worker that ends without reading its input has a fault of its own; this is not another."""
    if process.stdin is None:
        return
    with contextlib.suppress(ConnectionError):
        process.stdin.write(given)
        await process.stdin.drain()
    process.stdin.close()


async def _bounded(process: asyncio.subprocess.Process, stream: asyncio.StreamReader | None) -> bytes:
    """All of it; a worker that says more than is allowed is killed, and one byte more is answered."""
    content = bytearray()
    while stream is not None and (piece := await stream.read(64 << 10)):
        content += piece
        if len(content) > MAX_OUTPUT:
            _kill(process)
            break
    return bytes(content[: MAX_OUTPUT + 1])


async def _ended(process: asyncio.subprocess.Process) -> None:
    """It and whatever it started is gone when this returns."""
    _kill(process)
    for stream in (process.stdout, process.stderr):
        # Read to the end, else the pipe stays open with what nobody wanted in it.
        while stream is not None and await stream.read(64 << 10):
            pass
    await process.wait()


def _kill(process: asyncio.subprocess.Process) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)


def _outcome(output: bytes, fault: str, seconds: float) -> Outcome:
    lines: list[Mapping[str, Any]] = []
    for line in output.splitlines():
        try:
            document = json.loads(line)
        except ValueError:
            return Outcome(lines, fault or "printed a line that is not JSON", seconds)
        if not isinstance(document, dict):
            return Outcome(lines, fault or "printed a line that is no object", seconds)
        lines.append(document)
    return Outcome(lines, fault, seconds)
