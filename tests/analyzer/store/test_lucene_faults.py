import re

import pytest

from analyzer.store.lucene_faults import Place, chinese, fault, table

LANGUAGES = ("en", "zh", "hint", "hint_zh")


def parameters(code: str) -> set[str]:
    return {name for text in table()[code].values() for name in re.findall(r"{(\w+)}", text)}


@pytest.mark.parametrize("code", sorted(table()))
def test_every_fault_speaks_both_languages(code: str) -> None:
    assert set(table()[code]) == set(LANGUAGES)
    said = fault(code, Place(1, 2), **dict.fromkeys(parameters(code), "X"))
    message, hint = chinese(said)
    for text in (str(said), said.hint, message, hint):
        assert text
        assert "{" not in text.replace("{field}", "").replace("{2,5}", "")
    assert (said.code, said.start, said.end) == (code, 1, 2)


def test_long_values_are_shortened_in_messages() -> None:
    said = fault("not_date", Place(0, 9), field="f", value="9" * 5_000)
    assert len(str(said)) < 300
