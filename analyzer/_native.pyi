"""The analyzer's Rust core, as Python sees it: the Sigma matcher and the embedded store."""

from collections.abc import Sequence
from typing import Self, final

__all__ = ["Condition", "EventIndex", "Match", "RuleFault", "RuleMatcher"]

@final
class RuleFault:
    """What is wrong with one rule document, and where."""

    @property
    def path(self) -> str: ...
    @property
    def line(self) -> int: ...
    @property
    def column(self) -> int: ...
    @property
    def kind(self) -> str:
        """`broken`: against the specification; `unsupported`: asks for what the matcher does not do yet;
        `unmapped`: no data of the rule's log source arrives here."""
    @property
    def message(self) -> str: ...
    @property
    def hint(self) -> str: ...

@final
class Condition:
    """One leaf of a rule that held."""

    @property
    def selection(self) -> str: ...
    @property
    def field(self) -> str:
        """Event field name (ECS), empty for a keyword."""
    @property
    def operator(self) -> str:
        """Modifiers as written, e.g. `contains|all`; `is` without any."""
    @property
    def expected(self) -> str: ...
    @property
    def value(self) -> str:
        """The event's value that satisfied it."""

@final
class Match:
    @property
    def rule(self) -> int:
        """Index into the `paths` the rule was loaded from (RuleMatcher.rules order)."""
    @property
    def line(self) -> int:
        """Line of the batch, from 0."""
    @property
    def event(self) -> bytes:
        """The event's line."""
    @property
    def conditions(self) -> list[Condition]: ...

@final
class RuleMatcher:
    """Sigma rules over NDJSON. Log source is a partition: an event meets only the rules of its own sources.

    documents: (path, text) pairs, YAML, several documents a text allowed.
    logsources: text of rules/sigma/logsources.yml (datasets to Sigma log sources, field names to ECS names).
    Broken rules are in `faults` (all of a document at once); the others load.
    """

    def __new__(cls, documents: Sequence[tuple[str, str]], logsources: str) -> Self: ...
    @property
    def faults(self) -> list[RuleFault]: ...
    @property
    def rules(self) -> list[tuple[str, str]]:
        """(path, rule id) of every loaded rule, in the order Match.rule counts."""
    @property
    def skipped(self) -> int:
        """Lines given to `match` so far that were not one well-formed JSON object."""
    def match(self, ndjson: bytes) -> list[Match]: ...

@final
class EventIndex:
    """Embedded store: one Tantivy index per UTC day and kind below `directory`.

    schema: JSON list of {name, type}. A writer holds the directory's lock; readers open beside it, in any process.
    heap_bytes: for all partitions being written together.
    Raises StoreFullError, StoreError, and ValueError for what cannot be asked. After a fault of `append` or `commit`
    nothing but what was committed is there: append again from `committed() + 1` (a later position is refused).
    """

    def __new__(
        cls, directory: str, schema: str, *, writer: bool = ..., heap_bytes: int = ...
    ) -> EventIndex: ...
    def append(self, kind: str, ndjson: bytes, position: int) -> int:
        """Add documents of batch `position`; a partition that has committed `position` already skips them.
        Returns how many were added. kind: `events` or `alerts`; one call for each kind of a position,
        both before the next commit."""
    def commit(self) -> None:
        """Durable: every appended document survives a power cut and is visible to readers."""
    def committed(self) -> int:
        """Highest batch position below which nothing needs replay (-1 when empty)."""
    def refresh(self) -> None:
        """Reader: see what has been committed since."""
    def search(self, request: str) -> str:
        """JSON in, JSON out (analyzer/store/embedded/wire.py gives both shapes)."""
    def partitions(self) -> list[tuple[str, str, int, int, int]]:
        """(kind, day, documents, bytes, last written in ns since 1970)."""
    def noticed(self) -> tuple[int, int, int]:
        """Since opening: values that did not fit their column, lines that were no JSON object, values too long to
        index. All are kept in the document."""
    def drop(self, kind: str, day: str) -> None:
        """Remove a whole day."""
    def close(self) -> None: ...
