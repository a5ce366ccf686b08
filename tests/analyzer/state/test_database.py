"""The state as a file: one writer, readers that cannot write, keys that hold."""

import threading
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError, OperationalError

from analyzer.state import Account, Setting, SignIn, close, open_reader, open_writer


def test_a_reader_sees_each_commit_and_cannot_write(tmp_path: Path) -> None:
    writer = open_writer(tmp_path / "state.db")
    reader = open_reader(tmp_path / "state.db")
    with writer.begin() as db:
        db.add(Setting(name="a", value={"days": 1}))
    with reader() as db:
        assert db.get_one(Setting, "a").value == {"days": 1}
    with pytest.raises(OperationalError, match="readonly"), reader.begin() as db:
        db.add(Setting(name="b", value={}))
    close(reader)
    close(writer)


def test_a_reader_makes_no_database(tmp_path: Path) -> None:
    reader = open_reader(tmp_path / "absent.db")
    with pytest.raises(OperationalError), reader() as db:
        db.get(Setting, "a")
    close(reader)
    assert not (tmp_path / "absent.db").exists()


def test_a_path_is_a_path_whatever_it_is_made_of(tmp_path: Path) -> None:
    folder = tmp_path / "满天星 100% ?mode=memory#x"
    folder.mkdir()
    close(open_writer(folder / "state.db"))
    assert (folder / "state.db").stat().st_size > 0


def test_opening_again_keeps_what_is_there(tmp_path: Path) -> None:
    first = open_writer(tmp_path / "state.db")
    with first.begin() as db:
        db.add(Setting(name="a", value={}))
    close(first)
    second = open_writer(tmp_path / "state.db")
    with second() as db:
        assert db.get(Setting, "a") is not None
    close(second)


def test_durability_and_keys_are_switched_on(tmp_path: Path) -> None:
    writer = open_writer(tmp_path / "state.db")
    with writer() as db:
        found = [
            db.scalar(text(f"PRAGMA {name}"))
            for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        ]
    assert found == ["wal", 2, 1, 5_000]
    with pytest.raises(IntegrityError), writer.begin() as db:
        db.add(
            SignIn(
                token="t", account="nobody", created_ns=0, seen_ns=0, expires_ns=0, address="", user_agent=""
            )
        )
    close(writer)


def test_two_writers_wait_for_each_other(tmp_path: Path) -> None:
    """BEGIN IMMEDIATE: the second waits for the first instead of failing half way."""
    writer = open_writer(tmp_path / "state.db")

    def add(name: str) -> None:
        for _ in range(20):
            with writer.begin() as db:
                db.merge(Setting(name=name, value={"n": len(db.query(Account).all())}))

    threads = [threading.Thread(target=add, args=(name,)) for name in "abcd"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with writer() as db:
        assert db.query(Setting).count() == 4
    close(writer)
