"""Every warning the analyzer knows has words in both languages, with its own parameters."""

import ast
import re

import pytest

from console.situation.words import templates, with_words, words
from tests.corpus import ROOT


def warnings_of_the_analyzer() -> dict[str, set[str]]:
    """Code → parameters, read from the source of the status document."""
    tree = ast.parse((ROOT / "analyzer" / "control" / "status.py").read_text("utf-8"))
    found = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Yield) and isinstance(node.value, ast.Tuple):
            code, params = node.value.elts
            assert isinstance(code, ast.Constant) and isinstance(params, ast.Dict)
            found[str(code.value)] = {str(it.value) for it in params.keys if isinstance(it, ast.Constant)}
    return found


def test_the_table_is_complete_and_holds_nothing_else() -> None:
    assert set(templates()) == set(warnings_of_the_analyzer())


@pytest.mark.parametrize("language", ["en", "zh"])
def test_words_use_only_parameters_there_are(language: str) -> None:
    for code, params in warnings_of_the_analyzer().items():
        used = set(re.findall(r"\{(\w+)\}", templates()[code][language]))
        assert used <= params, code
        assert templates()[code]["en"].isascii()


def test_parameters_are_text_never_templates() -> None:
    told = words("store_full", {"fault": "{fault} {0} {count}"}, "en")
    assert "({fault} {0} {count})" in told


def test_a_new_code_is_shown_as_it_came() -> None:
    (told,) = with_words([{"code": "from_tomorrow", "params": {"n": 1}}], "zh")
    assert told["message"] == "from_tomorrow {'n': 1}"
