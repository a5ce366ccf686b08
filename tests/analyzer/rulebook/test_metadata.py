"""A rule's document as a record."""

import hashlib

from analyzer.rulebook.metadata import DEFAULT_LEVEL, rule_of, rules_of
from tests.analyzer.rulebook.folders import FIRST, SECOND, text


def test_every_field_of_a_record() -> None:
    (rule,) = rules_of("sigma/x.yml", text())
    assert (rule.id, rule.path, rule.level, rule.status) == (FIRST, "sigma/x.yml", "high", "test")
    assert (rule.title, rule.title_zh) == ("A Title", "标题")
    assert (rule.description, rule.description_zh) == ("What it detects", "说明")
    assert (rule.misses, rule.misses_zh) == ("Everything else", "其余一切")
    assert (rule.techniques, rule.tactics) == (("T1046", "T1595.001"), ("TA0007",))
    assert (rule.group_by, rule.falsepositives) == (("source.ip",), ("Unlikely",))
    assert rule.text == text()
    assert rule.version == hashlib.sha256(text().encode()).hexdigest()[:16]


def test_without_a_translation_the_original_stands() -> None:
    rule = rule_of("x", "", {"title": "Only English"})
    assert (rule.title_zh, rule.level, rule.group_by) == ("Only English", DEFAULT_LEVEL, ())


def test_each_document_of_a_file_has_its_own_text_and_version() -> None:
    first, second = rules_of("x", text() + "---\n" + text(SECOND))
    assert (first.id, second.id) == (FIRST, SECOND)
    assert second.text.strip() == text(SECOND).strip()
    assert first.version != second.version


def test_wrong_types_are_empty() -> None:
    rule = rule_of(
        "x",
        "",
        {"title": ["a"], "tags": "attack.t1046", "translations": [], "starwatch": "no", "references": {}},
    )
    assert (rule.title, rule.techniques, rule.group_by, rule.references) == ("", ("T1046",), (), ())
