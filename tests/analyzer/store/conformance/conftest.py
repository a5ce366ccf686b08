"""The implementations under the conformance suite: whatever is asked of one is asked of all."""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest

from analyzer.store.base import StoreWriter
from analyzer.store.embedded import EmbeddedWriter
from tests.analyzer.store.memory import Memory

DOCUMENTS = (Path(__file__).parent / "documents.ndjson").read_bytes()

IMPLEMENTATIONS: Mapping[str, Callable[[Path], StoreWriter]] = {
    "embedded": EmbeddedWriter,
    "memory": lambda folder: Memory(),
}


@pytest.fixture(params=sorted(IMPLEMENTATIONS))
def empty(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[StoreWriter]:
    """A store with nothing in it."""
    store = IMPLEMENTATIONS[request.param](tmp_path)
    yield store
    store.close()


@pytest.fixture(scope="module", params=sorted(IMPLEMENTATIONS))
def filled(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[StoreWriter]:
    """The ten documents, committed in two batches; not to be written to."""
    store = IMPLEMENTATIONS[request.param](tmp_path_factory.mktemp("store"))
    lines = DOCUMENTS.splitlines(keepends=True)
    store.append("events", b"".join(lines[:4]), 0)
    store.append("events", b"".join(lines[4:]), 1)
    store.commit()
    yield store
    store.close()
