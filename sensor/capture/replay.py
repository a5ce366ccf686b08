"""Plays capture files as if they happened now: for demonstrations, drills and latency measurements."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import cycle, islice
from pathlib import Path

from sensor._native import CaptureFile, Frames

MAX_PACKETS = 50_000
"""Packets handed over at once; more that are due come with the next call."""
SECOND_NS = 1_000_000_000


@dataclass(frozen=True, slots=True)
class Pace:
    """speed: how many times faster than recorded. rate: packets a second instead, whatever was recorded (0: not).

    loops: how often to play everything; 0 is for ever.
    """

    speed: float = 1.0
    rate: float = 0.0
    loops: int = 1


class Replay:
    """Frames that are due, with time stamps of now.

    At speed 1 the packets keep their distances exactly; at other paces those of one call keep them, ending now.
    clock: ns since 1970. Raises CaptureError when a file cannot be read.
    """

    def __init__(self, paths: Sequence[Path], pace: Pace, *, clock: Callable[[], int] = time.time_ns) -> None:
        self._pace = pace
        self._clock = clock
        rounds = cycle(paths) if pace.loops == 0 else islice(cycle(paths), len(paths) * pace.loops)
        self._files = iter(rounds)
        self._file: CaptureFile | None = None
        self._begin()

    def _begin(self) -> None:
        """Open the next file; its first packet is due now."""
        path = next(self._files, None)
        self._file = CaptureFile(str(path)) if path is not None else None
        self._started = self._clock()
        self._first = self._file.next_ns if self._file is not None else None
        self._played = 0

    @property
    def finished(self) -> bool:
        return self._file is None

    def due(self) -> Frames | None:
        """What should have been on the wire by now and was not handed over yet; None when that is nothing."""
        if self._file is None:
            return None
        now = self._clock()
        frames = self._by_rate(self._file, now) if self._pace.rate else self._by_time(self._file, now)
        if self._file.finished:
            self._begin()
        return frames

    def _by_time(self, file: CaptureFile, now: int) -> Frames | None:
        if self._first is None:
            return file.read(MAX_PACKETS)
        passed = int((now - self._started) * self._pace.speed)
        frames = file.read(MAX_PACKETS, self._first + passed)
        if frames is not None:
            frames.shift(
                self._started + int((frames.last_ns - self._first) / self._pace.speed) - frames.last_ns
            )
        return frames

    def _by_rate(self, file: CaptureFile, now: int) -> Frames | None:
        owed = int((now - self._started) * self._pace.rate / SECOND_NS) - self._played
        frames = file.read(min(owed, MAX_PACKETS)) if owed > 0 else None
        if frames is not None:
            self._played += frames.packets
            frames.shift(now - frames.last_ns)
        return frames
