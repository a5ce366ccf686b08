"""Batches of events as the decoder hands them over, made by hand."""

import hashlib
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Part:
    file: int
    content: bytes = b""
    sha256: str | None = None
    dropped: bool = False

    @property
    def size(self) -> int:
        return len(self.content)


@dataclass(frozen=True)
class Batch:
    parts: list[Part] = field(default_factory=list)
    ndjson: bytes = b""


def digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def line(content: bytes) -> bytes:
    """The part of a file event the vault may have to change."""
    return b'{"file":{"hash":{"sha256":"%s"},"stored":true}}\n' % digest(content).encode()


def whole(file: int, content: bytes, before: bytes = b"") -> Part:
    """The last part of a file whose earlier bytes were `before`."""
    return Part(file, content, digest(before + content))


def batch(*contents: bytes) -> Batch:
    """A batch of files that are whole at once."""
    parts = [whole(number, content) for number, content in enumerate(contents)]
    return Batch(parts, b"".join(map(line, contents)))
