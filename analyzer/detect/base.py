"""What every detector is: pure, events in, detections out."""

from collections.abc import Sequence
from typing import Protocol

from analyzer.records import Detection, Stamps


class Detector(Protocol):
    """Neither store nor network: the same events give the same detections, but for `matched`."""

    @property
    def name(self) -> str: ...

    def detect(self, ndjson: bytes, stamps: Stamps) -> Sequence[Detection]:
        """One batch of events, one a line. stamps: when its packets were seen and parsed."""
        ...
