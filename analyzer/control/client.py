"""Asking the analyzer: an asynchronous client for the console, a plain one for the command line."""

import asyncio
import contextlib
import itertools
import random
import socket
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from analyzer.control.base import Push
from analyzer.control.lines import MAX_ANSWER, decode, encode, fault_of
from analyzer.errors import AnalyzerError, ControlError
from analyzer.ledger import Actor

# Longer than any action takes: rules.reload over a large site is a few seconds.
ANSWER_SECONDS = 30.0
FIRST_PAUSE, LONGEST_PAUSE = 0.1, 2.0
RESYNC = "resync"
"""Push kind made here: the stream was interrupted, so whatever is shown has to be read anew."""


class AnalyzerAwayError(ControlError):
    """The analyzer does not answer; it is starting, or stopped."""


class ControlClient:
    """Requests over one connection, made when needed. Answers may be waited for at once by many tasks."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._numbers = itertools.count(1)
        self._waiting: dict[int, asyncio.Future[Mapping[str, Any]]] = {}
        self._writer: asyncio.StreamWriter | None = None
        self._reading: asyncio.Task[None] | None = None
        self._connecting = asyncio.Lock()

    async def request(
        self, action: str, actor: Actor, params: Mapping[str, Any] | None = None
    ) -> dict[str, Any]:
        """The action's result. Raises what refused it; AnalyzerAwayError when it is not known whether it happened."""
        writer = await self._connected()
        number = next(self._numbers)
        waiting = self._waiting[number] = asyncio.get_running_loop().create_future()
        try:
            writer.write(
                encode({"id": number, "action": action, "actor": asdict(actor), "params": params or {}})
            )
            async with asyncio.timeout(ANSWER_SECONDS):
                await writer.drain()
                return _result(await waiting)
        except (ConnectionError, TimeoutError) as fault:
            raise _away(fault) from fault
        finally:
            self._waiting.pop(number, None)

    async def close(self) -> None:
        if self._reading is not None:
            self._reading.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._reading

    async def subscribe(self, pause: Callable[[], float] = random.random) -> AsyncIterator[Push]:
        """Pushes for ever. After each interruption comes one of kind RESYNC. pause: jitter, 0 to 1."""
        wait = FIRST_PAUSE
        while True:
            try:
                async for push in self.pushes():
                    wait = FIRST_PAUSE
                    yield push
            except (OSError, AnalyzerError, asyncio.IncompleteReadError):
                wait = min(wait * 2, LONGEST_PAUSE)
            await asyncio.sleep(wait * (0.5 + pause() / 2))

    async def pushes(self) -> AsyncIterator[Push]:
        """One connection's pushes, a RESYNC before the first; raises when it breaks off."""
        reader, writer = await asyncio.open_unix_connection(str(self._path), limit=MAX_ANSWER)
        try:
            writer.write(encode({"id": 0, "subscribe": True}))
            _result(decode(await reader.readuntil()))
            yield Push(RESYNC, {})
            while True:
                document = decode(await reader.readuntil())
                yield Push(str(document["push"]), document["data"])
        finally:
            writer.close()

    async def _connected(self) -> asyncio.StreamWriter:
        async with self._connecting:
            if self._writer is None or self._writer.is_closing():
                try:
                    reader, self._writer = await asyncio.open_unix_connection(
                        str(self._path), limit=MAX_ANSWER
                    )
                except OSError as fault:
                    raise _away(fault) from fault
                self._reading = asyncio.create_task(self._read(reader, self._writer))
            return self._writer

    async def _read(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                document = decode(await reader.readuntil())
                if waiting := self._waiting.get(document.get("id", 0)):
                    waiting.set_result(document)
        except (asyncio.IncompleteReadError, ConnectionError, AnalyzerError):
            self._fail_waiting()
        finally:
            writer.close()

    def _fail_waiting(self) -> None:
        for waiting in self._waiting.values():
            if not waiting.done():
                waiting.set_exception(ConnectionResetError("the analyzer closed the connection"))


def ask(path: Path, action: str, actor: Actor, params: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """One request over its own connection, blocking. Raises like ControlClient.request."""
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
            connection.settimeout(ANSWER_SECONDS)
            connection.connect(str(path))
            connection.sendall(
                encode({"id": 1, "action": action, "actor": asdict(actor), "params": params or {}})
            )
            with connection.makefile("rb") as lines:
                line = lines.readline(MAX_ANSWER)
    except OSError as fault:
        raise _away(fault) from fault
    if not line.endswith(b"\n"):
        raise _away(ConnectionResetError("the analyzer closed the connection"))
    return _result(decode(line))


def _result(document: Mapping[str, Any]) -> dict[str, Any]:
    if document.get("ok") is True:
        return dict(document["result"])
    raise fault_of(document.get("error") or {})


def _away(fault: Exception) -> AnalyzerAwayError:
    return AnalyzerAwayError(f"the analyzer does not answer: {fault}", hint="is `starwatch up` running?")
