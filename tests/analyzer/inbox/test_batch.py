import json
from dataclasses import replace
from pathlib import Path

import pytest

from analyzer.errors import InboxError
from analyzer.inbox.batch import Arrival, check_frame, parse_message
from sensor.outbox.batch import MAX_UNPACKED, BatchMeta, pack
from tests.analyzer.inbox.rig import arrival, frame_of

META = BatchMeta("e", 0, 1).encode()


def test_a_message_is_parsed() -> None:
    assert parse_message("s", pack(META, b"frame"), 7) == Arrival(
        "s", BatchMeta("e", 0, 1), b"frame", 7, len(META) + 9
    )


@pytest.mark.parametrize(
    "message",
    [
        "text",
        b"",
        b"\x00\x00",
        pack(b"", b"f"),
        pack(b"{}", b"f"),
        pack(b"[" * 4000, b"f"),
        pack(META, b""),
        pack(json.dumps({"epoch": "e" * 200, "sequence": 0}).encode(), b"f"),
    ],
)
def test_what_is_no_batch_is_refused(message: str | bytes) -> None:
    with pytest.raises(InboxError):
        parse_message("s", message, 7)


def test_frames_are_checked_before_they_are_believed(tmp_path: Path) -> None:
    good = arrival(tmp_path, "e", 0, 3)
    check_frame(good)
    with pytest.raises(InboxError, match="claims 4 events and has 3"):
        check_frame(replace(good, meta=BatchMeta("e", 0, 4)))
    for bad in (b"", b"no frame", good.frame[:-1], good.frame * 2, good.frame[:-1] + b"\x00"):
        with pytest.raises(InboxError):
            check_frame(replace(good, frame=bad))


def test_a_bomb_is_refused(tmp_path: Path) -> None:
    bomb = frame_of(b"\n" * (MAX_UNPACKED + 1), tmp_path)
    assert len(bomb) < 10_000
    with pytest.raises(InboxError, match="longer than"):
        check_frame(Arrival("s", BatchMeta("e", 0, 5), bomb, 0, len(bomb)))
