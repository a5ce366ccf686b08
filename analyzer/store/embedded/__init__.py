"""Tantivy in process: one index per kind and UTC day."""

from analyzer.store.embedded.reader import EmbeddedReader
from analyzer.store.embedded.writer import EmbeddedWriter

__all__ = ["EmbeddedReader", "EmbeddedWriter"]
