"""The rules in force: loaded once, replaced as a whole."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import yaml

from analyzer._native import RuleMatcher
from analyzer.records import Rule
from analyzer.rulebook.folder import (
    LOGSOURCES,
    Fault,
    RuleFile,
    check_lock,
    fault,
    read_logsources,
    read_rules,
)
from analyzer.rulebook.metadata import VERSION_DIGITS, rule_of, rules_of


@dataclass(frozen=True, slots=True)
class Rulebook:
    """rules: in the order of Match.rule. faults: of every document that is not in force, and of the lock.

    content_version: names the content of all rules and of the log-source table.
    """

    rules: Sequence[Rule]
    faults: Sequence[Fault]
    content_version: str
    matcher: RuleMatcher


def load(root: Path, site: Path | None = None) -> Rulebook:
    """The rules of `root` (checked against its rules.lock) and of the site's own folder, if there is one.

    Raises RulebookError when the folder has no log-source table. Broken rules are faults; the others are in force.
    """
    faults = list(check_lock(root))
    files = list(read_rules(root, faults))
    if site is not None:
        files += [RuleFile(f"site/{file.path}", file.content) for file in read_rules(site, faults)]
    return compile_rules(files, read_logsources(root), faults)


def compile_rules(files: Iterable[RuleFile], logsources: str, faults: Sequence[Fault] = ()) -> Rulebook:
    """Rules from their files; `faults` are those found before."""
    found = list(faults)
    texts = decoded(files, found)
    matcher = RuleMatcher(list(texts.items()), logsources)
    found += [Fault(f.path, f.line, f.column, f.kind, f.message, f.hint) for f in matcher.faults]
    return Rulebook(
        rules=records(texts, matcher.rules, found),
        faults=found,
        content_version=content_version({**texts, LOGSOURCES: logsources}),
        matcher=matcher,
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


def content_version(texts: Mapping[str, str]) -> str:
    digest = hashlib.sha256()
    for path, text in sorted(texts.items()):
        for part in (path, text):
            encoded = part.encode()
            digest.update(len(encoded).to_bytes(8, "big") + encoded)
    return digest.hexdigest()[:VERSION_DIGITS]
