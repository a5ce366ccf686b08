import pytest

from analyzer.errors import QuerySyntaxError
from analyzer.store.lucene_tokens import MAX_DEPTH, MAX_LENGTH, MAX_TOKENS, tokenize


def kinds(text: str) -> str:
    return " ".join(token.type for token in tokenize(text))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ""),
        ("  　 ", ""),
        ("a", "TERM"),
        ("a b", "TERM AND_OP TERM"),
        ("a && b || c", "TERM AND_OP TERM OR_OP TERM"),
        ("a || !b", "TERM OR_OP NOT TERM"),
        ("f:v", "TERM COLUMN TERM"),
        ("f:1:2", "TERM COLUMN TERM"),
        ("fe80::1", "TERM"),
        ("::1", "TERM"),
        ("f:(a:b c)", "TERM COLUMN LPAREN TERM AND_OP TERM RPAREN"),
        ("(f:a)(g:b)", "LPAREN TERM COLUMN TERM RPAREN AND_OP LPAREN TERM COLUMN TERM RPAREN"),
        ("x [a TO b] y", "TERM AND_OP LBRACKET TERM TO TERM RBRACKET AND_OP TERM"),
        ("f:[a TO b}", "TERM COLUMN LBRACKET TERM TO TERM RBRACKET"),
        ("TO", "TERM"),
        ("f:>=5", "TERM COLUMN GREATERTHAN TERM"),
        ("f:<-5", "TERM COLUMN LESSTHAN TERM"),
        ("-a +b", "MINUS TERM AND_OP PLUS TERM"),
        ("a-b", "TERM"),
        ("/a b/", "REGEX"),
        ("10.0.0.0/8", "TERM"),
        ('"a \\" b"', "PHRASE"),
        (r"a\ b\:c\(", "TERM"),
        ("and or not", "TERM AND_OP TERM AND_OP TERM"),
    ],
)
def test_tokens(text: str, expected: str) -> None:
    assert kinds(text) == expected


def test_places_are_characters_of_the_text() -> None:
    text = '域名:值  AND\t"短 语"'
    assert [text[it.place.start : it.place.end] for it in tokenize(text)] == [
        "域名",
        ":",
        "值",
        "AND",
        '"短 语"',
    ]


@pytest.mark.parametrize(
    ("text", "code", "place"),
    [
        ("x" * (MAX_LENGTH + 1), "too_long", (MAX_LENGTH, MAX_LENGTH + 1)),
        ("a " * (MAX_TOKENS // 2 + 1), "too_many", (2_048, 2_049)),
        ("(" * (MAX_DEPTH + 1), "too_deep", (MAX_DEPTH, MAX_DEPTH + 1)),
        ("!" * (MAX_DEPTH + 1) + "a", "too_deep", (MAX_DEPTH, MAX_DEPTH + 1)),
        ("a (b", "unclosed", (2, 3)),
        ("f:[1 TO 2", "unclosed", (2, 3)),
        ('f:"a', "unclosed", (2, 4)),
        ('f:"a\\"', "unclosed", (2, 6)),
        ("f:/a", "unclosed", (2, 4)),
        ("a~2", "unsupported", (1, 2)),
        ("a^2", "unsupported", (1, 2)),
        ("a)", "unexpected", (1, 2)),
        ("(a]", "unexpected", (2, 3)),
        ("f:[a)", "unexpected", (4, 5)),
        ("a\\", "dangling_escape", (1, 2)),
    ],
)
def test_faults(text: str, code: str, place: tuple[int, int]) -> None:
    with pytest.raises(QuerySyntaxError) as caught:
        tokenize(text)
    assert (caught.value.code, (caught.value.start, caught.value.end)) == (code, place)
