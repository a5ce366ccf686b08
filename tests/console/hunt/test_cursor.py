"""Page marks: what we made is read back, anything else is refused."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.errors import ConsoleError
from console.hunt.cursor import decode, encode


@given(st.lists(st.text() | st.integers(-(2**63), 2**63 - 1), min_size=1, max_size=4))
def test_there_and_back(position: list[str | int]) -> None:
    text = encode(position)
    assert text is not None
    assert decode(text) == position


def test_the_first_and_the_last_page() -> None:
    assert decode("") is None
    assert encode(None) is None


@pytest.mark.parametrize(
    "document", [b"{}", b"[]", b"[1.5]", b"[true]", b"[[1]]", b"[1,2,3,4,5]", b"\xff", b"[" * 900]
)
def test_a_foreign_mark_is_refused(document: bytes) -> None:
    with pytest.raises(ConsoleError):
        decode(base64.urlsafe_b64encode(document).decode())


@given(st.text(min_size=1, max_size=60))
def test_any_text_is_a_mark_or_refused(text: str) -> None:
    try:
        decode(text)
    except ConsoleError as refused:
        assert refused.code == "invalid"
