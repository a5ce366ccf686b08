"""Requests are checked by type, name and bound before anything is done with them."""

from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyzer.control.parameters import MAX_ITEMS, MAX_TEXT, parse
from analyzer.errors import InvalidError


@dataclass(frozen=True)
class Inner:
    name: str


@dataclass(frozen=True)
class Shape:
    text: str
    number: int = 0
    flag: bool = False
    names: tuple[str, ...] = ()
    inner: Inner | None = None
    inners: tuple[Inner, ...] = ()


def test_what_fits_is_taken() -> None:
    given = {
        "text": "x",
        "number": 5,
        "flag": True,
        "names": ["a"],
        "inner": {"name": "n"},
        "inners": [{"name": "m"}],
    }
    assert parse(Shape, given) == Shape("x", 5, True, ("a",), Inner("n"), (Inner("m"),))
    assert parse(Shape, {"text": "x", "inner": None}) == Shape("x")


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        ({}, "params.text is missing"),
        ({"text": 5}, "params.text must be str"),
        ({"text": "x", "number": True}, "params.number must be int"),
        ({"text": "x", "number": 1.5}, "params.number must be int"),
        ({"text": "x", "number": 2**63}, "params.number is out of range"),
        ({"text": "x", "flag": 1}, "params.flag must be bool"),
        ({"text": "x", "names": "a"}, "params.names must be a list"),
        ({"text": "x", "names": ["a", 1]}, r"params.names\[1\] must be str"),
        ({"text": "x", "names": ["a"] * (MAX_ITEMS + 1)}, "more than"),
        ({"text": "x" * (MAX_TEXT + 1)}, "longer than"),
        ({"text": "a\x00b"}, "cannot be shown"),
        ({"text": "a\x1b[2J"}, "cannot be shown"),
        ({"text": "\u202e"}, "cannot be shown"),
        ({"text": "\ud800"}, "cannot be shown"),
        ({"text": "x", "more": 1}, "params.more is not known"),
        ({"text": "x", "inner": 5}, "params.inner must be an object"),
        ({"text": "x", "inners": [{}]}, r"params.inners\[0\].name is missing"),
        ([], "params must be an object"),
        (None, "params must be an object"),
    ],
)
def test_what_does_not_is_named(wrong: Any, named: str) -> None:
    with pytest.raises(InvalidError, match=named):
        parse(Shape, wrong)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
)


@given(
    st.dictionaries(st.sampled_from(["text", "number", "flag", "names", "inner", "inners", "x"]), JSON) | JSON
)
def test_nothing_else_comes_out(value: Any) -> None:
    """Any JSON is either a Shape or refused; nothing else is raised."""
    try:
        parsed = parse(Shape, value)
    except InvalidError:
        return
    assert isinstance(parsed, Shape)
