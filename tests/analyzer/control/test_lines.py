"""Both ends read the other's lines; errors come back as what they were."""

import pytest

from analyzer.control.dispatch import refused
from analyzer.control.lines import FAULTS, decode, encode, fault_of
from analyzer.errors import AnalyzerError, InvalidError, LedgerError


def test_a_document_is_one_line() -> None:
    line = encode({"a": "x\ny\u2028", "zh": "满天星"})
    assert line.count(b"\n") == 1
    assert line.isascii()
    assert decode(line) == {"a": "x\ny\u2028", "zh": "满天星"}


@pytest.mark.parametrize("line", [b"", b"[]", b"5", b"\xff", b"{", b"[" * 100_000])
def test_what_is_no_document(line: bytes) -> None:
    with pytest.raises(InvalidError):
        decode(line)


@pytest.mark.parametrize("kind", sorted(FAULTS))
def test_faults_go_there_and_back(kind: str) -> None:
    answer = refused(FAULTS[kind]("no", hint="do this"))
    assert answer.error == {"kind": kind, "message": "no", "hint": "do this"}
    back = fault_of(answer.error)
    assert (type(back), str(back), back.hint) == (FAULTS[kind], "no", "do this")


def test_any_other_fault_is_a_failure() -> None:
    error = refused(LedgerError("no disk")).error
    assert error is not None
    assert error["kind"] == "failed"
    assert type(fault_of(error)) is AnalyzerError
