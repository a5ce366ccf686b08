"""What people see of YARA rules: our own meta and that of the public sets."""

from pathlib import Path

import pytest

from analyzer.records import LEVELS, Rule
from analyzer.rulebook import load, shipped
from analyzer.rulebook.folder import Fault, RuleFile
from analyzer.rulebook.yara_rules import PlacedFile, gathered, read_yara
from tests.corpus import ROOT


def one(meta: str, path: str = "yara/a.yar") -> Rule:
    text = f"rule a {{ meta: {meta} condition: true }}"
    return gathered([PlacedFile(RuleFile(path, text.encode()), ROOT)]).records[0]


def test_our_own_meta() -> None:
    rule = one(
        'title = "T" title_zh = "题" description = "D" level = "critical" techniques = "T1059.001 T1105" '
        'tactics = "TA0002" misses = "M" falsepositives = "x; y" references = "https://a.example"'
    )
    assert (rule.title, rule.title_zh, rule.description_zh, rule.level) == ("T", "题", "D", "critical")
    assert (rule.techniques, rule.tactics) == (("T1059.001", "T1105"), ("TA0002",))
    assert (rule.falsepositives, rule.references) == (("x", "y"), ("https://a.example",))
    assert rule.group_by == ("yara.receiver",)


@pytest.mark.parametrize(
    ("meta", "level"),
    [
        ("score = 95", "critical"),
        ("score = 80", "high"),
        ("score = 60", "medium"),
        ("score = 10", "low"),
        ('severity = "High"', "high"),
        ('level = "odd"', "medium"),
        ('score = "²"', "medium"),
        ("a = 1", "medium"),
    ],
)
def test_levels_of_public_sets(meta: str, level: str) -> None:
    assert one(meta).level == level


def test_ids_are_kept_or_made_of_the_place() -> None:
    own = "6f9d6a35-6f3c-4d6e-9a3a-2f8f6b0f7a12"
    assert one(f'id = "{own}"').id == own
    assert one("a = 1").id == one("b = 2").id != one("a = 1", "yara/b.yar").id


def test_the_version_names_the_content(tmp_path: Path) -> None:
    (tmp_path / "yara" / "deep").mkdir(parents=True)
    path = tmp_path / "yara" / "deep" / "a.yara"
    versions = set()
    for text in ("rule a { condition: true }", "rule a { condition: false }"):
        path.write_text(text)
        faults: list[Fault] = []
        found = gathered(read_yara(tmp_path, faults, "site/"))
        versions.add(found.version)
        assert list(found.rules) == [("site/yara/deep/a.yara", "a")]
        assert faults == []
    assert len(versions) == 2


@pytest.mark.parametrize("rule", load(shipped()).yara.records, ids=lambda rule: Path(rule.path).stem)
def test_a_shipped_rule_is_complete_in_both_languages(rule: Rule) -> None:
    assert rule.level in LEVELS
    assert all((rule.techniques, rule.tactics, rule.references, rule.falsepositives))
    for english, chinese in (
        (rule.title, rule.title_zh),
        (rule.description, rule.description_zh),
        (rule.misses, rule.misses_zh),
    ):
        assert english.isascii()
        assert any("\u4e00" <= letter <= "\u9fff" for letter in chinese)


def test_shipped_rules_are_named_as_their_files_and_have_ids_of_their_own() -> None:
    book = load(shipped()).yara
    assert len(book.rules) >= 15
    assert all(Path(path).stem == name for path, name in book.rules)
    assert len({rule.id for rule in book.records}) == len(book.rules)
