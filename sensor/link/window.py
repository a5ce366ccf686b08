"""Batches sent and not acknowledged yet: pure bookkeeping, no sockets."""

from collections import deque
from dataclasses import dataclass, field

from sensor.errors import LinkError
from sensor.outbox.batch import WINDOW_BATCHES, WINDOW_BYTES, BatchMeta


@dataclass(frozen=True, slots=True)
class Sent:
    """index: in the outbox; message: as sent, kept until the answer."""

    index: int
    meta: BatchMeta
    message: bytes


@dataclass(slots=True)
class Window:
    """The analyzer answers in the order of sending, so the oldest is the one an answer must be for."""

    _sent: deque[Sent] = field(default_factory=deque)
    _bytes: int = 0

    def __len__(self) -> int:
        return len(self._sent)

    def has_room(self, length: int) -> bool:
        """For one more message of `length` bytes; a single one may always go, however long."""
        if not self._sent:
            return True
        return len(self._sent) < WINDOW_BATCHES and self._bytes + length <= WINDOW_BYTES

    def add(self, sent: Sent) -> None:
        self._sent.append(sent)
        self._bytes += len(sent.message)

    def answered(self, batch: object) -> Sent:
        """The batch this answer is for; LinkError when it is not the oldest one on the way."""
        if not self._sent or batch_key(batch) != meta_key(self._sent[0].meta):
            raise LinkError("the analyzer answered a batch that was not next")
        sent = self._sent.popleft()
        self._bytes -= len(sent.message)
        return sent


def meta_key(meta: BatchMeta) -> tuple[object, ...]:
    return meta.epoch, meta.sequence, meta.count


def batch_key(batch: object) -> tuple[object, ...]:
    if not isinstance(batch, dict):
        return ()
    return batch.get("epoch"), batch.get("sequence"), batch.get("count")
