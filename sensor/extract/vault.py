"""The sensor's files by hash: whole and durable before the events that name them go out."""

import logging
import os
import shutil
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from sensor._native import Events, FilePart
from sensor.extract.index import Index, place
from sensor.extract.waiting import Waiting
from sensor.outbox.files import PRIVATE, sync_folder

PARTIAL = "partial"
FREED_SHARE = 16
"""Part of the quota that is freed at once: looking for what may go costs a look at every file."""

log = logging.getLogger(__name__)


@dataclass(slots=True)
class Growing:
    """A file whose end has not come. failed: it cannot be kept; the rest of it is let go."""

    path: Path
    size: int = 0
    failed: bool = False


@dataclass(frozen=True, slots=True)
class Whole:
    """A file written and not durable yet."""

    sha256: str
    path: Path


class Vault:
    """`<hash[:2]>/<hash>` below `folder`, never more than `max_bytes` with what is growing; the only writer of it.

    Oldest files go first, those the analyzer has not answered last. What was growing when the process died is gone.
    """

    def __init__(self, folder: Path, *, max_bytes: int) -> None:
        self._folder = folder
        self._max_bytes = max_bytes
        self._partial = folder / PARTIAL
        self._waiting = Waiting(folder)
        shutil.rmtree(self._partial, ignore_errors=True)
        for each in (self._partial, self._waiting.folder):
            each.mkdir(parents=True, exist_ok=True)
        self._index = Index.read(folder)
        self._growing: dict[tuple[str, int], Growing] = {}
        self._obstacle = False

    @property
    def held(self) -> int:
        return self._index.bytes + sum(each.size for each in self._growing.values())

    def keep(self, epoch: str, events: Events) -> bytes:
        """The batch's event lines, once the files they name are durable; lines of files without room say so."""
        parts = events.parts
        if not parts:
            return events.ndjson
        whole: list[Whole] = []
        refused = {part.sha256 for part in parts if not self._take(epoch, part, whole)}
        refused |= self._settle(whole)
        return unstored(events.ndjson, [sha256 for sha256 in refused if sha256])

    def forget(self, epoch: str) -> None:
        """The epoch's decoder is gone: what it had begun will not end."""
        for key in [key for key in self._growing if key[0] == epoch]:
            self._drop(key)

    def _take(self, epoch: str, part: FilePart, whole: list[Whole]) -> bool:
        """False: the file was whole with this part and is not kept."""
        key = (epoch, part.file)
        if part.dropped:
            self._drop(key)
            return True
        if part.sha256 is not None and part.sha256 in self._index:
            self._drop(key)
            self._renew(part.sha256)
            return True
        kept = self._append(key, part)
        if part.sha256 is None:
            return True
        if not kept:
            self._drop(key)
            return False
        grown = self._growing.pop(key)
        self._index.add(part.sha256, grown.size)
        whole.append(Whole(part.sha256, grown.path))
        return True

    def _append(self, key: tuple[str, int], part: FilePart) -> bool:
        """False: there is no room for it."""
        growing = self._growing.setdefault(key, Growing(self._partial / f"{key[0]}-{key[1]:016x}"))
        if growing.failed:
            return False
        try:
            self._make_room(part.size)
            with open(growing.path, "ab", opener=private) as file:
                file.write(part.content)
        except OSError as fault:
            self._say(fault)
            growing.path.unlink(missing_ok=True)
            growing.failed, growing.size = True, 0
            return False
        growing.size += part.size
        return True

    def _drop(self, key: tuple[str, int]) -> None:
        growing = self._growing.pop(key, None)
        if growing is not None:
            growing.path.unlink(missing_ok=True)

    def _renew(self, sha256: str) -> None:
        self._index.renew(sha256)
        with suppress(FileNotFoundError):  # twice in one batch: it has its name at the batch's end
            os.utime(place(self._folder, sha256))

    def _settle(self, whole: Iterable[Whole]) -> set[str | None]:
        """Make files durable: their content first, then their names, one sync of each folder. Answers what failed."""
        refused: set[str | None] = set()
        folders = {self._waiting.folder}
        for each in whole:
            try:
                folders |= self._name(each)
            except OSError as fault:
                self._say(fault)
                refused.add(each.sha256)
                self._remove(each.sha256)
                each.path.unlink(missing_ok=True)
        if whole:
            for folder in sorted(folders):
                sync_folder(folder)
        return refused

    def _name(self, whole: Whole) -> set[Path]:
        sync_content(whole.path)
        path = place(self._folder, whole.sha256)
        fresh = not path.parent.exists()
        path.parent.mkdir(exist_ok=True)
        self._waiting.add(whole.sha256)
        whole.path.rename(path)
        self._obstacle = False
        return {path.parent, self._folder} if fresh else {path.parent}

    def _make_room(self, size: int) -> None:
        """Raises OSError when `size` more bytes do not fit whatever goes."""
        if self.held + size <= self._max_bytes:
            return
        goal = self._max_bytes - size - self._max_bytes // FREED_SHARE
        oldest = list(self._index.sizes)
        answered = [sha256 for sha256 in oldest if sha256 not in self._waiting]
        for sha256 in dict.fromkeys(answered + oldest):
            if self.held <= goal:
                return
            if place(self._folder, sha256).exists():
                self._remove(sha256)
        if self.held + size > self._max_bytes:
            raise OSError(f"{size} bytes do not fit into the quota of {self._max_bytes}")

    def _remove(self, sha256: str) -> None:
        place(self._folder, sha256).unlink(missing_ok=True)
        self._waiting.remove(sha256)
        self._index.remove(sha256)

    def _say(self, fault: OSError) -> None:
        """Once until a file is kept again."""
        if not self._obstacle:
            hint = "free disk space or raise files_mib in settings.toml; events go on without contents"
            log.error("cannot keep a file", extra={"reason": str(fault), "hint": hint})
        self._obstacle = True


def private(path: str, flags: int) -> int:
    return os.open(path, flags, PRIVATE)


def sync_content(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def unstored(ndjson: bytes, refused: Iterable[str]) -> bytes:
    """Event lines where the files of these hashes are said not to be stored."""
    marks = [f'"sha256":"{sha256}"'.encode() for sha256 in refused]
    if not marks:
        return ndjson
    lines = ndjson.splitlines(keepends=True)
    return b"".join(
        line.replace(b'"stored":true', b'"stored":false') if any(mark in line for mark in marks) else line
        for line in lines
    )
