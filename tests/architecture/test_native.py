"""Two native modules in one distribution, each the one its stub describes (stubtest itself runs in make check)."""

import ast
import importlib
import re
from importlib import metadata

import pytest

from tests.corpus import ROOT

SIDES = ("sensor", "analyzer")


def library_name(side: str) -> str:
    found = re.search(r'\[lib\]\s*name = "(\w+)"', (ROOT / side / "rust" / "py" / "Cargo.toml").read_text())
    assert found
    return found[1]


def test_libraries_differ() -> None:
    """Two crates with one library name overwrite each other in silence."""
    assert {library_name(side) for side in SIDES} == {"sensor_native", "analyzer_native"}
    files = [importlib.import_module(f"{side}._native").__file__ for side in SIDES]
    assert len(set(files)) == len(SIDES)


@pytest.mark.parametrize("side", SIDES)
def test_stub_and_module_offer_the_same(side: str) -> None:
    tree = ast.parse((ROOT / side / "_native.pyi").read_text())
    stub = {node.name for node in tree.body if isinstance(node, ast.ClassDef | ast.FunctionDef)}
    module = importlib.import_module(f"{side}._native")
    assert {name for name in dir(module) if not name.startswith("_")} == stub


def test_no_other_distribution_provides_our_packages() -> None:
    provided = metadata.packages_distributions()
    for name in ("sensor", "analyzer", "console"):
        assert set(provided.get(name, [])) <= {"starwatch"}
