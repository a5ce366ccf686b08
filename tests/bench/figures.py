"""What a measurement returns, and how it is shown."""

import json
import os
import platform
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured number. limit: the machine's own limit for the same work, measured in the same run ("" if none);
    goal: what is wanted; met: None where the goal belongs to a later stage of the product."""

    part: str
    what: str
    value: float
    unit: str
    limit: str = ""
    goal: str = ""
    met: bool | None = None


def show(figures: Sequence[Figure]) -> None:
    table = Table(title=f"{os.cpu_count()} cores, {platform.machine()}, {platform.python_version()}")
    for heading in ("part", "what", "value", "unit", "machine's limit", "goal", "met"):
        table.add_column(heading, justify="right" if heading == "value" else "left")
    for figure in figures:
        met = {True: "yes", False: "NO", None: ""}[figure.met]
        value = f"{figure.value:,.3f}" if abs(figure.value) < 100 else f"{figure.value:,.0f}"
        table.add_row(figure.part, figure.what, value, figure.unit, figure.limit, figure.goal, met)
    Console(width=160).print(table)


def save(figures: Sequence[Figure], folder: Path) -> Path:
    folder.mkdir(exist_ok=True)
    path = folder / "bench.json"
    path.write_text(json.dumps([asdict(figure) for figure in figures], indent=1) + "\n")
    return path
