from pathlib import Path

import pytest

from analyzer.inbox import positions
from analyzer.inbox.positions import Positions


def test_positions_come_back_as_they_went(tmp_path: Path) -> None:
    known = Positions()
    known.advance("s", "e", 5)
    known.advance("t", "e", 9)
    known.index = 3
    known.save(tmp_path / "p")
    loaded = Positions.load(tmp_path / "p")
    assert (loaded.end("s", "e"), loaded.end("t", "e"), loaded.end("s", "f"), loaded.index) == (5, 9, 0, 3)


def test_without_a_checkpoint_nothing_is_known(tmp_path: Path) -> None:
    assert Positions.load(tmp_path / "p").end("s", "e") == 0


def test_a_position_never_goes_back() -> None:
    known = Positions()
    known.advance("s", "e", 5)
    known.advance("s", "e", 3)
    assert known.end("s", "e") == 5


def test_the_epoch_silent_longest_is_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(positions, "MAX_EPOCHS", 2)
    known = Positions()
    for epoch in ("a", "b", "a", "c"):
        known.advance("s", epoch, 1)
    assert [known.end("s", epoch) for epoch in ("a", "b", "c")] == [1, 0, 1]


def test_records_after_the_checkpoint_are_replayed() -> None:
    known = Positions()
    known.replay(7, {"sensor": "s", "epoch": "e", "sequence": 10, "count": 5})
    assert (known.end("s", "e"), known.index) == (15, 8)
