"""Carries kept files to the analyzer, behind events: offered one by one, sent in pieces when they are wanted."""

import asyncio
import hashlib
import json
import logging
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from websockets.asyncio.client import ClientConnection

from sensor.errors import LinkError
from sensor.extract.index import place
from sensor.extract.waiting import Waiting
from sensor.outbox.batch import pack

CHUNK_BYTES = 256 << 10
"""What a batch of events may have to wait for."""
LOOK_SECONDS = 0.1
"""How often the folder is looked into while nothing waits."""

log = logging.getLogger(__name__)


@dataclass(slots=True)
class Upload:
    """One file on its way. wanted: the analyzer has asked for it."""

    sha256: str
    file: BinaryIO
    size: int
    offset: int = 0
    wanted: bool = False


class FileDesk:
    """The files of one connection. vault: the folder the capture process keeps them in.

    A break forgets everything but what waits: the next connection's desk offers it again from its beginning.
    """

    def __init__(self, vault: Path) -> None:
        self._vault = vault
        self._waiting = Waiting(vault)
        self._queue: list[str] = []
        self._upload: Upload | None = None
        self._look_at = 0.0

    async def step(self, connection: ClientConnection) -> bool:
        """Send at most one message. Whether there was one to send."""
        if self._upload is None:
            await self._next()
            if self._upload is None:
                return False
            offer = {"sha256": self._upload.sha256, "size": self._upload.size}
            await connection.send(json.dumps({"offer": offer}))
            return True
        message = self._chunk(self._upload)
        if message is None:
            return False
        await connection.send(message)
        return True

    async def _next(self) -> None:
        """Open what has waited longest; what is gone or is not what its name says waits no more."""
        now = asyncio.get_running_loop().time()
        if not self._queue and now >= self._look_at:
            self._queue = self._waiting.oldest()[::-1]
            self._look_at = now + LOOK_SECONDS
        while self._queue and self._upload is None:
            sha256 = self._queue.pop()
            self._upload = await asyncio.to_thread(open_checked, place(self._vault, sha256))
            if self._upload is None:
                self._waiting.remove(sha256)

    @staticmethod
    def _chunk(upload: Upload) -> bytes | None:
        if not upload.wanted or upload.offset == upload.size:
            return None
        content = upload.file.read(CHUNK_BYTES)
        if not content:
            raise LinkError("a kept file became shorter while it was sent")
        meta = {"file": {"sha256": upload.sha256, "offset": upload.offset, "size": upload.size}}
        upload.offset += len(content)
        return pack(json.dumps(meta).encode(), content)

    def want(self, value: Any) -> None:
        """The analyzer asks for what was offered. Raises LinkError for anything else."""
        self._offered(value).wanted = True

    def have(self, value: Any) -> None:
        """The analyzer has it, or never wants it and says why: it waits no more."""
        upload = self._offered(value)
        if reason := value.get("reason"):
            log.warning("file not taken", extra={"sha256": upload.sha256, "reason": str(reason)})
        self._waiting.remove(upload.sha256)
        self.close()

    def _offered(self, value: Any) -> Upload:
        upload = self._upload
        if upload is None or not isinstance(value, dict) or value.get("sha256") != upload.sha256:
            raise LinkError("the analyzer answered a file that was not offered")
        return upload

    def close(self) -> None:
        if self._upload is not None:
            self._upload.file.close()
        self._upload = None


def open_checked(path: Path) -> Upload | None:
    """None when it is gone, or its content is not what its name says (the analyzer would take that for an attack)."""
    try:
        file = path.open("rb")
    except FileNotFoundError:
        return None
    try:
        if hashlib.file_digest(file, "sha256").hexdigest() == path.name:
            size = file.tell()
            file.seek(0)
            return Upload(path.name, file, size)
        log.error("a kept file is damaged", extra={"file": path.name})
    except OSError as fault:
        log.error("a kept file cannot be read", extra={"file": path.name, "reason": str(fault)})
    file.close()
    return None
