"""Evidence on disk: each pcap under its SHA-256, whole and durable before anything says that it is there."""

import hashlib
import re
from collections.abc import Collection
from pathlib import Path

from sensor.outbox.files import replace_durably, sync_folder

SHA256 = re.compile(r"[0-9a-f]{64}")


def place_of(folder: Path, sha256: str) -> Path:
    """Where content of this hash lies. Raises ValueError for what is no hash: a name from outside is never a path."""
    if not SHA256.fullmatch(sha256):
        raise ValueError("not a SHA-256 in lower-case hex")
    return folder / sha256[:2] / sha256


class Vault:
    """max_bytes: quota; who calls `store` makes room first."""

    def __init__(self, folder: Path, max_bytes: int) -> None:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._folder = folder
        self.max_bytes = max_bytes
        self._sizes = {path.name: path.stat().st_size for path in self._files()}

    def _files(self) -> list[Path]:
        return [path for path in self._folder.glob("??/*") if SHA256.fullmatch(path.name)]

    @property
    def size(self) -> int:
        """From any thread: the copy is taken at once, whoever stores meanwhile."""
        return sum(list(self._sizes.values()))

    def has_room(self, size: int) -> bool:
        return self.size + size <= self.max_bytes

    def store(self, content: bytes) -> str:
        """The content's hash; durable when this returns. Raises OSError."""
        sha256 = hashlib.sha256(content).hexdigest()
        if sha256 not in self._sizes:
            place = place_of(self._folder, sha256)
            new = not place.parent.is_dir()
            replace_durably(place, content)
            if new:
                sync_folder(self._folder)
            self._sizes[sha256] = len(content)
        return sha256

    def __contains__(self, sha256: str) -> bool:
        return sha256 in self._sizes

    def drop(self, sha256: str) -> None:
        place_of(self._folder, sha256).unlink(missing_ok=True)
        self._sizes.pop(sha256, None)

    def sweep(self, wanted: Collection[str]) -> None:
        """What nothing refers to goes, with what a crash left half written."""
        for sha256 in set(self._sizes) - set(wanted):
            self.drop(sha256)
        for path in self._folder.glob("??/*.new"):
            path.unlink(missing_ok=True)
