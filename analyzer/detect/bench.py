"""The detectors in force, as one: they are changed as a whole, and one that fails never stops the stream."""

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from analyzer.detect.base import Detector
from analyzer.detect.registry import detectors
from analyzer.records import Detection, Findings, Stamps
from analyzer.rulebook import Rulebook
from analyzer.stream.base import Batch

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Seated:
    """Detectors and the rulebook they were made from: read together, replaced together."""

    rulebook: Rulebook
    detectors: Sequence[Detector]


class Bench:
    """Asks every detector about a batch. `seat` may be called from any thread: the next batch meets the new ones."""

    def __init__(
        self, rulebook: Rulebook, make: Callable[[Rulebook], Sequence[Detector]] = detectors
    ) -> None:
        self._make = make
        self._seated = _Seated(rulebook, make(rulebook))
        self._faults: dict[str, int] = {}

    def seat(self, rulebook: Rulebook) -> None:
        self._seated = _Seated(rulebook, self._make(rulebook))

    @property
    def rulebook(self) -> Rulebook:
        return self._seated.rulebook

    @property
    def faults(self) -> Mapping[str, int]:
        """Batches each detector failed on, by its name."""
        return dict(self._faults)

    def __call__(self, batch: Batch) -> Findings:
        seated = self._seated
        stamps = Stamps(packet=int(batch.meta.get("packet", 0)), parsed=int(batch.meta.get("parsed", 0)))
        found = [
            detection for detector in seated.detectors for detection in self._ask(detector, batch, stamps)
        ]
        return Findings(batch.position, found, seated.rulebook.content_version)

    def _ask(self, detector: Detector, batch: Batch, stamps: Stamps) -> Sequence[Detection]:
        try:
            return detector.detect(batch.ndjson, stamps)
        except Exception:
            # The rim of every detector: its fault is counted and shown; the events go on to the others and the store.
            log.exception("detector %s failed on batch %d", detector.name, batch.position)
            self._faults[detector.name] = self._faults.get(detector.name, 0) + 1
            return ()
