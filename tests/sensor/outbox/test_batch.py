import json

import pytest

from sensor.outbox.batch import MAX_META, BatchMeta, pack, unpack, without_first

META = BatchMeta("0123-abcd", 40, 2, 7, 9)


def test_a_meta_comes_back_as_it_went() -> None:
    assert BatchMeta.decode(META.encode()) == META
    assert META.end == 42
    assert META.encode() == b'{"epoch":"0123-abcd","sequence":40,"count":2,"packet":7,"parsed":9}'


def test_further_members_are_left_alone() -> None:
    document = json.loads(META.encode()) | {"sensor": "s", "received": 1}
    assert BatchMeta.of(document) == META


@pytest.mark.parametrize(
    "change",
    [
        {"epoch": ""},
        {"epoch": "a/b"},
        {"epoch": "a" * 129},
        {"epoch": "e\n"},
        {"epoch": 5},
        {"sequence": -1},
        {"sequence": 1 << 62},
        {"sequence": "1"},
        {"sequence": 1.0},
        {"sequence": True},
        {"count": 0},
        {"count": (1 << 24) + 1},
        {"packet": None},
        {"parsed": -5},
    ],
)
def test_what_is_no_meta_is_refused(change: dict[str, object]) -> None:
    document = json.loads(META.encode()) | change
    with pytest.raises(ValueError, match=next(iter(change))):
        BatchMeta.of(document)


@pytest.mark.parametrize("meta", [b"", b"[]", b"{}", b"{", b"null", b"\xff", b"5"])
def test_what_is_no_object_is_refused(meta: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        BatchMeta.decode(meta)


def test_a_message_comes_back_as_it_went() -> None:
    message = pack(b"meta", b"frame")
    assert message == b"\x00\x00\x00\x04metaframe"
    assert unpack(message) == (b"meta", b"frame")


@pytest.mark.parametrize(
    "message",
    [
        b"",
        b"\x00",
        b"\x00\x00\x00\x04met",
        b"\x00\x00\x00\x04meta",
        b"\xff\xff\xff\xffx",
        pack(b"m" * (MAX_META + 1), b"f"),
    ],
)
def test_a_message_with_wrong_lengths_is_refused(message: bytes) -> None:
    with pytest.raises(ValueError, match="message"):
        unpack(message)


def test_lines_are_cut_from_the_front() -> None:
    assert without_first(b"a\nbb\nc\n", 0) == b"a\nbb\nc\n"
    assert without_first(b"a\nbb\nc\n", 2) == b"c\n"
    assert without_first(b"a\nbb\nc\n", 3) == b""
