"""Public sets come into the site's folder as they are; what does not load is named."""

import tarfile
from pathlib import Path

import pytest

from analyzer.errors import RulebookError
from analyzer.rulebook.importing import import_rules
from tests.corpus import corpus

RULE = "rule a { condition: true }"


def test_files_of_both_kinds_keep_their_places(tmp_path: Path) -> None:
    source, site = tmp_path / "set", tmp_path / "site"
    for name in ("x/a.yar", "b.yara", "c.yml", "d.yaml", "readme.md", "logsources.yml"):
        (source / name).parent.mkdir(parents=True, exist_ok=True)
        (source / name).write_text(RULE)
    (source / "link.yar").symlink_to("/etc/passwd")
    imported = import_rules(source, site, "public")
    assert sorted(imported.copied) == [
        "sigma/public/c.yml",
        "sigma/public/d.yaml",
        "yara/public/b.yara",
        "yara/public/x/a.yar",
    ]
    assert (site / "yara/public/x/a.yar").read_text() == RULE
    assert (site / "sigma/public/d.yml").is_file()
    assert not list(site.rglob("link.yar"))


def test_a_single_file(tmp_path: Path) -> None:
    (tmp_path / "a.yar").write_text(RULE)
    assert import_rules(tmp_path / "a.yar", tmp_path / "site", "one").copied == ["yara/one/a.yar"]


@pytest.mark.parametrize("name", ["", "..", "a/b", "名"])
def test_a_set_has_a_plain_name(tmp_path: Path, name: str) -> None:
    with pytest.raises(RulebookError, match="no name"):
        import_rules(tmp_path, tmp_path / "site", name)


def test_nothing_to_import_is_said(tmp_path: Path) -> None:
    with pytest.raises(RulebookError, match="no rule file"):
        import_rules(tmp_path, tmp_path / "site", "x")


@pytest.mark.corpus
@pytest.mark.parametrize(
    ("name", "files", "rules"),
    [
        ("bartblaze", 105, 134),
        ("ditekshen", 8, 1_560),
        pytest.param("signature-base", 728, 5_531, marks=pytest.mark.slice),
        pytest.param("reversinglabs", 274, 1_204, marks=pytest.mark.slice),
    ],
)
def test_a_public_set_loads_whole(tmp_path: Path, name: str, files: int, rules: int) -> None:
    """Every file compiles, and the outline finds the rules the engine finds, with the same meta."""
    from analyzer.rulebook import load, shipped
    from analyzer.rulebook.engine import engine_faults

    with tarfile.open(corpus("yara", f"yara-{name}", f"yara-{name}.tar.gz")) as archive:
        archive.extractall(tmp_path / "set", filter="data")
    imported = import_rules(tmp_path / "set", tmp_path / "site", name)
    assert (len(imported.copied), imported.skipped) == (files, [])
    book = load(shipped(), tmp_path / "site")
    assert len([path for path, _ in book.yara.rules if path.startswith("site/")]) == rules
    assert engine_faults(book.yara) == []
