"""What lies in the vault, oldest first, and what must go to make room."""

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

SHA256 = re.compile(r"[0-9a-f]{64}\Z")


def place(folder: Path, sha256: str) -> Path:
    """Where content of this hash lies."""
    return folder / sha256[:2] / sha256


@dataclass(slots=True)
class Index:
    """Sizes by hash, in the order of age; a file seen again is young again."""

    sizes: dict[str, int] = field(default_factory=dict)
    bytes: int = 0

    @classmethod
    def read(cls, folder: Path) -> "Index":
        index = cls()
        for _, sha256, size in sorted(kept(folder)):
            index.add(sha256, size)
        return index

    def __contains__(self, sha256: str) -> bool:
        return sha256 in self.sizes

    def add(self, sha256: str, size: int) -> None:
        self.remove(sha256)
        self.sizes[sha256] = size
        self.bytes += size

    def remove(self, sha256: str) -> None:
        self.bytes -= self.sizes.pop(sha256, 0)

    def renew(self, sha256: str) -> None:
        self.sizes[sha256] = self.sizes.pop(sha256)


def kept(folder: Path) -> Iterator[tuple[int, str, int]]:
    """(time of last sight, hash, size) of every file below `folder`."""
    for entry in os.scandir(folder):
        if len(entry.name) == 2 and entry.is_dir(follow_symlinks=False):
            for file in os.scandir(entry):
                if SHA256.match(file.name):
                    status = file.stat(follow_symlinks=False)
                    yield status.st_mtime_ns, file.name, status.st_size
