"""Which store: the only place that knows both."""

from pathlib import Path

from analyzer.errors import StoreError
from analyzer.store.base import StoreReader, StoreWriter
from analyzer.store.embedded import EmbeddedReader, EmbeddedWriter

EMBEDDED = "embedded"
ELASTIC = "elastic"


def open_reader(directory: Path, backend: str = EMBEDDED) -> StoreReader:
    """The store below `directory`, for asking. StoreError when the backend is not one this version has."""
    _require_embedded(backend)
    return EmbeddedReader(directory)


def open_writer(directory: Path, backend: str = EMBEDDED, *, heap_bytes: int | None = None) -> StoreWriter:
    """The same for its only writer; a second one is refused with StoreError."""
    _require_embedded(backend)
    return (
        EmbeddedWriter(directory) if heap_bytes is None else EmbeddedWriter(directory, heap_bytes=heap_bytes)
    )


def _require_embedded(backend: str) -> None:
    if backend == ELASTIC:
        raise StoreError(
            "the Elasticsearch store is not built in this version", hint=f'Set the store to "{EMBEDDED}".'
        )
    if backend != EMBEDDED:
        raise StoreError(f"there is no store {backend!r}", hint=f'The store is "{EMBEDDED}".')
