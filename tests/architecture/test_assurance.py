"""tests/assurance.toml tells the truth: every numbered test is there, and every test it names exists."""

import re
import tomllib
from typing import Any

import pytest

from tests.corpus import ROOT

PLAN: dict[str, dict[str, Any]] = tomllib.loads((ROOT / "tests" / "assurance.toml").read_text("utf-8"))
# What the first stretch must have, whatever else is open.
FOUNDATION = {"1", "2", "3", "7", "17", "18"}
TIERS = {"quick", "slice", "soak"}
# How a test is declared: by the ending of its file.
DECLARED = {".py": r"def {}\(", ".rs": r"fn {}\(", ".ts": r"\bit\('{}'", ".tsx": r"\bit\('{}'"}


def exists(node: str) -> bool:
    name, _, test = node.partition("::")
    path = ROOT / name
    if not path.is_file():
        return False
    return bool(re.search(DECLARED[path.suffix].format(re.escape(test)), path.read_text("utf-8")))


def test_the_numbers_are_complete() -> None:
    assert list(PLAN) == [str(number) for number in range(1, 24)]


@pytest.mark.parametrize("number", PLAN)
def test_an_entry_says_what_exists_or_that_nothing_does(number: str) -> None:
    entry = PLAN[number]
    assert entry["what"]
    if "state" in entry:
        assert set(entry) == {"what", "state", "missing"}
        assert (entry["state"], bool(entry["missing"])) == ("not yet", True)
        assert number not in FOUNDATION
    else:
        assert set(entry) - {"missing"} == {"what", "tests"} | TIERS
        assert entry["tests"]
        assert all(entry[tier] for tier in TIERS)
        assert [node for node in entry["tests"] if not exists(node)] == []


@pytest.mark.parametrize(
    "node",
    [
        "tests/architecture/test_assurance.py::test_of_nothing",
        "tests/architecture/test_nowhere.py::test_the_numbers_are_complete",
        "sensor/rust/log/tests/damage.rs::d3_7",
        "console/web/tests/bundle.test.ts::writes",
    ],
)
def test_what_is_named_and_not_there_is_noticed(node: str) -> None:
    assert not exists(node)


def test_every_test_that_bears_a_number_is_named() -> None:
    """`d3_7_…` in a test's name is a claim, so it stands in the table, under that number."""
    claimed = {
        (number, f"{path.relative_to(ROOT).as_posix()}::{test}")
        for folder, ending in (("tests", "py"), ("sensor/rust/log/tests", "rs"))
        for path in (ROOT / folder).rglob(f"*.{ending}")
        for test, number in re.findall(
            r"^\s*(?:def|fn|async def) ((?:test_)?d3_(\d+)_\w+)", path.read_text("utf-8"), re.MULTILINE
        )
    }
    assert len(claimed) > 10
    assert [
        (number, node) for number, node in sorted(claimed) if node not in PLAN[number].get("tests", ())
    ] == []
