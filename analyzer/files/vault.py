"""Contents on disk by their SHA-256: `<aa>/<sha256>`, whole and durable; `partial/` while they arrive."""

import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from sensor.outbox.files import sync_folder

SHA256 = re.compile(r"[0-9a-f]{64}\Z")
PARTIAL = "partial"


class Vault:
    """Names come from hashes that were checked and from sensor ids out of certificates, never from a message."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._partial = folder / PARTIAL
        shutil.rmtree(self._partial, ignore_errors=True)
        self._partial.mkdir(parents=True, mode=0o700)

    def path(self, sha256: str) -> Path:
        if not SHA256.match(sha256):
            raise ValueError("not a SHA-256")
        return self.folder / sha256[:2] / sha256

    def begin(self, sensor: str) -> IO[bytes]:
        """A file to write what arrives from the sensor; another one of the same sensor is gone."""
        path = self._partial / sensor
        path.unlink(missing_ok=True)
        return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")

    def drop(self, sensor: str) -> None:
        (self._partial / sensor).unlink(missing_ok=True)

    def keep(self, sensor: str, written: IO[bytes], sha256: str) -> None:
        """What the sensor sent is the content of this hash: durable when this returns."""
        written.flush()
        os.fsync(written.fileno())
        written.close()
        path = self.path(sha256)
        path.parent.mkdir(mode=0o700, exist_ok=True)
        (self._partial / sensor).replace(path)
        sync_folder(path.parent)
        sync_folder(self.folder)

    def remove(self, sha256: str) -> None:
        self.path(sha256).unlink(missing_ok=True)

    def contents(self) -> Iterator[tuple[str, int]]:
        """(hash, size) of everything kept."""
        for path in self.folder.glob("[0-9a-f][0-9a-f]/*"):
            if SHA256.match(path.name):
                yield path.name, path.stat().st_size
