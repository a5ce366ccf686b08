"""Texts to trees, and every fault with its place; what trees find is in conformance/queries.toml."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analyzer.errors import QuerySyntaxError
from analyzer.store.lucene import MAX_CLAUSES, Language, parse
from analyzer.store.lucene_faults import table
from analyzer.store.query import (
    All,
    And,
    Anywhere,
    Cidr,
    Equals,
    Exists,
    Node,
    Not,
    Or,
    Prefix,
    Range,
    Regex,
    Wildcard,
)
from sensor.events.catalogue import Field

NOW_NS = 1_772_444_096_123_456_000  # 2026-03-02T09:34:56.123456Z

TREES: list[tuple[str, Node]] = [
    ("", All()),
    ("*", All()),
    ("word", Anywhere("word")),
    ('"two words"', Anywhere("two words")),
    ("10.0.0.0/8", Anywhere("10.0.0.0/8")),
    (r"a\*", Anywhere("a*")),
    ("event.id:a", Equals("event.id", "a")),
    ('event.id:"a*"', Equals("event.id", "a*")),
    ("event.id:a*", Prefix("event.id", "a")),
    (r"event.id:a\**", Prefix("event.id", "a*")),
    (r"event.id:a\\*", Prefix("event.id", "a\\")),
    (r"event.id:a\*", Equals("event.id", "a*")),
    (r"event.id:*a\*", Wildcard("event.id", r"*a\*")),
    (r"event.id:*\(\?", Wildcard("event.id", r"*(\?")),
    ("event.id:a**", Wildcard("event.id", "a**")),
    ("event.id:*", Exists("event.id")),
    ("_exists_:event.id", Exists("event.id")),
    ('_exists_:"event.id"', Exists("event.id")),
    ("event.id:/a|b/", Regex("event.id", "a|b")),
    ("source.ip:2001:DB8::/32", Cidr("source.ip", "2001:db8::/32")),
    ("source.ip:10.1.2.3/8", Cidr("source.ip", "10.0.0.0/8")),
    ("source.ip:2001:0DB8::0001", Equals("source.ip", "2001:db8::1")),
    ("source.port:[1 TO 5}", Range("source.port", "1", "5", True, False)),
    ("source.port:[-5 TO *]", Range("source.port", "-5", None, True, True)),
    ('source.port:["1" TO "5"]', Range("source.port", "1", "5")),
    ("source.port:>5", Range("source.port", "5", None, False, False)),
    ("source.port:<=5", Range("source.port", None, "5", False, True)),
    (
        "source.port:(1 OR >5)",
        Or([Equals("source.port", "1"), Range("source.port", "5", None, False, False)]),
    ),
    ("a b OR c", Or([And([Anywhere("a"), Anywhere("b")]), Anywhere("c")])),
    ("a OR b c", Or([Anywhere("a"), And([Anywhere("b"), Anywhere("c")])])),
    ("a (b OR c)", And([Anywhere("a"), Or([Anywhere("b"), Anywhere("c")])])),
    ("NOT a b", And([Not(Anywhere("a")), Anywhere("b")])),
    ("event.id:(-a +b)", And([Not(Equals("event.id", "a")), Equals("event.id", "b")])),
    (
        "@timestamp:2026-03-02",
        Range("@timestamp", "2026-03-02T00:00:00.000000Z", "2026-03-03T00:00:00.000000Z", True, False),
    ),
    ("@timestamp:>=now-1h", Range("@timestamp", "2026-03-02T08:34:56.123456Z", None, True, False)),
    (
        "@timestamp:{2026-03-01 TO now/d}",
        Range("@timestamp", "2026-03-02T00:00:00.000000Z", "2026-03-02T00:00:00.000000Z", True, False),
    ),
    ('@timestamp:["2026" TO *]', Range("@timestamp", "2026-01-01T00:00:00.000000Z", None, True, False)),
    ("alert.detail.any.thing:x", Equals("alert.detail.any.thing", "x")),
    ("_ignored:source.ip", Equals("_ignored", "source.ip")),
    ("dns.edns.dnssec_ok:true", Equals("dns.edns.dnssec_ok", "true")),
]

FAULTS: list[tuple[str, str, str]] = [
    # (text, code, the part of it that is marked)
    ("event.id:a~", "unsupported", "~"),
    ("event.id:", "incomplete", ":"),
    ("a AND", "incomplete", "D"),
    ("OR b", "unexpected", "OR"),
    ("a AND OR b", "unexpected", "OR"),
    ("()", "unexpected", ")"),
    ("event.id: :x", "unexpected", ":"),
    ("source.port:[1 5]", "unexpected", "5"),
    ("source.port:[TO 5]", "unexpected", "TO"),
    ("x AND dns.queston.name:y", "unknown_field", "dns.queston.name"),
    ("_exists_:nope.nope", "unknown_field", "nope.nope"),
    ("_exists_:(a b)", "unknown_field", "(a b)"),
    ("dns.question:a", "unknown_field", "dns.question"),
    ("event.id:(a OR source.ip:10.0.0.1)", "nested_field", "source.ip:10.0.0.1"),
    ("event.id:(a :b)", "nested_field", "a"),
    ("x *evil*", "needs_field", "*evil*"),
    ("/evil/", "needs_field", "/evil/"),
    ("x [a TO b]", "needs_field", "[a TO b]"),
    ("source.ip:10.0.*", "no_patterns", "10.0.*"),
    ("source.port:/5./", "no_patterns", "/5./"),
    ("@timestamp:2026*", "no_patterns", "2026*"),
    ("alert.detail.x:a*b", "no_patterns", "a*b"),
    ("dns.edns.dnssec_ok:t*", "no_patterns", "t*"),
    ("dns.edns.dnssec_ok:>false", "no_ranges", ">false"),
    ("alert.detail.x:[1 TO 2]", "no_ranges", "[1 TO 2]"),
    ("source.ip:10.0.0.256", "not_ip", "10.0.0.256"),
    ("source.ip:10.0.0.0/33", "not_ip", "10.0.0.0/33"),
    ("source.ip:fe80::1%eth0", "not_ip", "fe80::1%eth0"),
    ("source.ip:[10.0.0.1 TO x]", "not_ip", "x"),
    ("source.port:http", "not_long", "http"),
    ("source.port:1.5", "not_long", "1.5"),
    ("source.port:９", "not_long", "９"),
    ("source.port:[1 TO 9223372036854775808]", "not_long", "9223372036854775808"),
    ("dns.edns.dnssec_ok:True", "not_boolean", "True"),
    ("@timestamp:now-1y", "not_date", "now-1y"),
    ("@timestamp:[2026-03-02 TO tomorrow]", "not_date", "tomorrow"),
    ("event.id:/a(/", "bad_regex", "("),
    ("event.id:(", "unclosed", "("),
    ("a \\", "dangling_escape", "\\"),
    ("(" * 40, "too_deep", "("),
    ("x" * 9_000, "too_long", "x" * 808),
    ("a " * 1_025, "too_many", "AND"),
]


@pytest.mark.parametrize(("text", "tree"), TREES, ids=[text for text, _ in TREES])
def test_tree(text: str, tree: Node) -> None:
    assert parse(text, NOW_NS) == tree


@pytest.mark.parametrize(("text", "code", "marked"), FAULTS, ids=[text[:40] for text, _, _ in FAULTS])
def test_fault_has_code_and_place(text: str, code: str, marked: str) -> None:
    with pytest.raises(QuerySyntaxError) as caught:
        parse(text, NOW_NS)
    said = caught.value
    assert said.code == code
    assert said.hint
    if code != "too_many":
        assert text[said.start : said.end] == marked


def test_every_fault_of_the_table_is_provoked() -> None:
    assert {code for _, code, _ in FAULTS} | {"not_double"} == set(table())


def test_doubles_are_checked_too() -> None:
    ratio = Field(
        name="some.ratio", type="double", many=False, ecs=False, datasets=("*",), zh="比", meaning="A ratio."
    )
    language = Language([ratio])
    assert language.parse("some.ratio:0.50", 0) == Equals("some.ratio", "0.5")
    for text in ("some.ratio:nan", "some.ratio:inf", "some.ratio:1_0", "some.ratio:half"):
        with pytest.raises(QuerySyntaxError) as caught:
            language.parse(text, 0)
        assert caught.value.code == "not_double"


def test_a_misspelt_field_is_answered_with_near_ones() -> None:
    with pytest.raises(QuerySyntaxError) as caught:
        parse("dns.queston.name:x", 0)
    assert "dns.question.name" in caught.value.hint
    with pytest.raises(QuerySyntaxError) as caught:
        parse("registered_domain:x", 0)
    assert "dns.question.registered_domain" in caught.value.hint


def test_an_object_exists_when_a_field_below_it_does() -> None:
    tree = parse("_exists_:dns.edns", 0)
    assert isinstance(tree, Or)
    assert Exists("dns.edns.version") in tree.parts
    assert parse("dns.edns:*", 0) == tree


def test_there_is_a_limit_on_clauses() -> None:
    assert isinstance(parse(" ".join("a" * 500), 0), And)
    with pytest.raises(QuerySyntaxError):
        parse(" ".join("a" * (MAX_CLAUSES + 1)), 0)


@settings(max_examples=300, deadline=None)
@given(
    st.text(alphabet=st.sampled_from('ab:*?\\"/()[]{} TO AND OR NOT-+!&|<>=~^源 \t.0123456789'), max_size=40)
)
def test_any_text_is_a_tree_or_a_fault_inside_of_it(text: str) -> None:
    for candidate in (text, "event.id:" + text, "source.ip:(" + text):
        try:
            parse(candidate, NOW_NS)
        except QuerySyntaxError as said:
            assert 0 <= said.start <= said.end <= len(candidate)
            assert said.code


@settings(max_examples=200, deadline=None)
@given(st.text(min_size=1, max_size=30))
def test_a_quoted_text_is_found_literally(text: str) -> None:
    quoted = text.replace("\\", "\\\\").replace('"', '\\"')
    assert parse(f'event.id:"{quoted}"', 0) == Equals("event.id", text)
