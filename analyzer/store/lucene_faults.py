"""Faults of a search text, from their table: one place that fills in both languages."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from analyzer.errors import QuerySyntaxError

SHOWN = 60
"""Characters of the query repeated in a message."""


@dataclass(frozen=True, slots=True)
class Place:
    """Characters of the query, half open."""

    start: int
    end: int


@cache
def table() -> Mapping[str, Mapping[str, str]]:
    """code → {en, zh, hint, hint_zh}, templates over the fault's parameters."""
    return tomllib.loads((files("analyzer.store") / "lucene_faults.toml").read_text(encoding="utf-8"))


def fault(code: str, place: Place, **parameters: str) -> QuerySyntaxError:
    """The fault `code` at `place`; every parameter of its templates must be given."""
    texts = table()[code]
    shown = {name: _short(value) for name, value in parameters.items()}
    return QuerySyntaxError(
        texts["en"].format(**shown),
        start=place.start,
        end=place.end,
        hint=texts["hint"].format(**shown),
        code=code,
        parameters=shown,
    )


def chinese(error: QuerySyntaxError) -> tuple[str, str]:
    """(message, hint) of a fault in zh-CN."""
    texts = table()[error.code]
    return texts["zh"].format(**error.parameters), texts["hint_zh"].format(**error.parameters)


def _short(value: str) -> str:
    return value if len(value) <= SHOWN * 4 else value[:SHOWN] + "…"
