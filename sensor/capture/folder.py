"""Capture files dropped into a folder: each is read once, then moved away."""

import json
import os
import stat
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

STABLE_SECONDS = 1.0
"""A file nobody has written to for so long is taken to be complete."""
PARTIAL = ".part"
"""Suffix of files still being copied by us; a rename makes them whole at once."""


@dataclass(frozen=True, slots=True)
class Look:
    """How a file was when last looked at."""

    size: int
    modified_ns: int


NEW, PLAY = "new", "play"
"""Inlets: captures to be read as they are, and captures to be played as live traffic."""


class DropFolder:
    """`<inlet>/`, `done/` and `bad/` below `folder`. clock: seconds since 1970."""

    def __init__(self, folder: Path, *, inlet: str = NEW, clock: Callable[[], float] = time.time) -> None:
        self._new, self._done, self._bad = (folder / name for name in (inlet, "done", "bad"))
        for path in (self._new, self._done, self._bad):
            path.mkdir(parents=True, exist_ok=True)
        self._clock = clock
        self._looks: dict[Path, Look] = {}

    def next(self) -> Path | None:
        """The oldest file that is complete; None when there is none. What is no plain file goes to bad/ at once."""
        looks: dict[Path, Look] = {}
        ready: list[tuple[int, Path]] = []
        for path in self._candidates():
            status = path.lstat()
            if not stat.S_ISREG(status.st_mode):
                self.reject(path, "not a plain file: links, pipes and folders are not followed")
                continue
            looks[path] = Look(status.st_size, status.st_mtime_ns)
            quiet = self._clock() - max(status.st_mtime, status.st_ctime)
            # A clock set back leaves files "from the future": they count as quiet when they do not change.
            if self._looks.get(path) == looks[path] and (quiet >= STABLE_SECONDS or quiet < 0):
                ready.append((status.st_mtime_ns, path))
        self._looks = looks
        return min(ready)[1] if ready else None

    def _candidates(self) -> list[Path]:
        with os.scandir(self._new) as entries:
            names = [entry.name for entry in entries]
        return [self._new / name for name in names if not name.startswith(".") and not name.endswith(PARTIAL)]

    def finish(self, path: Path) -> Path:
        """Read to its end: to done/."""
        return self._move(path, self._done)

    def reject(self, path: Path, reason: str, hint: str = "") -> Path:
        """Cannot be read: to bad/, with the reason beside it."""
        moved = self._move(path, self._bad)
        note = {"file": path.name, "reason": reason, "hint": hint}
        moved.with_name(moved.name + ".reason.json").write_text(json.dumps(note, ensure_ascii=False) + "\n")
        return moved

    def submit(self, source: Path) -> Path:
        """Copy a file in, whole or not at all; where it lies now. Raises OSError."""
        target = free_name(self._new / source.name.lstrip("."))
        partial = target.with_name(target.name + PARTIAL)
        with source.open("rb") as reader, partial.open("wb") as writer:
            while chunk := reader.read(1 << 20):
                writer.write(chunk)
            writer.flush()
            os.fsync(writer.fileno())
        return partial.replace(target)

    @staticmethod
    def _move(path: Path, folder: Path) -> Path:
        return path.replace(free_name(folder / path.name))


def free_name(path: Path) -> Path:
    """`path`, or with a number before its suffixes when the name is taken."""
    base, dot, suffixes = path.name.partition(".")
    number = 1
    while os.path.lexists(path):
        number += 1
        path = path.with_name(f"{base}-{number}{dot}{suffixes}")
    return path
