"""A record is the same bytes every time, and comes back as it was."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyzer.ledger import Actor, AuditRecord

TEXT = st.text(max_size=20)
DETAILS = st.none() | st.dictionaries(TEXT, st.integers() | TEXT | st.none(), max_size=4)


@given(
    st.builds(
        AuditRecord,
        st.integers(),
        TEXT,
        st.builds(Actor, TEXT, TEXT, TEXT),
        TEXT,
        TEXT,
        TEXT,
        TEXT,
        DETAILS,
        DETAILS,
    )
)
def test_it_comes_back(record: AuditRecord) -> None:
    assert AuditRecord.parse(record.canonical()) == record
    assert AuditRecord.parse(record.canonical()).canonical() == record.canonical()


def test_its_form_is_fixed() -> None:
    """The tree of hashes to come is over these bytes."""
    record = AuditRecord(
        5,
        "alert.verdict",
        Actor("李雷", "s", "192.0.2.1"),
        "alert group",
        "g",
        "done",
        after={"b": 1, "a": "é"},
    )
    assert record.canonical().decode() == (
        '{"action":"alert.verdict","actor":{"account":"李雷","address":"192.0.2.1","session":"s"},'
        '"after":{"a":"é","b":1},'
        '"at_ns":5,"before":null,"kind":"alert group","object":"g","process":{},"reason":"","result":"done"}'
    )


@pytest.mark.parametrize("line", [b"", b"{}", b"[]", b'{"actor":{}}', b"\xff"])
def test_another_line_is_refused(line: bytes) -> None:
    with pytest.raises((ValueError, TypeError, KeyError)):
        AuditRecord.parse(line)
