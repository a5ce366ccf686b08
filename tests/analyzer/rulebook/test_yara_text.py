"""The outline of rule files: what the engine reads, without the engine; on any text; in linear time."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyzer.rulebook.yara_text import outlines

TEXT = r"""
import "pe"
// rule commented { condition: true }
/* rule also_commented { condition: true } */
private rule first : one two // why
{
    meta:
        title = "A \"quoted\" }\ttitle \x41"
        score = 75
        kept = true
        negative = -3
    strings:
        $text = "rule inside { \" }" nocase wide
        $hex = { 41 ?? (42 | 43) [2-4] 44 } private
        $regex = /rule \/ x { 1}\/\// i
        $ = "unnamed"
    condition:
        for any of them : ( $ at pe.entry_point ) and /a}b/ matches "x" and 8 \ 2 == 4
}
global rule second { condition: first and #text > 1 }
rule third:tag{strings:$a="x"condition:$a}
"""


def test_rules_with_tags_meta_strings_and_text() -> None:
    first, second, third = outlines(TEXT)
    assert (first.name, first.tags, first.line) == ("first", ("one", "two"), 5)
    assert first.meta == {
        "title": 'A "quoted" }\ttitle A',
        "score": "75",
        "kept": "true",
        "negative": "-3",
    }
    assert first.strings["$text"] == r'"rule inside { \" }" nocase wide'
    assert first.strings["$hex"] == "{ 41 ?? (42 | 43) [2-4] 44 } private"
    assert first.strings["$regex"].startswith(r"/rule \/ x { 1}\/\//")
    assert first.text.startswith("rule first")
    assert first.text.endswith("== 4\n}")
    assert (second.name, second.strings, second.line) == ("second", {}, 20)
    assert (third.name, third.tags, third.strings) == ("third", ("tag",), {"$a": '"x"'})


@given(st.text(alphabet=' \n"/*{}=:$\\abrule metastringscondition', max_size=200))
def test_any_text_is_survived(text: str) -> None:
    list(outlines(text))


@pytest.mark.parametrize(
    ("piece", "count"),
    [
        ("/*", 500_000),
        ('"', 1_000_000),
        ("/", 1_000_000),
        ("rule a {", 100_000),
        ("rule a { strings: $a = {", 40_000),
        ("{", 1_000_000),
    ],
)
def test_time_is_linear(piece: str, count: int) -> None:
    text = piece * count
    begun = time.monotonic()
    list(outlines(text))
    assert time.monotonic() - begun < 10
