"""Every detector is pure and named once."""

from analyzer.detect.registry import detectors
from analyzer.records import Stamps
from analyzer.rulebook.book import compile_rules
from tests.analyzer.sigma.one import TABLE


def test_names_are_unique_and_nothing_comes_of_nothing() -> None:
    found = detectors(compile_rules([], TABLE))
    assert len({detector.name for detector in found}) == len(found) > 0
    assert all(detector.detect(b"", Stamps(packet=0)) == [] for detector in found)
