"""What pySigma says of rule files: `python -m analyzer.rulebook.validation PATH… [--stdin]`.

Third-party code over operators' files, and slow (5 ms a rule): always its own process, without network, with a time
limit kept by whoever starts it. One JSON line for each file: {"path", "problems": [{"severity", "message"}]}.
With --stdin further paths are read from standard input, one a line, until it ends.
"""

import json
import resource
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from sigma.collection import SigmaCollection
from sigma.exceptions import SigmaError
from sigma.rule import SigmaRule
from sigma.validation import SigmaValidator
from sigma.validators.core import validators

# SigmaHQ as a whole needs 0.5 GiB; a file that needs more is an attack or an accident.
MEMORY_BYTES = 1 << 30
# Their data is fetched from the network at run time, which a worker does not have.
NEEDS_NETWORK = {"attacktag", "d3_fendtag"}
# Our own keys (translations, misses, starwatch) are custom on purpose (specification, "arbitrary custom fields").
NOT_OURS = {"custom_attributes"}

Problem = dict[str, str]


def checks() -> SigmaValidator:
    chosen = validators.keys() - NEEDS_NETWORK - NOT_OURS
    return SigmaValidator([validators[name] for name in sorted(chosen)])


def validate(paths: Iterable[Path], validator: SigmaValidator) -> Iterator[tuple[Path, Sequence[Problem]]]:
    """Problems of each file; those that only the whole shows (doubled ids) come with the file seen last."""
    for path in paths:
        yield path, problems(path, validator)


def problems(path: Path, validator: SigmaValidator) -> Sequence[Problem]:
    try:
        collection = SigmaCollection.from_yaml(path.read_text(encoding="utf-8"), collect_errors=True)
        rules = [rule for rule in collection.rules if isinstance(rule, SigmaRule)]
        faults = [error(str(fault)) for fault in collection.errors]
        # The condition is parsed only when it is asked for.
        faults += [error(text) for rule in rules for text in condition_faults(rule)]
        return faults or [issue(found) for rule in rules for found in validator.validate_rule(rule)]
    except Exception as fault:  # noqa: BLE001 - the rim: pySigma raises anything over strange YAML; it is recorded
        return [error(f"{type(fault).__name__}: {fault}")]


def condition_faults(rule: SigmaRule) -> Iterator[str]:
    for condition in rule.detection.parsed_condition:
        try:
            condition.parse()
        except SigmaError as fault:
            yield str(fault)


def error(message: str) -> Problem:
    return {"severity": "error", "message": message}


def issue(found: Any) -> Problem:
    return {
        "severity": found.severity.name.lower(),
        "message": f"{type(found).__name__}: {found.description}",
    }


def given(arguments: Sequence[str]) -> Iterator[Path]:
    for argument in arguments:
        if argument != "--stdin":
            yield Path(argument)
    if "--stdin" in arguments:
        for line in sys.stdin:
            yield Path(line.rstrip("\n"))


def main() -> int:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    for path, found in validate(given(sys.argv[1:]), checks()):
        sys.stdout.write(json.dumps({"path": str(path), "problems": found}, ensure_ascii=False) + "\n")
        sys.stdout.flush()
    return 0


if __name__ == "__main__":
    sys.exit(main())
