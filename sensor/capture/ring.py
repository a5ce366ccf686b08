"""The packet ring as the capture process uses it: frames are kept before they are decoded, and no disk delays that."""

import logging
from pathlib import Path

from sensor._native import Frames, Ring

log = logging.getLogger(__name__)


class PacketRing:
    """Keeps the frames of one live epoch below `folder`. What it cannot keep it counts, and says when that begins and
    ends; the capture goes on. `missed`: packets not kept since the start."""

    def __init__(self, folder: Path, *, epoch: str, max_bytes: int) -> None:
        self._obstacle = ""
        self._unopened = 0
        self._ring = self._open(folder, epoch, max_bytes)

    def _open(self, folder: Path, epoch: str, max_bytes: int) -> Ring | None:
        try:
            return Ring(str(folder), epoch=epoch, max_bytes=max_bytes)
        except OSError as fault:
            self._obstacle = str(fault)
            log.error("no packets are kept", extra={"reason": str(fault), "folder": str(folder)})
            return None

    def keep(self, frames: Frames) -> None:
        if self._ring is None:
            self._unopened += frames.packets
            return
        self._ring.write(frames)
        self._watch(self._ring)

    def _watch(self, ring: Ring) -> None:
        obstacle = ring.obstacle
        if obstacle and not self._obstacle:
            log.error("packets are not kept", extra={"reason": obstacle, "missed": ring.missed})
        elif self._obstacle and not obstacle:
            log.info("packets are kept again", extra={"missed": ring.missed})
        self._obstacle = obstacle

    @property
    def obstacle(self) -> str:
        """Why nothing is kept at present; empty when it is."""
        return self._obstacle

    @property
    def missed(self) -> int:
        return self._unopened if self._ring is None else self._ring.missed

    def close(self) -> None:
        if self._ring is not None:
            self._ring.close()
            self._watch(self._ring)
            log.info("ring closed", extra={"packets": self._ring.packets, "missed": self._ring.missed})
