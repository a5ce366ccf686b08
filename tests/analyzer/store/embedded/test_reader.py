import json
import subprocess
import sys
from pathlib import Path

import pytest

from analyzer.errors import StoreError
from analyzer.store.base import EVERYTHING, Search
from analyzer.store.embedded import EmbeddedReader, EmbeddedWriter
from analyzer.store.query import Equals, Regex, Wildcard
from tests.corpus import ROOT

COUNT = """
import sys
from pathlib import Path
from analyzer.store.base import EVERYTHING, Search
from analyzer.store.embedded import EmbeddedReader
reader = EmbeddedReader(Path(sys.argv[1]))
for _ in sys.stdin:
    print(reader.search(Search(EVERYTHING)).total, len(reader.partitions()), flush=True)
"""


def events(first: int, count: int, day: str = "2026-03-02") -> bytes:
    return b"".join(
        json.dumps({"@timestamp": f"{day}T00:00:00Z", "event": {"id": f"e{number:06d}"}}).encode() + b"\n"
        for number in range(first, first + count)
    )


def test_another_process_sees_commits_and_dropped_days(tmp_path: Path) -> None:
    command = [sys.executable, "-c", COUNT, str(tmp_path)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT
    ) as other:
        assert other.stdin is not None
        assert other.stdout is not None

        def seen() -> list[str]:
            print("", file=other.stdin, flush=True)
            assert other.stdout is not None
            return other.stdout.readline().split()

        assert seen() == ["0", "0"]
        writer = EmbeddedWriter(tmp_path)
        writer.append("events", events(0, 3), 0)
        assert seen() == ["0", "0"]
        writer.commit()
        assert seen() == ["3", "1"]
        writer.append("events", events(3, 4) + events(7, 2, "2026-03-03"), 1)
        writer.commit()
        assert seen() == ["9", "2"]
        writer.drop("events", "2026-03-02")
        assert seen() == ["2", "1"]
        writer.append("events", events(0, 5), 2)
        writer.commit()
        assert seen() == ["7", "2"]
        other.stdin.close()


def test_a_reader_of_nothing_answers_nothing(tmp_path: Path) -> None:
    reader = EmbeddedReader(tmp_path / "not there yet")
    assert reader.search(Search(EVERYTHING)).total == 0
    assert reader.partitions() == []


def test_a_folder_without_an_index_is_passed_over(tmp_path: Path) -> None:
    (tmp_path / "events" / "2026-03-02").mkdir(parents=True)
    (tmp_path / "events" / "lost+found").mkdir()
    assert EmbeddedReader(tmp_path).search(Search(EVERYTHING)).total == 0


def test_a_damaged_day_is_a_store_error(tmp_path: Path) -> None:
    day = tmp_path / "events" / "2026-03-02"
    day.mkdir(parents=True)
    (day / "meta.json").write_text("{")
    with pytest.raises(StoreError):
        EmbeddedReader(tmp_path).search(Search(EVERYTHING))


def test_no_time_gives_a_partial_page_and_no_count(tmp_path: Path) -> None:
    writer = EmbeddedWriter(tmp_path)
    writer.append("events", events(0, 10), 0)
    writer.commit()
    request = Search(EVERYTHING, query=Wildcard("event.id", "*1"), timeout_ms=0)
    assert writer.search(request).partial
    with pytest.raises(StoreError, match="too long") as caught:
        writer.count(request)
    assert caught.value.hint


def test_a_reader_may_not_write(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="for reading"):
        EmbeddedReader(tmp_path)._index.append("events", b"{}", 0)


def test_what_cannot_be_asked_is_a_store_error(tmp_path: Path) -> None:
    writer = EmbeddedWriter(tmp_path)
    writer.append("events", events(0, 1), 0)
    writer.commit()
    for node in (Equals("source.port", "x"), Regex("event.id", "(a{1000}){1000}"), Regex("source.ip", "a")):
        with pytest.raises(StoreError, match="cannot answer"):
            writer.search(Search(EVERYTHING, query=node))
    with pytest.raises(StoreError, match="at once"):
        writer.get("events", ["x"] * 1_001, EVERYTHING)


def test_a_page_has_a_largest_size(tmp_path: Path) -> None:
    writer = EmbeddedWriter(tmp_path)
    writer.append("events", events(0, 10_050), 0)
    writer.commit()
    page = writer.search(Search(EVERYTHING, size=1 << 40))
    assert (len(page.hits), page.total) == (10_000, 10_050)
    assert page.next is not None
