"""Interfaces as a live source."""

from collections.abc import Iterator

from sensor._native import Frames, Taps
from sensor.settings import MIB, SensorSettings

MAX_BATCHES = 64
"""Handed over in one step; between steps idle flows end and files get their turn."""
MILLISECOND_NS = 1_000_000
SHED_ABOVE, WHOLE_BELOW = 0.5, 0.25
"""Parts of the queue: past the first the payload of long flows is spared, below the second all is analysed again."""


def open_taps(settings: SensorSettings) -> Taps:
    """Sockets on every interface of the settings; nothing is read before start(). Raises CaptureError."""
    return Taps(
        settings.interfaces,
        readers=settings.readers,
        ring_bytes=settings.capture_ring_mib * MIB,
        queue_bytes=settings.queue_mib * MIB,
        retire_ms=settings.retire_ms,
        duplicate_ns=settings.duplicate_ms * MILLISECOND_NS,
        program=settings.filter,
    )


class Interfaces:
    """What has arrived on the taps, and whether decoding keeps up with it."""

    def __init__(self, taps: Taps) -> None:
        self.taps = taps
        self._shedding = False

    def due(self) -> Iterator[Frames]:
        for _ in range(MAX_BATCHES):
            frames = self.taps.read()
            if frames is None:
                return
            yield frames

    def set_filter(self, program: str) -> None:
        """Raises SettingsError, CaptureError."""
        self.taps.set_filter(program)

    def stop(self) -> None:
        """Nothing more arrives; what had arrived can still be taken."""
        self.taps.stop()

    def shedding(self) -> bool:
        """Whether the payload of long flows is to be spared. On and off are apart, so that it does not flutter."""
        self._shedding = self.taps.load > (WHOLE_BELOW if self._shedding else SHED_ABOVE)
        return self._shedding
