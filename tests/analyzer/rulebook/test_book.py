"""The rulebook as a whole."""

from pathlib import Path

from analyzer.rulebook.book import compile_rules, load
from analyzer.rulebook.folder import RuleFile, write_lock
from tests.analyzer.rulebook.folders import FIRST, SECOND, folder, text
from tests.analyzer.sigma.one import TABLE


def test_records_are_in_the_order_of_matches(tmp_path: Path) -> None:
    root = folder(tmp_path, one=text(), two=text(SECOND, 2))
    write_lock(root)
    book = load(root)
    assert book.faults == []
    assert [rule.id for rule in book.rules] == [FIRST, SECOND]
    (match,) = book.matcher.match(b'{"a":2}')
    assert book.rules[match.rule].id == SECOND


def test_a_broken_rule_leaves_the_others_in_force(tmp_path: Path) -> None:
    root = folder(tmp_path, bad="title: x\n", good=text())
    write_lock(root)
    book = load(root)
    assert [rule.id for rule in book.rules] == [FIRST]
    assert {(fault.path, fault.kind) for fault in book.faults} == {("sigma/deep/bad.yml", "broken")}
    assert all(fault.line > 0 for fault in book.faults)


def test_bytes_that_are_no_text_are_a_fault() -> None:
    book = compile_rules([RuleFile("x.yml", b"\xff"), RuleFile("y.yml", text().encode())], TABLE)
    assert len(book.rules) == 1
    assert "not UTF-8" in book.faults[0].message


def test_a_changed_rule_is_in_force_and_shown(tmp_path: Path) -> None:
    root = folder(tmp_path, one=text())
    write_lock(root)
    (root / "sigma" / "deep" / "one.yml").write_text(text(value=3))
    book = load(root)
    assert len(book.rules) == 1
    assert [fault.kind for fault in book.faults] == ["locked"]


def test_the_site_adds_its_own(tmp_path: Path) -> None:
    root = folder(tmp_path / "shipped", one=text())
    write_lock(root)
    book = load(root, folder(tmp_path / "site", two=text(SECOND)))
    assert [rule.path for rule in book.rules] == ["sigma/deep/one.yml", "site/sigma/deep/two.yml"]
    assert book.faults == []


def test_the_content_version_names_every_byte() -> None:
    def version(content: str, table: str = TABLE, path: str = "a.yml") -> str:
        return compile_rules([RuleFile(path, content.encode())], table).content_version

    assert version(text()) == version(text())
    others = {version(text(value=2)), version(text(), TABLE + "\n"), version(text(), path="b.yml")}
    assert len({version(text()), *others}) == 4


def test_a_rule_pyyaml_cannot_read_is_in_force_without_description() -> None:
    # YAML 1.2 lets a plain scalar of the flow style start with a colon before a letter; PyYAML speaks 1.1.
    odd = text() + "custom: [a, :b, {x: y}]\nother: {? a : b}\ntabs: 'x'\t\n%: percent\n"
    book = compile_rules([RuleFile("odd.yml", odd.encode())], TABLE)
    if book.rules:
        assert book.rules[0].id == FIRST
    else:
        assert book.faults
