"""The engine's own test vectors, from the given one on: a word for each. A vector may kill the engine, so in a process:
python -m tests.analyzer.workers.vectors VECTORS DATA FIRST.
"""

import json
import sys
from pathlib import Path
from typing import Any

import yara

JUDGED = {"true", "false", "true_file", "false_file", "error", "count", "capture"}


def agrees(vector: dict[str, Any], data: Path) -> bool:
    content = bytes.fromhex(vector["hex"])
    named = vector["s"] if vector["kind"].endswith("_file") else content.decode(errors="replace")
    if named.startswith("tests/data/") and (data / named).is_file():
        content = (data / named).read_bytes()
    try:
        found = yara.compile(source=vector["rule"], includes=False).match(data=content)
    except yara.Error:
        return bool(vector["kind"] == "error")
    places = [place for match in found for string in match.strings for place in string.instances]
    wanted: dict[str, bool] = {
        "true": bool(found),
        "false": not found,
        "count": len(found) == int(vector["num"]),
        "capture": any(place.matched_data == vector["s"].encode() for place in places),
    }
    return wanted.get(str(vector["kind"]).removesuffix("_file"), False)


def main(vectors: Path, data: Path, first: int) -> None:
    for line in vectors.read_text().splitlines()[first:]:
        vector = json.loads(line)
        judged = vector["kind"] in JUDGED
        print("right" if not judged or agrees(vector, data) else "wrong", flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]))
