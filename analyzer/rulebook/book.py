"""The rules in force: loaded once, replaced as a whole."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import yaml

from analyzer._native import RuleMatcher
from analyzer.records import Rule
from analyzer.rulebook.folder import (
    LOGSOURCES,
    YARA,
    Fault,
    RuleFile,
    check_lock,
    fault,
    read_logsources,
    read_rules,
)
from analyzer.rulebook.metadata import content_version, rule_of, rules_of
from analyzer.rulebook.yara_rules import PlacedFile, YaraRules, gathered, read_yara

# Before the paths of the operator's own files.
SITE = "site/"


@dataclass(frozen=True, slots=True)
class Rulebook:
    """rules: Sigma's, in the order of Match.rule. faults: of every document that is not in force, and of the lock (what
    the YARA engine refuses is told by the worker that loads it).

    content_version: names the content of all rules and of the log-source table.
    """

    rules: Sequence[Rule]
    faults: Sequence[Fault]
    content_version: str
    matcher: RuleMatcher
    yara: YaraRules = field(default_factory=YaraRules)


def load(root: Path, site: Path | None = None) -> Rulebook:
    """The rules of `root` (checked against its rules.lock) and of the site's own folder, if there is one.

    Raises RulebookError when the folder has no log-source table. Broken rules are faults; the others are in force.
    """
    faults = list(check_lock(root))
    files = list(read_rules(root, faults))
    placed = list(read_yara(root, faults))
    if site is not None:
        files += [RuleFile(f"{SITE}{file.path}", file.content) for file in read_rules(site, faults)]
        placed += read_yara(site, faults, SITE)
    return compile_rules(files, read_logsources(root), faults, placed)


def compile_rules(
    files: Iterable[RuleFile],
    logsources: str,
    faults: Sequence[Fault] = (),
    placed: Iterable[PlacedFile] = (),
) -> Rulebook:
    """Rules from their files; `faults` are those found before."""
    found = list(faults)
    texts = decoded(files, found)
    yara_rules = gathered(placed)
    matcher = RuleMatcher(list(texts.items()), logsources)
    found += [Fault(f.path, f.line, f.column, f.kind, f.message, f.hint) for f in matcher.faults]
    return Rulebook(
        rules=records(texts, matcher.rules, found),
        faults=found,
        content_version=content_version(
            {
                name: text.encode()
                for name, text in {**texts, LOGSOURCES: logsources, YARA: yara_rules.version}.items()
            }
        ),
        matcher=matcher,
        yara=yara_rules,
    )


def decoded(files: Iterable[RuleFile], faults: list[Fault]) -> dict[str, str]:
    texts = {}
    for file in files:
        try:
            texts[file.path] = file.text
        except UnicodeDecodeError as error:
            faults.append(fault(file.path, "broken", f"not UTF-8: {error}", "save the file as UTF-8"))
    return texts


def records(
    texts: Mapping[str, str], loaded: Iterable[tuple[str, str]], faults: list[Fault]
) -> Sequence[Rule]:
    """One record for each rule the matcher loaded, in its order."""
    known: dict[str, dict[str, Rule]] = {}
    rules = []
    for path, identity in loaded:
        if path not in known:
            known[path] = described(path, texts[path], faults)
        rules.append(known[path].get(identity) or bare(path, identity, texts[path]))
    return rules


def described(path: str, text: str, faults: list[Fault]) -> dict[str, Rule]:
    try:
        return {rule.id: rule for rule in rules_of(path, text)}
    except yaml.YAMLError as error:
        # The matcher's reader took the file: the rule is in force, only its description is missing.
        faults.append(fault(path, "broken", f"its description cannot be read: {error}", "simplify the YAML"))
        return {}


def bare(path: str, identity: str, text: str) -> Rule:
    return rule_of(path, text, {"id": identity, "title": path})
