"""Who detects, in order."""

from collections.abc import Sequence

from analyzer.detect.base import Detector
from analyzer.detect.sigma import SigmaDetector
from analyzer.detect.yara import YaraDetector
from analyzer.rulebook import Rulebook


def detectors(rulebook: Rulebook) -> Sequence[Detector]:
    """Every detector of the analyzer. The order is that of an event's detections."""
    return [SigmaDetector(rulebook), YaraDetector(rulebook)]
