"""What `starwatch rules` does, without a terminal."""

import json
from pathlib import Path

import pytest

from analyzer.errors import RulebookError
from analyzer.rulebook import commands
from analyzer.rulebook.book import load
from tests.analyzer.rulebook.folders import FIRST, folder, text


def test_a_listing_is_json(tmp_path: Path) -> None:
    root = folder(tmp_path, one=text(), bad="title: x\n")
    commands.lock(root)
    answer = json.loads(json.dumps(commands.listing(load(root))))
    assert [rule["id"] for rule in answer["rules"]] == [FIRST]
    assert answer["faults"][0]["path"] == "sigma/deep/bad.yml"
    assert len(answer["content_version"]) == 16


def test_check_asks_pysigma_too(tmp_path: Path) -> None:
    vain = text().replace("a: 1", "a|all: [x, y]")
    root = folder(tmp_path, a_rule_of_ours=vain)
    commands.lock(root)
    book = load(root)
    assert commands.check(book, root, deep=False) == []
    (fault,) = commands.check(book, root)
    assert (fault.kind, fault.path) == ("pysigma", "sigma/deep/a_rule_of_ours.yml")


def test_a_validator_that_does_not_answer_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(RulebookError) as caught:
        commands.validation_faults(folder(tmp_path / "rules", one=text()), python=str(tmp_path / "no-python"))
    assert "--quick" in caught.value.hint
