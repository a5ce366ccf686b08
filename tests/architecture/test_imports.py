"""Imports run console → analyzer → sensor, as imports.toml says, and never in a circle."""

import tomllib
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

from tests.architecture.modules import PACKAGES, graph, imports, module_name, sources

ALLOWED: dict[str, list[str]] = tomllib.loads(Path(__file__).with_name("imports.toml").read_text())["allowed"]


def within(name: str, package: str) -> bool:
    return name == package or name.startswith(package + ".")


def owner(name: str) -> str:
    """The longest entry of the table that holds the module; empty when none does."""
    return max((entry for entry in ALLOWED if within(name, entry)), key=len, default="")


def test_every_module_is_in_the_table() -> None:
    bare = {module_name(path) for path in sources()} - set(PACKAGES)
    assert not sorted(name for name in bare if not owner(name))


def test_every_entry_names_something_real() -> None:
    names = {module_name(path) for path in sources()}
    assert not sorted(entry for entry in ALLOWED if not any(within(name, entry) for name in names))


def test_imports_follow_the_table() -> None:
    faults = []
    for path in sources():
        name = module_name(path)
        home = owner(name)
        for line, target in imports(path):
            if target.split(".")[0] not in PACKAGES or target in PACKAGES or within(target, home):
                continue
            if not any(within(target, allowed) for allowed in ALLOWED[home]):
                faults.append(f"{path}:{line}: {home} imports {target}")
    assert not faults, "\n".join(faults)


def test_no_import_cycle() -> None:
    try:
        TopologicalSorter(graph()).prepare()
    except CycleError as cycle:
        raise AssertionError(" → ".join(cycle.args[1])) from cycle
