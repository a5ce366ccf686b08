"""The YARA rule files in force: what people need to know of each rule, and what names their content."""

import re
import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from analyzer.records import Rule
from analyzer.rulebook.folder import MAX_RULE_BYTES, Fault, RuleFile, fault, yara_paths
from analyzer.rulebook.metadata import DEFAULT_LEVEL, content_version, version_of
from analyzer.rulebook.yara_text import Meta, Outline, outlines

LEVELS = frozenset({"informational", "low", "medium", "high", "critical"})
# signature-base gives a score of 0 to 100 instead of a level; its own README calls 75 and more an alert.
SCORES = ((90, "critical"), (75, "high"), (50, "medium"), (0, "low"))
# The victim: whoever the file went to.
GROUP_BY = ("yara.receiver",)
# For rules without an id of their own: the same path and name are the same rule.
NAMESPACE = uuid.UUID("6f9d6a35-6f3c-4d6e-9a3a-2f8f6b0f7a11")
TECHNIQUE = re.compile(r"T\d{4}(?:\.\d{3})?")
TACTIC = re.compile(r"TA\d{4}")


@dataclass(frozen=True, slots=True)
class PlacedFile:
    """A rule file and where it lies, for the worker that compiles it."""

    file: RuleFile
    location: Path


@dataclass(frozen=True, slots=True)
class YaraRule:
    """rule: what people see. patterns: identifier of each string to the pattern as written."""

    rule: Rule
    patterns: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class YaraRules:
    """rules: by (path, name), in the order of files and of each file. version: names the content of all files."""

    files: Sequence[PlacedFile] = ()
    rules: Mapping[tuple[str, str], YaraRule] = field(default_factory=dict)
    version: str = ""

    @property
    def records(self) -> Sequence[Rule]:
        return [known.rule for known in self.rules.values()]


def read_yara(root: Path, faults: list[Fault], prefix: str = "") -> Iterator[PlacedFile]:
    """Every YARA file below `yara/`, by path; what cannot be read becomes a fault. prefix: put before each path."""
    for location in yara_paths(root):
        name = prefix + location.relative_to(root).as_posix()
        try:
            if location.stat().st_size > MAX_RULE_BYTES:
                faults.append(fault(name, "broken", f"larger than {MAX_RULE_BYTES} bytes", "split the file"))
                continue
            yield PlacedFile(RuleFile(name, location.read_bytes()), location.resolve())
        except OSError as error:
            faults.append(fault(name, "broken", f"cannot be read: {error}", "correct its permissions"))


def gathered(files: Iterable[PlacedFile]) -> YaraRules:
    """The rules of files, as far as their text tells; a file the engine refuses is told by the worker."""
    placed = list(files)
    rules = {key: rule for each in placed for key, rule in described(each.file)}
    version = content_version({each.file.path: each.file.content for each in placed})
    return YaraRules(placed, rules, version)


def described(file: RuleFile) -> Iterator[tuple[tuple[str, str], YaraRule]]:
    text = file.content.decode("utf-8", errors="replace")
    for outline in outlines(text):
        yield (file.path, outline.name), YaraRule(record(file.path, outline), outline.strings)


def record(path: str, outline: Outline) -> Rule:
    """As Sigma's rules read (analyzer/rulebook/metadata.py); what public sets call otherwise is understood."""
    meta = outline.meta
    title = meta.get("title") or outline.name
    description, misses = meta.get("description", ""), meta.get("misses", "")
    return Rule(
        id=identity(path, outline),
        path=path,
        version=version_of(outline.text),
        title=title,
        title_zh=meta.get("title_zh") or title,
        description=description,
        description_zh=meta.get("description_zh") or description,
        level=level(meta),
        status=meta.get("status") or "experimental",
        techniques=tuple(TECHNIQUE.findall(meta.get("techniques", "") + " " + meta.get("mitre_att", ""))),
        tactics=tuple(TACTIC.findall(meta.get("tactics", ""))),
        references=tuple(listed(meta, "reference", "references", "ref")),
        falsepositives=tuple(listed(meta, "falsepositives")),
        misses=misses,
        misses_zh=meta.get("misses_zh") or misses,
        group_by=GROUP_BY,
        text=outline.text,
    )


def identity(path: str, outline: Outline) -> str:
    """Its own id when that is a UUID, else one made of where it is."""
    try:
        return str(uuid.UUID(outline.meta.get("id", "")))
    except ValueError:
        return str(uuid.uuid5(NAMESPACE, f"{path}\0{outline.name}"))


def level(meta: Meta) -> str:
    own = (meta.get("level") or meta.get("severity") or "").lower()
    if own in LEVELS:
        return own
    score = meta.get("score", "")
    if score.isascii() and score.isdigit():
        return next(name for least, name in SCORES if int(score) >= least)
    return DEFAULT_LEVEL


def listed(meta: Meta, *names: str) -> Iterator[str]:
    """Several values of one name are separated by `;`."""
    for name in names:
        yield from (part.strip() for part in meta.get(name, "").split(";") if part.strip())
