import re

import pytest

from analyzer.errors import QuerySyntaxError
from analyzer.store.regex import MAX_REPEAT, escape, translate


@pytest.mark.parametrize(
    ("pattern", "matches", "misses"),
    [
        (r"www\.example\.com", ["www.example.com"], ["www-example.com", "xwww.example.com"]),
        ("a.c", ["abc", "a\nc", "a满c"], ["ac"]),
        ("(ab|cd)+", ["ab", "abcd"], ["", "abc"]),
        ("a{2,3}", ["aa", "aaa"], ["a", "aaaa"]),
        ("a{2}", ["aa"], ["a"]),
        ("a{2,}", ["aa", "aaaaa"], ["a"]),
        ("[a-c]x?", ["a", "bx"], ["d", "bxx"]),
        ("[^a-c]", ["d", "满"], ["a"]),
        (r"[a\-z]", ["a", "-", "z"], ["b"]),
        (r"[a-]", ["a", "-"], ["b"]),
        (r"[\]\[]", ["[", "]"], ["\\"]),
        ("[&~#|^]", ["&", "~", "#", "|", "^"], ["a"]),
        (r"\d+", ["0123"], ["٣", "a"]),
        (r"\w\W\s\S\D", ["a- xy"], ["aa xy"]),
        (r"\q", ["q"], ["\\q"]),
        (r"a\/b", ["a/b"], ["ab"]),
        (r"\~\&\@\#\<\>\"\^\$", ['~&@#<>"^$'], [""]),
        ("域名.*", ["域名.中国"], ["名"]),
        ("a b'=!,;%-", ["a b'=!,;%-"], ["ab"]),
        ("a*?", ["", "aaa"], ["b"]),
        ("", [""], ["a"]),
    ],
)
def test_the_common_spelling_means_the_same(pattern: str, matches: list[str], misses: list[str]) -> None:
    common = translate(pattern, 0)
    for value in matches:
        assert re.fullmatch(common, value, re.DOTALL), (common, value)
    for value in misses:
        assert not re.fullmatch(common, value, re.DOTALL), (common, value)


@pytest.mark.parametrize(
    ("pattern", "at"),
    [
        ("a~b", 1),
        ("a&b", 1),
        ("a@", 1),
        ("#", 0),
        ("<1-5>", 0),
        ('"a"', 0),
        ("^a", 0),
        ("a$", 1),
        ("a]", 1),
        ("a}", 1),
        ("(a", 1),
        ("a)", 1),
        ("(?i)a", 1),
        ("*a", 0),
        ("(*a)", 1),
        ("a|+", 2),
        ("[a", 1),
        ("[]", 1),
        ("[z-a]", 4),
        (r"[\d]", 3),
        ("a{", 1),
        ("a{x}", 1),
        ("a{3,2}", 1),
        (f"a{{{MAX_REPEAT + 1}}}", 1),
        ("a{,3}", 1),
        ("ab\\", 2),
    ],
)
def test_what_stores_read_differently_is_refused_with_its_place(pattern: str, at: int) -> None:
    with pytest.raises(QuerySyntaxError) as caught:
        translate(pattern, 100)
    assert caught.value.code == "bad_regex"
    assert (caught.value.start, caught.value.end) == (100 + at, 101 + at)


@pytest.mark.parametrize("number", [*range(32, 127), 0x6EE1, 0x1F4A9, 10, 0])
def test_an_escaped_character_is_itself(number: int) -> None:
    assert re.fullmatch(escape(chr(number)), chr(number))
