"""The product's Python modules and what each imports, read from the source: nothing is executed."""

import ast
from collections.abc import Iterator
from pathlib import Path

from tests.corpus import ROOT

PACKAGES = ("sensor", "analyzer", "console")


def sources() -> Iterator[Path]:
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            if "web" not in path.relative_to(ROOT).parts and "node_modules" not in path.parts:
                yield path


def module_name(path: Path) -> str:
    parts = list(path.relative_to(ROOT).with_suffix("").parts)
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imports(path: Path) -> Iterator[tuple[int, str]]:
    """(line, absolute module) of every import, also inside functions and under TYPE_CHECKING."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}:{node.lineno}: relative import"
            yield node.lineno, f"{node.module}"
            yield from ((node.lineno, f"{node.module}.{alias.name}") for alias in node.names)


def graph() -> dict[str, set[str]]:
    """Module to the product modules it imports."""
    names = {module_name(path): path for path in sources()}
    return {
        name: {target for _, target in imports(path) if target in names} - {name}
        for name, path in names.items()
    }
