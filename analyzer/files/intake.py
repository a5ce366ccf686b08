"""Files as they come over a sensor's connection: offered, wanted or not, sent in pieces, checked, kept.

One file of a sensor at a time. While a piece is written nothing more is read from that sensor, so a sensor fills
neither memory nor, past quota and size limit, the disk; the others and the batches' committer go on.
"""

import asyncio
import hashlib
from collections import deque
from collections.abc import Callable, Mapping
from concurrent.futures import Executor
from dataclasses import dataclass, field
from typing import IO, Any, TypeVar

from analyzer.errors import InboxError
from analyzer.files.shelf import Shelf
from analyzer.files.vault import SHA256, Vault

Result = TypeVar("Result")
Say = Callable[[Mapping[str, Any]], None]

OFFER, FILE = "offer", "file"
CHUNK_BYTES = 256 << 10
"""Of a piece, at most: what a batch of events may have to wait for."""
MAX_OFFERS = 1_024
"""Offers of one sensor that may wait for their answer, some 100 kB; one that sends more does not wait for any."""
MAX_SIZE = 1 << 62


@dataclass(frozen=True, slots=True)
class Offer:
    sha256: str
    size: int


@dataclass(slots=True)
class Upload:
    """The file a sensor is sending. written: into partial/."""

    offer: Offer
    written: IO[bytes]
    received: int = 0
    digest: Any = field(default_factory=hashlib.sha256)

    def add(self, content: bytes) -> None:
        self.written.write(content)
        self.digest.update(content)
        self.received += len(content)


@dataclass(slots=True)
class Sender:
    """One connected sensor. closing: its last file being made durable."""

    say: Say
    offers: deque[Offer] = field(default_factory=deque)
    upload: Upload | None = None
    closing: asyncio.Task[None] | None = None

    @property
    def busy(self) -> bool:
        return self.upload is not None or self.closing is not None


class Intake:
    """The inbox's visitor for kinds `offer` and `file`. executor: threads for the disk, not the inbox's own."""

    def __init__(self, shelf: Shelf, vault: Vault, executor: Executor) -> None:
        self._shelf = shelf
        self._vault = vault
        self._executor = executor
        self._senders: dict[str, Sender] = {}

    async def receive(self, sensor: str, kind: str, value: Any, content: bytes, say: Say) -> None:
        sender = self._senders.setdefault(sensor, Sender(say))
        if kind == OFFER:
            if len(sender.offers) == MAX_OFFERS:
                raise InboxError("more files offered than can wait")
            sender.offers.append(read_offer(value))
            await self._answer(sensor, sender)
        else:
            await self._piece(sensor, sender, value, content)

    async def leave(self, sensor: str) -> None:
        sender = self._senders.pop(sensor, None)
        if sender is None:
            return
        if sender.closing is not None:
            await sender.closing
        if sender.upload is not None:
            sender.upload.written.close()
            await self._on_disk(self._vault.drop, sensor)

    async def _answer(self, sensor: str, sender: Sender) -> None:
        """Offers in order, until one is wanted."""
        while sender.offers and not sender.busy:
            offer = sender.offers.popleft()
            answer = await self._on_disk(self._shelf.offered, sensor, offer.sha256, offer.size)
            if answer.wanted:
                sender.upload = Upload(offer, await self._on_disk(self._vault.begin, sensor))
                sender.say({"want": {"sha256": offer.sha256}})
            else:
                reason = {"reason": answer.reason} if answer.reason else {}
                sender.say({"have": {"sha256": offer.sha256, **reason}})

    async def _piece(self, sensor: str, sender: Sender, value: Any, content: bytes) -> None:
        upload = sender.upload
        check_piece(upload, value, content)
        assert upload is not None  # noqa: S101 - check_piece has seen it
        await self._on_disk(upload.add, content)
        if upload.received == upload.offer.size:
            sender.upload = None
            if upload.digest.hexdigest() != upload.offer.sha256:
                upload.written.close()
                await self._on_disk(self._vault.drop, sensor)
                raise InboxError("a file that is not what its hash says")
            sender.closing = asyncio.create_task(self._close(sensor, sender, upload))

    async def _close(self, sensor: str, sender: Sender, upload: Upload) -> None:
        """Beside the reading: making 64 MiB durable takes longer than a batch should wait."""
        offer = upload.offer
        try:
            await self._on_disk(self._shelf.take, sensor, upload.written, offer.sha256, offer.size)
            sender.say({"have": {"sha256": offer.sha256}})
        except OSError as fault:
            upload.written.close()
            sender.say({"have": {"sha256": offer.sha256, "reason": f"it cannot be kept: {fault.strerror}"}})
        finally:
            sender.closing = None
        if self._senders.get(sensor) is sender:
            await self._answer(sensor, sender)

    async def _on_disk(self, call: Callable[..., Result], *arguments: Any) -> Result:
        return await asyncio.get_running_loop().run_in_executor(self._executor, call, *arguments)


def read_offer(value: Any) -> Offer:
    if not isinstance(value, dict) or not is_hash(value.get("sha256")) or not is_size(value.get("size")):
        raise InboxError("an offer without hash or size")
    return Offer(value["sha256"], value["size"])


def check_piece(upload: Upload | None, value: Any, content: bytes) -> None:
    """Raises InboxError unless it is the next piece of the file that was wanted."""
    if upload is None:
        raise InboxError("a piece of a file nobody wanted")
    offer = upload.offer
    if not isinstance(value, dict) or (value.get("sha256"), value.get("size")) != (offer.sha256, offer.size):
        raise InboxError("a piece of another file")
    if value.get("offset") != upload.received or not 0 < len(content) <= CHUNK_BYTES:
        raise InboxError("not the next piece")
    if upload.received + len(content) > offer.size:
        raise InboxError("more than was offered")


def is_hash(value: Any) -> bool:
    return isinstance(value, str) and SHA256.match(value) is not None


def is_size(value: Any) -> bool:
    return type(value) is int and 0 <= value < MAX_SIZE
