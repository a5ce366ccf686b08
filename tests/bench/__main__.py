"""`make bench`: measures the real path in release and prints one table; the same as JSON in bench-out/bench.json."""

import importlib
import sys
from pathlib import Path

from tests.bench.figures import Figure, save, show
from tests.corpus import ROOT

PARTS = ("sensor", "ring", "live", "store", "latency")


def main(chosen: list[str]) -> int:
    folder = ROOT / "bench-out"
    folder.mkdir(exist_ok=True)
    figures: list[Figure] = []
    for part in chosen or PARTS:
        print(f"measuring: {part} …", file=sys.stderr)
        figures.extend(importlib.import_module(f"tests.bench.{part}").figures(Path(folder)))
    show(figures)
    print(save(figures, folder).relative_to(ROOT))
    return 0 if all(figure.met is not False for figure in figures) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
