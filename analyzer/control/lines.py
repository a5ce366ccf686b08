"""One JSON document a line: what both ends of the control socket agree on."""

import json
from collections.abc import Mapping
from typing import Any

from analyzer.errors import AnalyzerError, ConflictError, ForbiddenError, InvalidError, NotFoundError

# The longest request is a screen of shown alerts, the longest answer the rulebook of a large site.
MAX_REQUEST = 1 << 20
MAX_ANSWER = 64 << 20
FAULTS: Mapping[str, type[AnalyzerError]] = {
    "forbidden": ForbiddenError,
    "not_found": NotFoundError,
    "conflict": ConflictError,
    "invalid": InvalidError,
}


def encode(document: Mapping[str, Any]) -> bytes:
    return json.dumps(document, ensure_ascii=True, separators=(",", ":")).encode() + b"\n"


def decode(line: bytes) -> dict[str, Any]:
    """InvalidError when the line is no JSON object."""
    try:
        document = json.loads(line)
    except (ValueError, RecursionError) as fault:
        raise InvalidError("the request is not JSON") from fault
    if not isinstance(document, dict):
        raise InvalidError("the request is not an object")
    return document


def fault_of(error: Mapping[str, Any]) -> AnalyzerError:
    """The exception an answer's `error` stands for."""
    cls = FAULTS.get(str(error.get("kind")), AnalyzerError)
    return cls(str(error.get("message", "")), hint=str(error.get("hint", "")))
