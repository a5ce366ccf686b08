"""The Sigma 2.1 specification, clause by clause: the text is in the corpus (sigma-specification)."""

import json
from base64 import b64encode
from typing import Any

import pytest

from tests.analyzer.sigma.one import ID, fires, matches, rule, selecting

Clause = tuple[str, str, Any, bool]

# (clause, selection, event, does it match)
CLAUSES: list[Clause] = [
    # Detection, General
    ("values are case-insensitive", "{a: 'WhoAmI.EXE'}", {"a": "whoami.exe"}, True),
    ("a value is the whole field", "{a: whoami}", {"a": "whoami.exe"}, False),
    ("letters beyond ASCII fold too", "{a: 'ÄÖÜ-ПРИВЕТ'}", {"a": "äöü-привет"}, True),
    ("a number equals its text", "{a: 1116}", {"a": "1116"}, True),
    ("a number equals a number", "{a: 1116}", {"a": 1116}, True),
    ("a number equals itself with a fraction of zero", "{a: 1116}", {"a": 1116.0}, True),
    ("a number is not part of another", "{a: 11}", {"a": 1116}, False),
    ("a quoted number equals a number", "{a: '1116'}", {"a": 1116}, True),
    ("an XML element's text counts", "{a: 1116}", {"a": {"#text": 1116, "#attributes": {"q": 0}}}, True),
    ("a boolean equals its text", "{a: true}", {"a": "True"}, True),
    ("text equals a boolean", "{a: 'TRUE'}", {"a": True}, True),
    ("false is not true", "{a: true}", {"a": False}, False),
    ("a negative number", "{a: -5}", {"a": -5}, True),
    # String Wildcard
    ("? is one character", "{a: 'prog?.exe'}", {"a": "progA.exe"}, True),
    ("? is mandatory", "{a: 'prog?.exe'}", {"a": "prog.exe"}, False),
    ("? is one character, not two", "{a: 'prog?.exe'}", {"a": "progAB.exe"}, False),
    ("? is one character of any script", "{a: '满?星'}", {"a": "满天星"}, True),
    ("* is any run", "{a: 'antivirus_V*.exe'}", {"a": "antivirus_V21.2.1.exe"}, True),
    ("* is also nothing", "{a: 'antivirus_V*.exe'}", {"a": "antivirus_V.exe"}, True),
    ("* spans lines", "{a: 'a*b'}", {"a": "a\nb"}, True),
    ("several * find their way back", "{a: '*ab*ac*'}", {"a": "xxabxabxacx"}, True),
    ("* alone is any value", "{a: '*'}", {"a": ""}, True),
    ("* alone is not null", "{a: '*'}", {"a": None}, False),
    ("* before and after", "{a: '*mid*'}", {"a": "xmidx"}, True),
    ("? inside endswith", "{'a|endswith': '1?'}", {"a": "0x1F"}, True),
    ("? inside startswith", "{'a|startswith': '8???'}", {"a": "8123 more"}, True),
    ("? inside contains", "{'a|contains': 'a?c'}", {"a": "xxabcxx"}, True),
    ("* inside contains", "{'a|contains': 'a*c'}", {"a": "xxa--cxx"}, True),
    # Escape Character
    ("a single backslash is plain", r"{a: 'C:\dir'}", {"a": "C:\\dir"}, True),
    ("a double backslash is one", r"{a: 'C:\\dir'}", {"a": "C:\\dir"}, True),
    ("an escaped star is plain", r"{a: 'a\*b'}", {"a": "a*b"}, True),
    ("an escaped star is no wildcard", r"{a: 'a\*b'}", {"a": "axxb"}, False),
    ("an escaped question mark is plain", r"{a: 'a\?b'}", {"a": "a?b"}, True),
    ("a backslash before a wildcard is escaped", r"{a: 'a\\*'}", {"a": "a\\xyz"}, True),
    ("three backslashes and a star are both plain", r"{a: 'a\\\*'}", {"a": "a\\*"}, True),
    ("four backslashes are two", r"{a: 'a\\\\b'}", {"a": "a\\\\b"}, True),
    ("three backslashes are two", r"{a: 'a\\\b'}", {"a": "a\\\\b"}, True),
    ("a UNC path with an escaped star", r"{a: '\\\\\*\\ADMIN$'}", {"a": "\\\\*\\ADMIN$"}, True),
    ("a trailing backslash is plain", r"{'a|endswith': 'dir\'}", {"a": "C:\\dir\\"}, True),
    # Lists, Maps
    ("a list of values is joined by or", "{a: [x, y]}", {"a": "y"}, True),
    ("a map is joined by and", "{a: x, b: y}", {"a": "x"}, False),
    ("a map holds as a whole", "{a: x, b: y}", {"a": "x", "b": "y"}, True),
    ("a list of maps is joined by or", "[{a: x}, {b: y}]", {"b": "y"}, True),
    ("a map inside a list is still and", "[{a: x, b: y}, {c: z}]", {"a": "x"}, False),
    ("a list mixes maps and keywords", "[{a: x}, word]", {"c": "a word here"}, True),
    # Special Field Values
    ("the empty value", "{a: ''}", {"a": ""}, True),
    ("the empty value is not null", "{a: ''}", {"a": None}, False),
    ("the empty value is not absence", "{a: ''}", {"b": 1}, False),
    ("null is null", "{a: null}", {"a": None}, True),
    ("null is absence", "{a: null}", {"b": 1}, True),
    ("null is not the empty value", "{a: null}", {"a": ""}, False),
    ("null is not zero", "{a: null}", {"a": 0}, False),
    # Field Existence
    ("exists: a value", "{'a|exists': true}", {"a": "x"}, True),
    ("exists: empty counts", "{'a|exists': true}", {"a": ""}, True),
    ("exists: null counts", "{'a|exists': true}", {"a": None}, True),
    ("exists: an object counts", "{'a|exists': true}", {"a": {"b": 1}}, True),
    ("exists: an empty array counts", "{'a|exists': true}", {"a": []}, True),
    ("exists: absence", "{'a|exists': true}", {"b": 1}, False),
    ("exists false: absence", "{'a|exists': false}", {"b": 1}, True),
    ("exists false: presence", "{'a|exists': false}", {"a": None}, False),
    # Field Usage
    ("blanks are stripped from the event's names", "{ThreatName: x}", {"Threat Name": "x"}, True),
    ("a dotted name is a nested field", "{a.b.c: x}", {"a": {"b": {"c": "x"}}}, True),
    ("a dotted name is a dotted key", "{a.b.c: x}", {"a.b.c": "x"}, True),
    ("a dotted name mixes both", "{a.b.c: x}", {"a": {"b.c": "x"}}, True),
    ("field names are case-sensitive", "{A: x}", {"a": "x"}, False),
    ("an array: any element", "{a: y}", {"a": ["x", "y"]}, True),
    ("an array of objects: any element", "{a.b: y}", {"a": [{"b": "x"}, {"b": "y"}, {"c": 1}]}, True),
    ("an array inside an array", "{a: y}", {"a": [["x"], ["y"]]}, True),
    # Generic modifiers
    ("all: every value", "{'a|contains|all': [x, y]}", {"a": "yx"}, True),
    ("all: one is missing", "{'a|contains|all': [x, y]}", {"a": "xx"}, False),
    ("all over an array: each by some element", "{'a|all': [x, y]}", {"a": ["x", "y"]}, True),
    ("startswith", "{'a|startswith': adm}", {"a": "Administrator"}, True),
    ("startswith: elsewhere", "{'a|startswith': min}", {"a": "Administrator"}, False),
    ("endswith", r"{'a|endswith': '\cmd.exe'}", {"a": "C:\\Windows\\CMD.EXE"}, True),
    ("endswith: elsewhere", "{'a|endswith': cmd}", {"a": "cmd.exe"}, False),
    ("contains", "{'a|contains': dmi}", {"a": "ADMIN"}, True),
    ("contains: the empty text is in every value", "{'a|contains': ''}", {"a": "x"}, True),
    ("contains a number", "{'a|contains': 11}", {"a": 1116}, True),
    ("cased: equal", "{'a|cased': Foo}", {"a": "Foo"}, True),
    ("cased: other case", "{'a|cased': Foo}", {"a": "foo"}, False),
    ("cased with contains", "{'a|contains|cased': Foo}", {"a": "xFoox"}, True),
    ("cased with contains: other case", "{'a|cased|contains': Foo}", {"a": "xfOOx"}, False),
    ("cased with wildcards", "{'a|cased': 'F?o*'}", {"a": "Fxobar"}, True),
    ("cased with wildcards: other case", "{'a|cased': 'F?o*'}", {"a": "fxobar"}, False),
    ("neq: another value", "{'a|neq': x}", {"a": "y"}, True),
    ("neq: the value", "{'a|neq': X}", {"a": "x"}, False),
    ("neq: none of several", "{'a|neq': [x, y]}", {"a": "y"}, False),
    ("neq: absence is different", "{'a|neq': x}", {"b": 1}, True),
    ("neq with contains", "{'a|contains|neq': x}", {"a": "aya"}, True),
    ("neq with null", "{'a|neq': null}", {"a": "x"}, True),
    ("neq with a number", "{'a|neq': 5}", {"a": 5}, False),
    # windash
    ("windash: as written", "{'a|windash|contains': ' -enc'}", {"a": "p -enc"}, True),
    ("windash: slash", "{'a|windash|contains': ' -enc'}", {"a": "p /enc"}, True),
    ("windash: en dash", "{'a|windash|contains': ' -enc'}", {"a": "p –enc"}, True),
    ("windash: em dash", "{'a|windash|contains': ' -enc'}", {"a": "p —enc"}, True),
    ("windash: horizontal bar", "{'a|windash|contains': ' -enc'}", {"a": "p ―enc"}, True),
    ("windash: from a slash", "{'a|contains|windash': ' /accepteula'}", {"a": "p -accepteula"}, True),
    (
        "windash: a dash inside a word stays",
        "{'a|windash|contains': ' -param-name'}",
        {"a": "x /param-name"},
        True,
    ),
    ("windash: not the inner one", "{'a|windash|contains': ' -param-name'}", {"a": "x -param/name"}, False),
    ("windash: every dash by itself", "{'a|windash|contains': '-a -b'}", {"a": "-a /b"}, True),
    # re
    ("re: part of the value", "{'a|re': 'b.d'}", {"a": "abcde"}, True),
    ("re: anchored", "{'a|re': '^b.d$'}", {"a": "abcde"}, False),
    ("re: case-sensitive", "{'a|re': 'B.D'}", {"a": "abcde"}, False),
    ("re: i", "{'a|re|i': 'B.D'}", {"a": "abcde"}, True),
    ("re: ignorecase is i", "{'a|re|ignorecase': 'B.D'}", {"a": "abcde"}, True),
    ("re: without m", "{'a|re': '^b$'}", {"a": "a\nb\nc"}, False),
    ("re: m", "{'a|re|m': '^b$'}", {"a": "a\nb\nc"}, True),
    ("re: without s", "{'a|re': 'a.b'}", {"a": "a\nb"}, False),
    ("re: s", "{'a|re|s': 'a.b'}", {"a": "a\nb"}, True),
    ("re: i and s", "{'a|re|i|s': 'A.B'}", {"a": "a\nb"}, True),
    ("re: alternation, classes, quantifiers", "{'a|re': '(x|y)[0-9]{2,3}z+'}", {"a": "--y12zz--"}, True),
    ("re: wildcards of Sigma are none", r"{'a|re': '\*\?'}", {"a": "*?"}, True),
    ("re: a needed literal that folds oddly", "{'a|re|i': 'kelvin'}", {"a": "\u212aELVIN"}, True),
    ("re: all", "{'a|re|all': ['x', 'y']}", {"a": "yx"}, True),
    ("re: a number's text", "{'a|re': '^11'}", {"a": 1116}, True),
    # Encoding
    ("base64", "{'a|base64': 'secret'}", {"a": b64encode(b"secret").decode()}, True),
    ("base64 within", "{'a|base64|contains': 'foobar'}", {"a": "x" + b64encode(b"foobar").decode()}, True),
    (
        "utf16le and base64",
        "{'a|utf16le|base64': 'cmd'}",
        {"a": b64encode("cmd".encode("utf-16le")).decode()},
        True,
    ),
    (
        "wide is utf16le",
        "{'a|wide|base64': 'cmd'}",
        {"a": b64encode("cmd".encode("utf-16le")).decode()},
        True,
    ),
    (
        "utf16be and base64",
        "{'a|utf16be|base64': 'cmd'}",
        {"a": b64encode("cmd".encode("utf-16be")).decode()},
        True,
    ),
    (
        "utf16 starts with the byte order mark",
        "{'a|utf16|base64': 'cmd'}",
        {"a": b64encode(b"\xff\xfe" + "cmd".encode("utf-16le")).decode()},
        True,
    ),
    ("wide alone puts NUL between", "{'a|wide|contains': 'cmd'}", {"a": "x" + "c\0m\0d\0"}, True),
    # Numeric modifiers
    ("lt", "{'a|lt': 10}", {"a": 9}, True),
    ("lt: equal", "{'a|lt': 10}", {"a": 10}, False),
    ("lte: equal", "{'a|lte': 10}", {"a": 10}, True),
    ("gt", "{'a|gt': 10}", {"a": 11}, True),
    ("gt: equal", "{'a|gt': 10}", {"a": 10}, False),
    ("gte: equal", "{'a|gte': 10}", {"a": 10}, True),
    ("gte: text that is a number", "{'a|gte': 10}", {"a": "12"}, True),
    ("gte: text that is none", "{'a|gte': 10}", {"a": "twelve"}, False),
    ("gt: numbers, not texts", "{'a|gt': 9}", {"a": 10}, True),
    ("gt: fractions", "{'a|gt': 1.5}", {"a": 1.75}, True),
    ("gt: beyond 53 bits", "{'a|gt': 9007199254740992}", {"a": 9007199254740993}, True),
    ("lt: absence", "{'a|lt': 10}", {"b": 1}, False),
    ("gt: any element", "{'a|gt': 10}", {"a": [1, 11]}, True),
    # Time modifiers
    ("minute", "{'a|minute': 57}", {"a": "2026-11-23T17:57:30Z"}, True),
    ("hour", "{'a|hour': 17}", {"a": "2026-11-23T17:57:30Z"}, True),
    ("hour with gte", "{'a|hour|gte': 18}", {"a": "2026-11-23T17:57:30Z"}, False),
    ("day", "{'a|day': 23}", {"a": "2026-11-23"}, True),
    ("week", "{'a|week': 48}", {"a": "2026-11-23"}, True),
    ("week: the year's end belongs to the next", "{'a|week': 1}", {"a": "2024-12-30"}, True),
    ("week: the year's start belongs to the last", "{'a|week': 53}", {"a": "2021-01-03"}, True),
    ("month", "{'a|month': 11}", {"a": "2026-11-23 17:57"}, True),
    ("year", "{'a|year': 2026}", {"a": "2026-11-23"}, True),
    ("no date", "{'a|year': 2026}", {"a": "year 2026"}, False),
    # cidr
    ("cidr: inside", "{'a|cidr': 10.0.0.0/8}", {"a": "10.255.0.1"}, True),
    ("cidr: outside", "{'a|cidr': 10.0.0.0/8}", {"a": "11.0.0.1"}, False),
    ("cidr: IPv6", "{'a|cidr': '2001:db8::/32'}", {"a": "2001:DB8:0:1::1"}, True),
    ("cidr: IPv6 outside", "{'a|cidr': '2001:db8::/32'}", {"a": "2001:db9::1"}, False),
    ("cidr: everything", "{'a|cidr': 0.0.0.0/0}", {"a": "1.2.3.4"}, True),
    ("cidr: the families differ", "{'a|cidr': 0.0.0.0/0}", {"a": "::1"}, False),
    ("cidr: one address", "{'a|cidr': 192.0.2.1/32}", {"a": "192.0.2.1"}, True),
    ("cidr: no address", "{'a|cidr': 10.0.0.0/8}", {"a": "10.0.0"}, False),
    # expand
    ("expand: a value", "{'a|expand': '%Admins%'}", {"a": "ROOT"}, True),
    ("expand: values may have wildcards", "{'a|expand': '%Servers%'}", {"a": "srv77"}, True),
    ("expand: inside text", "{'a|expand': 'x-%Servers%-y'}", {"a": "x-web1-y"}, True),
    ("expand: an escaped percent sign", r"{'a|expand': '\%x%Admins%'}", {"a": "%xroot"}, True),
    ("without expand percent signs are plain", "{a: '%Admins%'}", {"a": "%Admins%"}, True),
    # fieldref
    ("fieldref: equal", "{'a|fieldref': b}", {"a": "X", "b": "x"}, True),
    ("fieldref: different", "{'a|fieldref': b}", {"a": "x", "b": "y"}, False),
    ("fieldref: absence", "{'a|fieldref': b}", {"a": "x"}, False),
    ("fieldref with neq", "{'a|fieldref|neq': b}", {"a": "x", "b": "y"}, True),
    ("fieldref with startswith", "{'a|fieldref|startswith': b}", {"a": "xyz", "b": "xy"}, True),
    ("fieldref with endswith", "{'a|endswith|fieldref': b}", {"a": "xyz", "b": "yz"}, True),
    ("fieldref with contains", "{'a|fieldref|contains': b}", {"a": "xyz", "b": "y"}, True),
    ("fieldref cased", "{'a|fieldref|cased': b}", {"a": "X", "b": "x"}, False),
    ("fieldref over arrays: any pair", "{'a|fieldref': b}", {"a": ["p", "q"], "b": ["r", "q"]}, True),
    # Keywords search
    ("keywords: anywhere in a value", "[EVILSERVICE, other]", {"x": {"y": ["an evilservice here"]}}, True),
    ("keywords: a wildcard inside", "['svc*evil']", {"x": "the svc of evil"}, True),
    ("keywords: not in field names", "[name]", {"name": "x"}, False),
    ("keywords: not across values", "[xy]", {"a": "x", "b": "y"}, False),
    ("keywords: not in metadata", "[secret]", {"meta": {"file": "secret.evtx"}, "a": "b"}, False),
    ("keywords: a plain value", "word", {"a": "the word"}, True),
    ("keywords: a number", "[4711]", {"a": 4711}, True),
    ("keywords: all", "{'|all': [x1, y1]}", {"a": "has x1", "b": "has y1"}, True),
    ("keywords: all, one missing", "{'|all': [x1, y1]}", {"a": "x1"}, False),
    ("keywords: re", "{'|re': '^ab+$'}", {"a": "abbb"}, True),
    ("keywords: cased", "{'|cased': [Word]}", {"a": "the word"}, False),
    ("keywords: re with a needed literal", "{'|re': 'needle[0-9]'}", {"a": "x needle7"}, True),
]


@pytest.mark.parametrize(
    ("selection", "event", "expected"), [c[1:] for c in CLAUSES], ids=[c[0] for c in CLAUSES]
)
def test_clause(selection: str, event: dict[str, Any], expected: bool) -> None:
    assert fires(selecting(selection), event) is expected


def test_clauses_are_named_once() -> None:
    assert len({clause[0] for clause in CLAUSES}) == len(CLAUSES)


@pytest.mark.parametrize("offset", range(3))
@pytest.mark.parametrize("after", [b"", b"!", b"!!", b"!!!"])
def test_base64offset_finds_the_text_at_every_alignment(offset: int, after: bytes) -> None:
    encoded = b64encode(b"." * offset + b"http://evil" + after).decode()
    assert fires(selecting("{'a|base64offset|contains': 'http://evil'}"), {"a": encoded})


def test_base64offset_wide() -> None:
    encoded = b64encode(b"x" + "invoke".encode("utf-16le")).decode()
    assert fires(selecting("{'a|wide|base64offset|contains': invoke}"), {"a": encoded})


# (condition, which of a, b, c, _d hold, does the rule)
CONDITIONS = [
    ("a", "a", True),
    ("a or b", "b", True),
    ("a and b", "a", False),
    ("a and b", "ab", True),
    ("not a", "b", True),
    ("not a", "a", False),
    ("not not a", "a", True),
    ("a and not b", "a", True),
    ("a and not b", "ab", False),
    # Operator Precedence: or < and < not < x of < brackets
    ("a or b and c", "a", True),
    ("(a or b) and c", "a", False),
    ("(a or b) and c", "bc", True),
    ("not a and b", "b", True),
    ("not a or b", "ab", True),
    ("not (a or b)", "c", True),
    ("not 1 of a* and b", "b", True),
    ("1 of them", "c", True),
    ("1 of them", "_", False),
    ("any of them", "b", True),
    ("all of them", "abc", True),
    ("all of them", "ab", False),
    ("1 of a*", "a", True),
    ("1 of a*", "b", False),
    ("all of *", "abc", True),
    ("1 of _*", "_", True),
    ("2 of them", "a", False),
    ("2 of them", "ac", True),
    ("3 of them", "ab", False),
    ("not 2 of them", "a", True),
    ("not all of them", "abc", False),
    ("((a))", "a", True),
    ("(a) and(b)", "ab", True),
]


@pytest.mark.parametrize(("condition", "holding", "expected"), CONDITIONS)
def test_condition(condition: str, holding: str, expected: bool) -> None:
    sections = "".join(f"    {name}: {{f.{name[0]}: 1}}\n" for name in ("a", "b", "c", "_d"))
    text = rule(f"{sections}    condition: {condition}\n")
    assert fires(text, {"f": dict.fromkeys(holding, 1), "g": 1}) is expected


def test_a_list_of_conditions_is_joined_by_or() -> None:
    text = rule("    a: {x: 1}\n    b: {x: 2}\n    condition:\n        - a\n        - b\n")
    assert fires(text, {"x": 2})
    assert not fires(text, {"x": 3})


def test_an_identifier_pattern_has_stars_anywhere() -> None:
    text = rule("    sel_one_x: {a: 1}\n    sel_two_y: {b: 1}\n    condition: 1 of sel_*_y\n")
    assert fires(text, {"b": 1})
    assert not fires(text, {"a": 1})


def test_an_absent_field_under_not_lets_the_rule_match() -> None:
    text = rule(
        "    selection: {a: 1}\n    filter_main: {gone: x}\n    condition: selection and not 1 of filter_main*\n"
    )
    assert fires(text, {"a": 1})


def test_a_rule_of_nothing_but_not_is_asked_of_every_event() -> None:
    text = rule("    filter: {a: 1}\n    condition: not filter\n")
    assert fires(text, {"b": 1})
    assert not fires(text, {"a": 1})


def test_several_documents_in_one_text() -> None:
    second = rule("    s: {b: 1}\n    condition: s\n", id=ID.replace("1111", "9999", 1))
    text = rule("    s: {a: 1}\n    condition: s\n") + "---\n" + second
    assert [match.rule for match in matches(text, {"a": 1, "b": 1})] == [0, 1]


def test_anchors_and_aliases() -> None:
    text = rule("    one: &shared {a: 1}\n    two: *shared\n    condition: one and two\n")
    assert fires(text, {"a": 1})


def test_a_match_says_what_held() -> None:
    text = rule("    first: {'a|contains': [x, y]}\n    second: {b.c: 2}\n    condition: all of them\n")
    (match,) = matches(text, {"a": "it is Y", "b": [{"c": 1}, {"c": 2}]})
    held = [(c.selection, c.field, c.operator, c.expected, c.value) for c in match.conditions]
    assert held == [("first", "a", "contains", "y", "it is Y"), ("second", "b.c", "is", "2", "2")]


def test_a_match_copies_at_most_1024_bytes_of_a_value() -> None:
    (match,) = matches(selecting("{'a|contains': x}"), {"a": "星" * 5000 + "x"})
    assert match.conditions[0].value == "星" * (1024 // 3)


def test_a_match_holds_the_event_as_it_came() -> None:
    line = '{ "a" : "x\\u0041" }'
    (match,) = matches(selecting("{a: xa}"), line)
    assert match.event == line.encode()
    assert match.line == 0
    assert json.loads(match.event) == {"a": "xA"}
