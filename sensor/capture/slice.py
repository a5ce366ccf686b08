"""Packets of the past: from the ring for what was live, from the capture file itself for what was read from one."""

import re
import stat
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from sensor._native import Wanted, capture_digest, cut_file, cut_ring
from sensor.errors import CaptureError

FILE_EPOCH = re.compile(r"[0-9a-f]{64}\Z")
"""Of a capture file: its digest. Live epochs are shorter."""
DIGEST_SECONDS = 20.0
"""Hashing files to find the one of an epoch takes at most about so long at a time; what was hashed is remembered."""
FOLDERS = ("new", "done")
"""Where a capture file lies while it is read, and afterwards."""


class Slice(Protocol):
    """A pcap, how many packets it holds, and why it is not complete (empty when it is)."""

    @property
    def pcap(self) -> bytes: ...
    @property
    def count(self) -> int: ...
    @property
    def complete(self) -> bool: ...
    @property
    def reason(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Nothing:
    """A slice that could not be looked for yet."""

    pcap: bytes
    reason: str
    count: int = 0
    complete: bool = False


Identity = tuple[int, int, int, int]


class Slicer:
    """ring, captures: folders of the sensor. clock: seconds, monotonic."""

    def __init__(self, ring: Path, captures: Path, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._ring = ring
        self._captures = captures
        self._clock = clock
        self._digests: dict[Identity, str] = {}

    def cut(self, epoch: str, wanted: Wanted) -> Slice:
        """epoch: that of `wanted`. A file or ring that is not there gives a slice that says so.

        Raises OSError, CaptureError when what is there cannot be read.
        """
        none = cut_ring(str(self._ring), wanted)
        if none.reason != "absent" or not FILE_EPOCH.match(epoch):
            return none
        try:
            path = self._find(epoch)
        except TimeoutError:
            return Nothing(none.pcap, "time")
        return none if path is None else cut_file(str(path), wanted)

    def _find(self, digest: str) -> Path | None:
        """The capture file of this digest. TimeoutError: not all files have been looked at."""
        begun = self._clock()
        present = list(self._files())
        known = {identity for identity, _ in present}
        self._digests = {key: value for key, value in self._digests.items() if key in known}
        for identity, path in present:
            if self._digests.get(identity) == digest:
                return path
        for identity, path in present:
            if identity in self._digests:
                continue
            if self._clock() - begun > DIGEST_SECONDS:
                raise TimeoutError
            if self._remember(identity, path) == digest:
                return path
        return None

    def _files(self) -> Iterator[tuple[Identity, Path]]:
        """Newest first: what has just alerted has just been read."""
        found = []
        for folder in FOLDERS:
            for path in (self._captures / folder).glob("*"):
                try:
                    status = path.lstat()
                except FileNotFoundError:  # moved to done/ meanwhile
                    continue
                if stat.S_ISREG(status.st_mode):
                    # A rename changes none of these.
                    identity = (status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns)
                    found.append((status.st_ctime_ns, identity, path))
        return ((identity, path) for _, identity, path in sorted(found, reverse=True))

    def _remember(self, identity: Identity, path: Path) -> str:
        try:
            self._digests[identity] = capture_digest(str(path))
        except CaptureError:  # moved to done/ since it was listed: it is met there the next time
            return ""
        return self._digests[identity]
