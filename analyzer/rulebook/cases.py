"""Cases beside rules: events on which a rule must fire, and near misses on which it must stay quiet."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from analyzer.errors import RulebookError
from analyzer.records import Rule
from analyzer.rulebook.book import Rulebook

FIRES = "fires*.ndjson"
QUIET = "quiet*.ndjson"


@dataclass(frozen=True, slots=True)
class CaseResult:
    """wrong: lines (from 1) that fired though they must not, or did not though they must. Empty: the case holds."""

    rule: str
    case: str
    events: int
    wrong: Sequence[int]
    message: str

    @property
    def passed(self) -> bool:
        return not self.wrong and not self.message


def run_cases(book: Rulebook, folder: Path) -> Sequence[CaseResult]:
    """Every rule's cases in `folder/<rule file stem>/`; a rule without both kinds has failed."""
    if not folder.is_dir():
        raise RulebookError(f"there is no case folder {folder}", hint="name it with --cases")
    return [
        result for index, rule in enumerate(book.rules) for result in rule_cases(book, index, rule, folder)
    ]


def rule_cases(book: Rulebook, index: int, rule: Rule, folder: Path) -> Iterator[CaseResult]:
    own = folder / Path(rule.path).stem
    for pattern, must_fire in ((FIRES, True), (QUIET, False)):
        files = sorted(own.glob(pattern))
        if not files:
            yield CaseResult(rule.path, f"{own.name}/{pattern}", 0, (), "there is no such case")
        for file in files:
            yield one_case(book, index, rule, file, must_fire=must_fire)


def one_case(book: Rulebook, index: int, rule: Rule, file: Path, *, must_fire: bool) -> CaseResult:
    content = file.read_bytes()
    events = {number for number, line in enumerate(content.split(b"\n")) if line.strip()}
    skipped = book.matcher.skipped
    fired = {match.line for match in book.matcher.match(content) if match.rule == index}
    broken = book.matcher.skipped - skipped
    wrong = events - fired if must_fire else events & fired
    message = f"{broken} lines are no JSON" if broken else "" if events else "the case is empty"
    name = f"{file.parent.name}/{file.name}"
    return CaseResult(rule.path, name, len(events), sorted(line + 1 for line in wrong), message)
