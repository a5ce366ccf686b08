"""What a source of frames is."""

from collections.abc import Iterator
from typing import Protocol

from sensor._native import Frames

NEVER_NS = (1 << 63) - 1
"""Later than any packet clock."""


class FrameSource(Protocol):
    """Anything that hands over frames in batches: a file, a replay, an interface."""

    def read(self, packets: int, last_ns: int = NEVER_NS) -> Frames | None:
        """At most `packets` frames, none later than `last_ns` (packet clock); None when nothing is due or left."""

    @property
    def finished(self) -> bool:
        """Nothing will ever come again."""


class LiveSource(Protocol):
    """Frames of now: captures played as live traffic, interfaces listened on."""

    def due(self) -> Iterator[Frames]:
        """What has come by now and was not handed over yet."""
