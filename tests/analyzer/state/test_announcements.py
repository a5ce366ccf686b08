"""The analyzer's own events: carried in order, once, whatever breaks in between."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from analyzer.state import Announcement, Sessions, announce, open_writer
from analyzer.state.announcements import MOST, deliver, own_epoch, waiting


@pytest.fixture
def sessions(tmp_path: Path) -> Sessions:
    return open_writer(tmp_path / "state.db")


class Inbox:
    """Takes what it has room for."""

    def __init__(self, room: int = 1 << 30) -> None:
        self.room = room
        self.taken: dict[int, str] = {}
        self.batches: list[int] = []

    def __call__(self, epoch: str, first: int, events: Sequence[Announcement]) -> bool:
        if self.room < len(events):
            return False
        self.room -= len(events)
        self.batches.append(len(events))
        assert [event.number for event in events] == list(range(first, first + len(events)))
        self.taken.update({event.number: json.loads(event.line)["name"] for event in events})
        return True


def say(sessions: Sessions, *names: Any, packet_ns: int = 0) -> None:
    with sessions.begin() as db:
        announce(db, [{"name": name} for name in names], packet_ns=packet_ns)


def test_in_order_and_crossed_off(sessions: Sessions) -> None:
    inbox = Inbox()
    say(sessions, "a", "b")
    say(sessions, "c")
    assert waiting(sessions) == 3
    assert deliver(sessions, "e", inbox) == 3
    assert list(inbox.taken.values()) == ["a", "b", "c"]
    assert (waiting(sessions), deliver(sessions, "e", inbox)) == (0, 0)
    say(sessions, "d")
    deliver(sessions, "e", inbox)
    assert list(inbox.taken) == [1, 2, 3, 4], "a number that was crossed off is never given again"


def test_what_was_rolled_back_was_never_said(sessions: Sessions) -> None:
    with pytest.raises(ZeroDivisionError), sessions.begin() as db:
        announce(db, [{"name": "never"}])
        1 / 0  # noqa: B018
    assert waiting(sessions) == 0


def test_without_room_it_waits(sessions: Sessions) -> None:
    inbox = Inbox(room=0)
    say(sessions, "a")
    assert deliver(sessions, "e", inbox) == 0
    inbox.room = 1
    assert deliver(sessions, "e", inbox) == 1


def test_a_crash_before_crossing_off_gives_the_same_numbers_again(sessions: Sessions) -> None:
    inbox = Inbox()
    say(sessions, "a", "b")

    def crash(epoch: str, first: int, events: Sequence[Announcement]) -> bool:
        inbox(epoch, first, events)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        deliver(sessions, "e", crash)
    before = dict(inbox.taken)
    deliver(sessions, "e", inbox)
    assert inbox.taken == before


def test_live_and_not_live_do_not_share_a_batch(sessions: Sessions) -> None:
    inbox = Inbox()
    say(sessions, "a", "b")
    say(sessions, "c", packet_ns=5)
    say(sessions, *range(MOST + 1))
    deliver(sessions, "e", inbox)
    assert inbox.batches == [2, 1, MOST, 1]


def test_half_a_surrogate_pair_is_said_all_the_same(sessions: Sessions) -> None:
    inbox = Inbox()
    say(sessions, "\ud800")
    deliver(sessions, "e", inbox)
    assert list(inbox.taken.values()) == ["?"]


def test_the_epoch_belongs_to_the_database(sessions: Sessions, tmp_path: Path) -> None:
    assert own_epoch(sessions) == own_epoch(sessions)
    assert own_epoch(sessions) != own_epoch(open_writer(tmp_path / "other.db"))
