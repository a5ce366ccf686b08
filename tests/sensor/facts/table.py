"""The data table "EVE field → ours" (eve.toml) and how a path of EVE is looked up in one of our events."""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from tests.sensor.facts import converters

HERE = Path(__file__).parent
STEP = re.compile(r"([^.\[\]]+)|\[(\d+)\]")


class UnmappedError(LookupError):
    """The table has no row for an EVE path: the fact fails."""


@dataclass(frozen=True)
class Row:
    """One row: the value of EVE's `eve` is `convert` of our fields `ours`."""

    eve: str
    ours: tuple[str, ...]
    convert: converters.Converter

    def value(self, event: Mapping[str, Any]) -> Any:
        return self.convert(*(field(event, name) for name in self.ours))


@dataclass(frozen=True)
class Table:
    """rows by EVE path; dropped EVE paths with the reason; our dataset of each EVE event type, and for types that
    share a dataset the (field, value) their events have."""

    rows: Mapping[str, Row]
    dropped: Mapping[str, str]
    datasets: Mapping[str, str]
    only: Mapping[str, tuple[str, Any]]

    def is_of(self, event: Mapping[str, Any], event_type: str) -> bool:
        """Whether one of our events is what EVE calls `event_type`."""
        name, value = self.only.get(event_type, ("event.dataset", None))
        dataset = event["event"]["dataset"] == f"starwatch.{self.datasets[event_type]}"
        return dataset and (event_type not in self.only or field(event, name) == value)

    def drops(self, path: str) -> bool:
        return any(prefix in self.dropped for prefix in prefixes(path))

    def covers(self, path: str) -> bool:
        """Whether the table says what `path` is."""
        return any(prefix in self.rows for prefix in prefixes(path)) or bool(self._inside(path))

    def value(self, event: Mapping[str, Any], path: str) -> Any:
        """What EVE would show at `path` for our event; None when nothing. Raises UnmappedError."""
        for prefix in prefixes(path):
            if prefix in self.rows:
                return walk(self.rows[prefix].value(event), path[len(prefix) :])
        if not (inside := self._inside(path)):
            raise UnmappedError(path)
        shown = {row.eve: row.value(event) for row in inside}
        return {eve: value for eve, value in shown.items() if value is not None} or None

    def _inside(self, path: str) -> list[Row]:
        """Rows below `path`, an object of EVE that no row speaks for as a whole."""
        return [row for eve, row in self.rows.items() if eve.startswith(f"{path}.")]


def prefixes(path: str) -> list[str]:
    """`a.b[0].c` → itself, `a.b[0]`, `a.b`, `a`: longest first."""
    return [path, *(path[: cut.start()] for cut in reversed(list(re.finditer(r"[.\[]", path))))]


def walk(value: Any, path: str) -> Any:
    """Follow `.key`, `[index]` and `.__len` into a value; None where it ends."""
    for key, index in STEP.findall(path):
        if key == "__len":
            value = None if value is None else len(value)
        elif index:
            value = value[int(index)] if isinstance(value, list) and int(index) < len(value) else None
        else:
            value = value.get(key) if isinstance(value, dict) else None
    return value


def field(event: Mapping[str, Any], name: str) -> Any:
    """The value of a dotted field of ours; through an array of objects, the array of their values."""
    value: Any = event
    for key in name.split("."):
        if isinstance(value, list):
            value = [item.get(key) for item in value]
        else:
            value = value.get(key) if isinstance(value, dict) else None
    return value


@cache
def load_table() -> Table:
    """The shipped table. Raises AttributeError for a converter that does not exist."""
    raw = tomllib.loads((HERE / "eve.toml").read_text(encoding="utf-8"))
    rows = (
        Row(row["eve"], tuple(row["ours"]), getattr(converters, row["as"]) if "as" in row else _same)
        for row in raw["field"]
    )
    return Table(
        rows={row.eve: row for row in rows},
        dropped={row["eve"]: row["why"] for row in raw["drop"]},
        datasets=raw["event_type"],
        only={name: (row["field"], row.get("value")) for name, row in raw["only"].items()},
    )


@cache
def load_excluded() -> Mapping[str, Mapping[str, str]]:
    """Facts outside the denominator by id."""
    raw = tomllib.loads((HERE / "excluded.toml").read_text(encoding="utf-8"))
    return {row["id"]: row for row in raw["exclude"]}


def _same(value: Any) -> Any:
    return value
