"""The embedded store for its only writer, the analyzer."""

from collections.abc import Iterable
from pathlib import Path

from analyzer._native import EventIndex
from analyzer.store.embedded.reader import EmbeddedReader
from analyzer.store.embedded.schema import schema_of
from sensor.events.catalogue import Field, load_catalogue

HEAP_BYTES = 256 << 20
"""Memory for documents not yet written out, for all open days together."""


class EmbeddedWriter(EmbeddedReader):
    """Holds the directory's lock until closed.

    After a StoreError from `append` or `commit` nothing uncommitted is left: append again from `committed() + 1`.
    """

    def __init__(
        self, directory: Path, fields: Iterable[Field] | None = None, heap_bytes: int = HEAP_BYTES
    ) -> None:
        directory.mkdir(parents=True, exist_ok=True)
        schema = schema_of(load_catalogue() if fields is None else fields)
        self._index = EventIndex(str(directory), schema, writer=True, heap_bytes=heap_bytes)

    def append(self, kind: str, ndjson: bytes, position: int) -> int:
        return self._index.append(kind, ndjson, position)

    def commit(self) -> None:
        self._index.commit()

    def committed(self) -> int:
        return self._index.committed()

    def drop(self, kind: str, day: str) -> None:
        self._index.drop(kind, day)

    def noticed(self) -> tuple[int, int, int]:
        """(values that did not fit their column, lines that were no JSON object, values too long to index)."""
        return self._index.noticed()
