"""The same bytes from any number of threads, on real traffic."""

from pathlib import Path

import pytest

from tests.sensor.engine.captures import ndjson, some


def differing(path: Path) -> list[int]:
    """Thread counts whose events are not those of one thread."""
    one = ndjson(path)
    return [threads for threads in (2, 7) if ndjson(path, threads) != one]


def test_threads_change_no_byte() -> None:
    assert not {path.name: differing(path) for path in some(16) if differing(path)}


def test_threads_change_no_byte_when_memory_is_short() -> None:
    """Budgets are per shard: what is evicted does not depend on who does it."""
    short = 64 * 4_000
    for path in some(97):
        assert ndjson(path, 3, short) == ndjson(path, 1, short), path


@pytest.mark.slice
def test_threads_change_no_byte_on_the_whole_corpus() -> None:
    assert not {path.name: differing(path) for path in some(1) if differing(path)}
