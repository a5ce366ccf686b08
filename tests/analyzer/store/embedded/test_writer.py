import json
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from analyzer.errors import StoreError
from analyzer.store.base import EVERYTHING, Search
from analyzer.store.embedded import EmbeddedReader, EmbeddedWriter
from analyzer.store.query import Equals, Exists
from sensor.events.catalogue import Field, load_catalogue
from tests.corpus import ROOT

FILL = """
import sys
from pathlib import Path
from analyzer.store.embedded import EmbeddedWriter
from tests.analyzer.store.embedded.test_writer import BATCHES, batch
store = EmbeddedWriter(Path(sys.argv[1]), heap_bytes=64 << 20)
print("begun", flush=True)
for position in range(store.committed() + 1, BATCHES):
    store.append("events", batch(position), position)
    store.append("alerts", batch(position)[:200].rpartition(b"\\n")[0], position)
    if position % 3 == 2:
        store.commit()
store.commit()
"""
LIMITED = """
import resource, sys
from pathlib import Path
from analyzer.errors import StoreError
from analyzer.store.base import EVERYTHING, Search
from analyzer.store.embedded import EmbeddedWriter
from tests.analyzer.store.embedded.test_writer import big_batch
store = EmbeddedWriter(Path(sys.argv[1]), heap_bytes=64 << 20)
store.append("events", big_batch(0, 10), 0)
store.commit()
soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, hard))
failed = 0
for position in (1, 2):
    try:
        store.append("events", big_batch(position, 3_000), position)
        store.commit()
    except StoreError as fault:
        failed += 1
        print(type(fault).__name__, store.committed(), store.search(Search(EVERYTHING)).total)
resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
for position in range(store.committed() + 1, 3):
    store.append("events", big_batch(position, 3_000), position)
store.commit()
print("then", store.committed(), store.search(Search(EVERYTHING)).total)
"""
BATCHES = 60
PER_BATCH = 20


def batch(position: int) -> bytes:
    """Spread over six days, so that partitions are closed to make room for others."""
    return b"".join(
        json.dumps(
            {
                "@timestamp": f"2026-03-0{1 + (position // 7 + number) % 6}T00:00:00Z",
                "event": {"id": f"{position:04d}-{number:02d}"},
            }
        ).encode()
        + b"\n"
        for number in range(PER_BATCH)
    )


def big_batch(position: int, count: int) -> bytes:
    """Text that does not compress to nothing."""
    rng = random.Random(position)
    return b"".join(
        json.dumps(
            {
                "@timestamp": "2026-03-02T00:00:00Z",
                "event": {"id": f"{position}-{number}"},
                "dns": {"question": {"name": rng.randbytes(100).hex()}},
            }
        ).encode()
        + b"\n"
        for number in range(count)
    )


def child(code: str, folder: Path) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-c", code, str(folder)], stdout=subprocess.PIPE, text=True, cwd=ROOT
    )


def killed_while_filling(folder: Path, delay: float) -> None:
    with child(FILL, folder) as process:
        assert process.stdout is not None
        process.stdout.readline()
        time.sleep(delay)
        process.send_signal(signal.SIGKILL)
        process.wait()


def assert_whole(folder: Path) -> None:
    """Every event of every batch once, and the alerts too."""
    with child(FILL, folder) as process:
        assert process.wait() == 0
    reader = EmbeddedReader(folder)
    hits = reader.search(Search(EVERYTHING, size=10_000)).hits
    found = sorted(hit["event"]["id"] for hit in hits)
    assert found == [
        f"{position:04d}-{number:02d}" for position in range(BATCHES) for number in range(PER_BATCH)
    ]
    alerts = reader.search(Search(EVERYTHING, kind="alerts", size=10_000))
    assert len({hit["event"]["id"] for hit in alerts.hits}) == alerts.total == 2 * BATCHES


def kill_often(folder: Path, times: int, seed: int) -> None:
    rng = random.Random(seed)
    for _ in range(times):
        killed_while_filling(folder, rng.uniform(0, 0.6))
    assert_whole(folder)


def test_killed_at_random_moments_loses_and_doubles_nothing(tmp_path: Path) -> None:
    kill_often(tmp_path, 10, seed=1)


@pytest.mark.slice
@pytest.mark.parametrize("seed", range(5))
def test_killed_at_fifty_random_moments(tmp_path: Path, seed: int) -> None:
    kill_often(tmp_path, 10, seed=100 + seed)


def test_a_full_disk_loses_nothing_and_ends_when_there_is_room(tmp_path: Path) -> None:
    with child(LIMITED, tmp_path) as process:
        assert process.stdout is not None
        answer = process.stdout.read().splitlines()
        assert process.wait() == 0
    assert answer == ["StoreFullError 0 10", "StoreError 0 10", "then 2 6010"]


def test_after_a_fault_a_later_batch_is_refused_until_the_lost_one_comes(tmp_path: Path) -> None:
    store = EmbeddedWriter(tmp_path)
    store.append("events", batch(0), 0)
    (tmp_path / "events" / "2026-03-09").write_text("a file where a folder should be")
    with pytest.raises(StoreError):
        store.append("events", b'{"@timestamp":"2026-03-09T00:00:00Z"}', 1)
    for refused in (lambda: store.append("events", batch(2), 2), store.commit):
        with pytest.raises(StoreError, match="append again from position 0"):
            refused()
    store.append("events", batch(0), 0)
    store.commit()
    assert store.search(Search(EVERYTHING)).total == PER_BATCH


def test_there_is_one_writer(tmp_path: Path) -> None:
    first = EmbeddedWriter(tmp_path)
    with pytest.raises(StoreError, match="another process") as caught:
        EmbeddedWriter(tmp_path)
    assert caught.value.hint
    first.close()
    EmbeddedWriter(tmp_path).close()


def test_a_closed_store_says_so(tmp_path: Path) -> None:
    store = EmbeddedWriter(tmp_path)
    store.close()
    store.close()
    with pytest.raises(ValueError, match="closed"):
        store.commit()


def test_what_was_committed_is_there_after_opening_again(tmp_path: Path) -> None:
    store = EmbeddedWriter(tmp_path)
    store.append("events", big_batch(0, 5), 0)
    store.commit()
    store.append("events", big_batch(1, 7), 1)
    store.close()
    again = EmbeddedWriter(tmp_path)
    assert again.committed() == 0
    assert again.search(Search(EVERYTHING)).total == 5
    assert again.append("events", big_batch(0, 5), 0) == 0
    assert again.append("events", big_batch(1, 7), 1) == 7


def test_a_lost_position_costs_a_replay_and_nothing_else(tmp_path: Path) -> None:
    store = EmbeddedWriter(tmp_path)
    for position in range(3):
        store.append("events", batch(position), position)
    store.commit()
    store.close()
    (tmp_path / "committed").write_bytes(b"\x00 torn")
    again = EmbeddedWriter(tmp_path)
    assert again.committed() == -1
    assert [again.append("events", batch(position), position) for position in range(3)] == [0, 0, 0]
    again.commit()
    assert again.committed() == 2
    assert again.search(Search(EVERYTHING)).total == 3 * PER_BATCH


def test_lines_that_are_no_events_are_kept_and_counted(tmp_path: Path) -> None:
    store = EmbeddedWriter(tmp_path)
    broken = [
        b"not json",
        b"[1,2]",
        b'"text"',
        b'{"a":',
        b'{"a":1} trailing',
        b'{"bytes":"\xff\xfe"}',
        b'{"deep":' + b"[" * 5_000 + b"]" * 5_000 + b"}",
        b'{"number":1e999}',
    ]
    assert store.append("events", b"\n\n".join(broken) + b"\r\n", 0) == len(broken)
    store.commit()
    found = store.search(Search(EVERYTHING, query=Exists("error.message")))
    originals = {hit["event"]["original"] for hit in found.hits}
    assert originals == {
        line.decode(errors="replace") + ("\r" if line == broken[-1] else "") for line in broken
    }
    assert store.noticed() == (0, len(broken), 0)


def test_values_that_do_not_fit_are_kept_named_and_counted(tmp_path: Path) -> None:
    store = EmbeddedWriter(tmp_path)
    document = {
        "@timestamp": "2026-03-02T00:00:00Z",
        "event": {"id": "a", "duration": 1.5, "start": "soon"},
        "source": {"ip": "10.0.0", "port": [53, "x", {"y": 1}]},
        "dns": {"edns": {"dnssec_ok": "maybe"}, "question": {"name": "x" * 20_000}},
    }
    store.append("events", json.dumps(document).encode(), 0)
    store.commit()
    assert store.search(Search(EVERYTHING)).hits == [document]
    assert store.noticed() == (5, 0, 1)
    named = dict(store.terms(Search(EVERYTHING), "_ignored", 10))
    assert set(named) == {
        "event.duration",
        "event.start",
        "source.ip",
        "source.port",
        "dns.edns.dnssec_ok",
        "dns.question.name",
    }
    assert store.count(Search(EVERYTHING, query=Equals("source.port", "53"))) == 1
    assert store.count(Search(EVERYTHING, query=Equals("source.port.y", "1"))) == 1


def test_a_document_of_countless_values_is_kept(tmp_path: Path) -> None:
    store = EmbeddedWriter(tmp_path)
    document = {"many": list(range(20_000)), "k" * 5_000: 1, "event": {"id": "a"}}
    store.append("events", json.dumps(document).encode(), 0)
    store.commit()
    assert store.search(Search(EVERYTHING)).hits == [document]
    assert store.noticed()[2] > 10_000


def test_a_forged_clock_makes_no_endless_folders(tmp_path: Path) -> None:
    store = EmbeddedWriter(tmp_path)
    for number in range(1_000):
        day = time.strftime("%Y-%m-%d", time.gmtime(number * 86_400 + 1_000_000_000))
        (tmp_path / "events" / day).mkdir()
    store.append("events", b'{"@timestamp":"2026-03-02T00:00:00Z","event":{"id":"a"}}', 0)
    store.commit()
    assert [(it.day, it.documents) for it in store.partitions()] == [("1970-01-01", 1)]
    assert store.search(Search(EVERYTHING)).total == 1


def test_days_made_by_an_earlier_version_still_take_and_find(tmp_path: Path) -> None:
    fields = load_catalogue()
    older = EmbeddedWriter(tmp_path, [field for field in fields if field.name != "dns.question.name"])
    asked = b'{"@timestamp":"2026-03-02T00:00:00Z","event":{"id":"%s"},"dns":{"question":{"name":"x.cn"}}}'
    older.append("events", asked % b"a", 0)
    older.commit()
    older.close()
    store = EmbeddedWriter(tmp_path, [*reversed(fields), new_field()])
    store.append("events", asked % b"b", 1)
    store.append("alerts", asked % b"c", 1)
    store.commit()
    request = Search(EVERYTHING, query=Equals("dns.question.name", "x.cn"))
    assert store.search(request).total == 2
    assert store.count(Search(EVERYTHING, kind="alerts", query=request.query)) == 1
    assert store.count(Search(EVERYTHING, query=Exists("dns.question.name"))) == 2


def new_field() -> Field:
    return Field(name="new.one", type="long", many=False, ecs=False, datasets=("*",), zh="新", meaning="New.")


@pytest.mark.parametrize("schema", [[], [new_field()]])
def test_a_catalogue_without_the_store_s_own_fields_is_refused(tmp_path: Path, schema: list[Field]) -> None:
    with pytest.raises(ValueError, match="@timestamp"):
        EmbeddedWriter(tmp_path, schema)


@pytest.mark.parametrize("day", ["", "..", "2026-3-2", "2026-02-30", "../../x", "2026-03-02/.."])
def test_only_days_are_dropped(tmp_path: Path, day: str) -> None:
    with pytest.raises(ValueError, match="not a day"):
        EmbeddedWriter(tmp_path).drop("events", day)


def test_a_removal_cut_short_is_finished_on_opening(tmp_path: Path) -> None:
    hidden = tmp_path / "events" / ".dropped-2026-03-02"
    hidden.mkdir(parents=True)
    (hidden / "meta.json").write_text("{}")
    assert EmbeddedWriter(tmp_path).search(Search(EVERYTHING)).total == 0
    assert not hidden.exists()
