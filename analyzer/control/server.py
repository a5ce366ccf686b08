"""The control service: a Unix socket only the appliance's own user can reach (ARCHITECTURE.md, Control)."""

import asyncio
import contextlib
import logging
import os
import socket
import struct
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from analyzer.control.dispatch import Answer, Request, refused
from analyzer.control.hub import Hub, Subscriber
from analyzer.control.lines import MAX_REQUEST, decode, encode
from analyzer.errors import AnalyzerError, InvalidError

log = logging.getLogger(__name__)

# Console, CLI, a few by hand: more is a loop gone wild.
MAX_CONNECTIONS = 64
# A subscriber whose socket takes nothing for this long is gone or stuck.
SEND_SECONDS = 10.0
ROOT = 0


class ControlServer:
    """dispatch: runs one request; called on one thread, so requests never overlap."""

    def __init__(self, path: Path, dispatch: Callable[[Request], Answer], hub: Hub) -> None:
        self._path = path
        self._dispatch = dispatch
        self._hub = hub
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="control")
        self._connections: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None

    async def start(self) -> None:
        self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._server = await asyncio.start_unix_server(
            self._serve, sock=_listening(self._path), limit=MAX_REQUEST
        )

    async def stop(self) -> None:
        """No request is cut: what has begun is answered first."""
        if self._server is not None:
            self._server.close()
        self._hub.end()
        for task in self._connections:
            task.cancel()
        await asyncio.gather(*self._connections, return_exceptions=True)
        await asyncio.to_thread(self._thread.shutdown)
        self._path.unlink(missing_ok=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        if task is None or len(self._connections) >= MAX_CONNECTIONS:
            writer.close()
            return
        self._connections.add(task)
        try:
            process = peer(writer)
            if process["uid"] in (os.getuid(), ROOT):
                await self._converse(reader, writer, process)
            else:
                log.warning("control: refused uid %d", process["uid"])
        except (ConnectionError, TimeoutError, asyncio.CancelledError):
            log.debug("control: a peer left")
        finally:
            self._connections.discard(task)
            writer.close()

    async def _converse(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, process: Mapping[str, int]
    ) -> None:
        while True:
            try:
                line = await reader.readuntil()
            except asyncio.IncompleteReadError:
                return
            except asyncio.LimitOverrunError:
                await _send(
                    writer, _answer(None, refused(InvalidError(f"a request has at most {MAX_REQUEST} bytes")))
                )
                return
            if subscriber := await self._take(line, writer, process):
                await self._stream(subscriber, reader, writer)
                return

    async def _take(
        self, line: bytes, writer: asyncio.StreamWriter, process: Mapping[str, int]
    ) -> Subscriber | None:
        """Answer one line; a subscription answers itself and takes the connection over."""
        number: Any = None
        try:
            document = decode(line)
            number = document.get("id")
            if document.get("subscribe") is True:
                return await self._subscribe(number, writer)
            answer = await self._run(_request(document, process))
        except AnalyzerError as fault:
            answer = refused(fault)
        await _send(writer, _answer(number, answer))
        for push in answer.pushes:
            self._hub.publish(push)
        return None

    async def _run(self, request: Request) -> Answer:
        """Shielded: a peer that leaves does not leave its request half done or its pushes unsent."""
        work = asyncio.get_running_loop().run_in_executor(self._thread, self._dispatch, request)
        try:
            return await asyncio.shield(work)
        except asyncio.CancelledError:
            for push in (await work).pushes:
                self._hub.publish(push)
            raise

    async def _subscribe(self, number: Any, writer: asyncio.StreamWriter) -> Subscriber:
        subscriber = self._hub.join()
        if subscriber is None:
            raise InvalidError("there are too many subscribers")
        await _send(writer, _answer(number, Answer(result={})))
        return subscriber

    async def _stream(
        self, subscriber: Subscriber, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        """Push until the peer leaves, or cannot follow and is cut off (it then reads everything anew)."""
        watch = asyncio.create_task(_until_closed(reader, subscriber))
        try:
            async for push in subscriber.pushes():
                await _send(writer, {"push": push.kind, "data": push.data})
        finally:
            self._hub.leave(subscriber)
            watch.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await watch


def peer(writer: asyncio.StreamWriter) -> Mapping[str, int]:
    """pid and uid of the other end, as the kernel says (unix(7), SO_PEERCRED)."""
    connection = writer.get_extra_info("socket")
    raw = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i"))
    pid, uid, _ = struct.unpack("3i", raw)
    return {"pid": pid, "uid": uid}


def _listening(path: Path) -> socket.socket:
    """Made unreachable for others before anybody can connect: the mode is set between bind and listen."""
    path.unlink(missing_ok=True)
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        listener.bind(str(path))
        path.chmod(0o600)
        listener.setblocking(False)
    except OSError:
        listener.close()
        raise
    return listener


def _request(document: Mapping[str, Any], process: Mapping[str, int]) -> Request:
    action = document.get("action")
    if not isinstance(action, str):
        raise InvalidError("action must be text")
    return Request(action, document.get("actor"), document.get("params", {}), process)


def _answer(number: Any, answer: Answer) -> Mapping[str, Any]:
    if answer.error is not None:
        return {"id": number, "ok": False, "error": answer.error}
    return {"id": number, "ok": True, "result": answer.result}


async def _send(writer: asyncio.StreamWriter, document: Mapping[str, Any]) -> None:
    writer.write(encode(document))
    async with asyncio.timeout(SEND_SECONDS):
        await writer.drain()


async def _until_closed(reader: asyncio.StreamReader, subscriber: Subscriber) -> None:
    """A subscriber says nothing more: whatever it sends, or its end, ends the subscription."""
    with contextlib.suppress(ConnectionError):
        await reader.read(1)
    subscriber.end()
