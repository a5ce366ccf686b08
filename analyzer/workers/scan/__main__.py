"""The worker's loop: one JSON line asked, one or several answered, until standard input ends.

`{"load": {"files": [{path, location, sha256}], "skip": [path], "cache": folder}}` → `{"trying": path}` before each
file, `{"fault": {path, line, message}}` for each that is out, `{"loaded": n, "engine": version}`.
`{"scan": {path, name, without, careful, seconds, each}}` → `{"trying": path}` (careful), then
`{"judged": {hits, remarks, scanned, members, seconds}}` or `{"failed": reason}`.
"""

import json
import sys
import time
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import yara

from analyzer.workers.scan.engine import Engine, RuleFile
from analyzer.workers.scan.job import Job, judge


def say(document: Mapping[str, Any]) -> None:
    sys.stdout.write(json.dumps(document, ensure_ascii=True, separators=(",", ":")) + "\n")
    sys.stdout.flush()


def trying(path: str) -> None:
    say({"trying": path})


def load(asked: Mapping[str, Any]) -> Engine:
    engine = Engine(Path(asked["cache"]))
    skipped = set(asked["skip"])
    good = []
    for file in (RuleFile(**each) for each in asked["files"]):
        if file.path in skipped:
            continue
        trying(file.path)
        if fault := engine.check(file):
            say({"fault": {"path": file.path, **fault}})
        else:
            good.append(file)
    engine.use(good)
    say({"loaded": len(good), "engine": yara.__version__})
    return engine


def scan(engine: Engine, asked: Mapping[str, Any]) -> None:
    begun = time.monotonic()
    job = Job(**{**asked, "path": Path(asked["path"]), "without": frozenset(asked["without"])})
    try:
        judgement = judge(engine, job, trying)
    except OSError as fault:
        say({"failed": str(fault)})
    except MemoryError:
        say({"failed": "it needs more memory than a worker has"})
    else:
        say({"judged": {**asdict(judgement), "seconds": time.monotonic() - begun}})


def main() -> int:
    engine: Engine | None = None
    for line in sys.stdin:
        asked = json.loads(line)
        if "load" in asked:
            engine = load(asked["load"])
        elif engine is not None:
            scan(engine, asked["scan"])
    return 0


if __name__ == "__main__":
    sys.exit(main())
