"""Every kind of malformation the sensor can name is asked for by a test of the Rust core."""

import re
from pathlib import Path

import pytest

from sensor.events.catalogue import load_anomalies
from tests.corpus import ROOT

RUST = ROOT / "sensor" / "rust"
OWN_KINDS = "mime_"
"""MIME's reader has kinds of its own: its tests name them without the prefix the catalogue gives them."""


def asserted_in(source: Path) -> str:
    """A file's tests: all of it under tests/, else what stands behind `#[cfg(test)]`."""
    text = source.read_text("utf-8")
    return text if "tests" in source.parts else text.partition("#[cfg(test)]")[2]


def all_tests() -> str:
    crates = [path for path in RUST.iterdir() if path.name != "fuzz"]
    return "\n".join(asserted_in(path) for crate in crates for path in sorted(crate.rglob("*.rs")))


def spellings(kind: str) -> list[str]:
    """The name as events carry it, and as a variant of an enum."""
    words = kind.removeprefix(OWN_KINDS).split("_")
    return [f'"{kind}"', "Kind::" + "".join(word.capitalize() for word in words)]


TESTS = all_tests()


@pytest.mark.parametrize("kind", [kind.name for kind in load_anomalies() if kind.origin == "sensor"])
def test_a_test_asks_for_it(kind: str) -> None:
    assert any(re.search(rf"{re.escape(each)}(?!\w)", TESTS) for each in spellings(kind)), kind
