"""Faults of the analyzer.

AnalyzerError
├── QuerySyntaxError     a search text is wrong, with the place
├── StoreError           the store cannot answer or take more
│   └── StoreFullError       the disk is full: nothing acknowledged is lost, intake waits
├── RulebookError        the rule folder cannot be read at all (a broken rule is a fault in a list, not this)
├── ControlError         a change was refused
│   ├── ForbiddenError       the actor lacks the permission
│   ├── InvalidError         the request itself is wrong
│   ├── NotFoundError        what should change does not exist
│   └── ConflictError        it changed meanwhile, or the request contradicts the state
├── LedgerError          the audit trail cannot be written: the change is refused
├── TrustError           the local certificate authority or its revocation list cannot be used
└── InboxError           a batch is not acceptable
"""

from collections.abc import Mapping


class AnalyzerError(Exception):
    """A fault with what the operator should do about it."""

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint


class QuerySyntaxError(AnalyzerError):
    """A search text is wrong; `start` and `end` are character offsets into it.

    code, parameters: the fault for a translator (analyzer/store/lucene_faults.toml has both languages);
    message and hint are its English.
    """

    def __init__(
        self,
        message: str,
        *,
        start: int,
        end: int,
        hint: str = "",
        code: str = "",
        parameters: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message, hint=hint)
        self.start = start
        self.end = end
        self.code = code
        self.parameters: Mapping[str, str] = parameters or {}


class StoreError(AnalyzerError):
    """The store cannot answer or take more."""


class StoreFullError(StoreError):
    """The disk is full; intake waits, nothing acknowledged is lost."""


class RulebookError(AnalyzerError):
    """The rule folder cannot be read at all."""


class ControlError(AnalyzerError):
    """A change was refused."""


class ForbiddenError(ControlError):
    """The actor lacks the permission."""


class InvalidError(ControlError):
    """The request itself is wrong: unknown action, missing or wrongly typed parameter."""


class NotFoundError(ControlError):
    """What should change does not exist."""


class ConflictError(ControlError):
    """It changed meanwhile, or the request contradicts the state."""


class LedgerError(AnalyzerError):
    """The audit trail cannot be written; the change is refused."""


class InboxError(AnalyzerError):
    """A batch is not acceptable."""


class TrustError(AnalyzerError):
    """The local certificate authority or its revocation list cannot be used."""
