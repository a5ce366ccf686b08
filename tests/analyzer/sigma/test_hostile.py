"""Lines no rule author thought of: never a panic, never a silent loss."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analyzer._native import RuleMatcher
from tests.analyzer.sigma.one import TABLE, matcher, selecting

EVERY = selecting("{'a|neq': impossible}")

NOT_EVENTS = [
    b"{",
    b"}",
    b"[]",
    b"null",
    b'"text"',
    b"1",
    b"nonsense",
    b'{"a":1}x',
    b'{"a":1}}',
    b'{"a":1} {"a":2}',
    b"{} {}",
    b'{"a"}',
    b'{"a":}',
    b'{"a":1,}',
    b'{"a":tru}',
    b'{"a":01}',
    b'{"a":1 "b":2}',
    b'{"a":"open}',
    b'{"a":"\xff"}',
    b'{"a":"bad \\x escape"}',
    b'{"a":"raw \x01 control"}',
    b'{"a":1e999}',
    b"{'a':1}",
    b"\x00",
    b"\xef\xbb\xbf{}",
    b"[" * 100_000,
    b'{"a":' * 100_000,
    b'{"a":' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    b'{"b":' + b'{"b":' * 64 + b"1" + b"}" * 65,
]


@pytest.mark.parametrize("line", NOT_EVENTS, ids=lambda line: repr(line[:24]))
def test_what_is_no_event_is_counted(line: bytes) -> None:
    loaded = matcher(EVERY)
    assert [match.line for match in loaded.match(line + b'\n{"a":"next"}\n')] == [1]
    assert loaded.skipped == 1


@pytest.mark.parametrize(
    "line",
    [
        b"{}",
        b" { } ",
        b'\t{"a":1}\r',
        b'{"a":' + b"[" * 60 + b"]" * 60 + b"}",
        b'{"b":"' + b"[{" * 1000 + b'"}',
        b'{"a":1,"a":2}',
        b'{"a":"\\ud83d\\ude00"}',
        b'{"":1}',
        b'{".":{"..":1}}',
        b'{"a":{}}',
        b'{"a":[[],{}]}',
        b'{"a":-0.0}',
        b'{"a":123456789012345678901234567890}',
    ],
    ids=repr,
)
def test_strange_but_well_formed(line: bytes) -> None:
    loaded = matcher(EVERY)
    assert len(loaded.match(line)) == 1
    assert loaded.skipped == 0


def test_empty_lines_are_nothing() -> None:
    loaded = matcher(EVERY)
    assert [match.line for match in loaded.match(b'\n\n  \n{"a":1}\n\n')] == [3]
    assert loaded.skipped == 0
    assert loaded.match(b"") == []


def test_escapes_cannot_hide_a_value() -> None:
    loaded = matcher(selecting("{'a|contains': 'evil.exe'}"))
    spelled = "".join(f"\\u{ord(letter):04x}" for letter in "evil.exe")
    assert len(loaded.match(f'{{"a":"x{spelled}"}}'.encode())) == 1
    assert len(loaded.match(f'{{"\\u0061":"{spelled}"}}'.encode())) == 1


JSON = st.recursive(
    st.one_of(
        st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False, allow_infinity=False), st.text()
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4), st.dictionaries(st.text(max_size=5), inner, max_size=4)
    ),
    max_leaves=20,
)


@settings(max_examples=200, deadline=None)
@given(st.dictionaries(st.sampled_from(["a", "a.b", "b", "c"]), JSON), st.booleans())
def test_every_json_object_is_an_event(event: dict[str, object], ascii_only: bool) -> None:
    """What matched can be read again in Python, whatever was in it."""
    loaded = matcher(EVERY)
    line = json.dumps(event, ensure_ascii=ascii_only).encode("utf-8", "replace")
    for match in loaded.match(line):
        assert json.loads(match.event).keys() == event.keys()


@settings(max_examples=300, deadline=None)
@given(
    st.lists(
        st.one_of(st.binary(max_size=60), st.sampled_from(NOT_EVENTS[:20]), st.just(b'{"a":[1,{"b":"x"}]}')),
        max_size=6,
    )
)
def test_any_bytes(lines: list[bytes]) -> None:
    loaded = RuleMatcher([("r.yml", EVERY), ("k.yml", selecting("[x]"))], TABLE)
    batch = b"\n".join(lines)
    for match in loaded.match(batch):
        assert batch.split(b"\n")[match.line] == match.event
        json.loads(match.event)


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=200), st.text("\n :-[]{}'\"|&*!%?,#a1\t", max_size=80))
def test_any_text_as_a_rule(text: str, yaml_like: str) -> None:
    for candidate in (text, yaml_like, selecting("{a: 1}") + yaml_like, selecting(f"{{{yaml_like}}}")):
        loaded = matcher(candidate)
        assert len(loaded.rules) + len(loaded.faults) > 0 or not candidate.strip() or loaded.rules == []
