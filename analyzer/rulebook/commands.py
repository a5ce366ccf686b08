"""What `starwatch rules` does, without a terminal."""

import json
import subprocess
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, Protocol

from analyzer.errors import RulebookError
from analyzer.rulebook.book import Rulebook
from analyzer.rulebook.folder import LOGSOURCES, SIGMA, Fault, fault, write_lock

# pySigma needs 5 ms a rule and 2 s to start.
VALIDATION_SECONDS = 300


class Refused(Protocol):
    """A rule file the YARA engine refuses (analyzer.workers.scanner.RuleFileFault)."""

    @property
    def path(self) -> str: ...
    @property
    def line(self) -> int: ...
    @property
    def message(self) -> str: ...


def listing(book: Rulebook) -> Mapping[str, Any]:
    """What `rules list --json` and `GET /rules` show."""
    return {
        "rules": [asdict(rule) for rule in (*book.rules, *book.yara.records)],
        "faults": [asdict(fault) for fault in book.faults],
        "content_version": book.content_version,
    }


def engine_remarks(faults: Iterable[Refused]) -> Sequence[Mapping[str, Any]]:
    """RuleFault of the HTTP API for YARA files the engine refuses."""
    return [asdict(engine_fault(it)) for it in faults]


def engine_fault(refused: Refused) -> Fault:
    hint = "correct the rule; the other files are in force"
    return Fault(refused.path, refused.line, 0, "yara", refused.message, hint)


def check(book: Rulebook, root: Path, *, deep: bool = True) -> Sequence[Fault]:
    """Everything wrong with the folder: the matcher's faults, the lock's, and (deep) pySigma's."""
    return [*book.faults, *(validation_faults(root) if deep else ())]


def validation_faults(root: Path, python: str = sys.executable) -> Sequence[Fault]:
    """pySigma's errors, asked in a process of its own. Raises RulebookError when it cannot answer."""
    paths = [path for path in sorted((root / SIGMA).rglob("*.yml")) if path.name != LOGSOURCES]
    command = [python, "-m", "analyzer.rulebook.validation", "--stdin"]
    text = "".join(f"{path}\n" for path in paths)
    try:
        done = subprocess.run(
            command, input=text, capture_output=True, text=True, timeout=VALIDATION_SECONDS, check=True
        )
    except (subprocess.SubprocessError, OSError) as error:
        hint = "is sigma-cli installed? rules check --quick leaves it out"
        raise RulebookError(f"pySigma did not answer: {error}", hint=hint) from error
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    return [
        fault(
            Path(answer["path"]).relative_to(root).as_posix(),
            "pysigma",
            problem["message"],
            "correct the rule",
        )
        for answer in answers
        for problem in answer["problems"]
    ]


def lock(root: Path) -> int:
    """Rewrite rules.lock; returns how many files it covers."""
    return write_lock(root)
