"""The event contract as records: every field (catalogue.toml) and every anomaly kind (anomalies.toml), once."""

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Literal, cast, get_args

FieldType = Literal["keyword", "text", "ip", "date", "long", "double", "boolean", "flattened"]
Layer = Literal["capture", "link", "network", "transport", "stream", "application", "inbox", "files"]
Origin = Literal["sensor", "analyzer"]

EVERY_DATASET = "*"


class CatalogueError(ValueError):
    """An entry of the contract's data files is wrong; says which."""


@dataclass(frozen=True)
class Field:
    """One field of an event.

    name: dotted, as in the documents. many: the value is an array. ecs: named by the Elastic Common Schema.
    datasets: those that may carry it, without the `starwatch.` prefix; ("*",) means all.
    """

    name: str
    type: FieldType
    many: bool
    ecs: bool
    datasets: tuple[str, ...]
    zh: str
    meaning: str

    def belongs_to(self, dataset: str) -> bool:
        """Whether events of `dataset` (without prefix) may carry the field."""
        return EVERY_DATASET in self.datasets or dataset in self.datasets


@dataclass(frozen=True)
class AnomalyKind:
    """One kind of malformed or impossible input. origin: who finds it."""

    name: str
    layer: Layer
    zh: str
    meaning: str
    origin: Origin = "sensor"


@cache
def load_catalogue() -> tuple[Field, ...]:
    """Every field, in the catalogue's order. Raises CatalogueError for a wrong or doubled entry."""
    return parse_catalogue(_text("catalogue.toml"))


@cache
def load_anomalies() -> tuple[AnomalyKind, ...]:
    """Every anomaly kind, in the file's order. Raises CatalogueError for a wrong or doubled entry."""
    return parse_anomalies(_text("anomalies.toml"))


def parse_catalogue(text: str) -> tuple[Field, ...]:
    """Fields of a catalogue file's text."""
    return tuple(_field(name, entry) for name, entry in _entries(text, "field"))


def parse_anomalies(text: str) -> tuple[AnomalyKind, ...]:
    """Anomaly kinds of an anomalies file's text."""
    return tuple(_anomaly(name, entry) for name, entry in _entries(text, "kind"))


def _text(name: str) -> str:
    return files(__package__).joinpath(name).read_text(encoding="utf-8")


def _entries(text: str, table: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Named entries of an array of tables; a name may stand once."""
    seen: set[str] = set()
    for entry in tomllib.loads(text).get(table, []):
        name = entry.get("name")
        if not isinstance(name, str) or not name:
            raise CatalogueError(f"a [[{table}]] without a name")
        if name in seen:
            raise CatalogueError(f"{name}: named twice")
        seen.add(name)
        yield name, entry


def _field(name: str, entry: Mapping[str, Any]) -> Field:
    _only_keys(name, entry, {"name", "type", "in", "many", "ecs", "zh", "meaning"})
    datasets = entry.get("in")
    if not isinstance(datasets, list) or not datasets or not all(isinstance(each, str) for each in datasets):
        raise CatalogueError(f"{name}: `in` is not a list of datasets")
    return Field(
        name=name,
        type=cast(FieldType, _one_of(name, entry, "type", get_args(FieldType))),
        many=_flag(name, entry, "many", default=False),
        ecs=_flag(name, entry, "ecs", default=True),
        datasets=tuple(datasets),
        zh=_words(name, entry, "zh"),
        meaning=_words(name, entry, "meaning"),
    )


def _anomaly(name: str, entry: Mapping[str, Any]) -> AnomalyKind:
    _only_keys(name, entry, {"name", "layer", "origin", "zh", "meaning"})
    return AnomalyKind(
        name=name,
        layer=cast(Layer, _one_of(name, entry, "layer", get_args(Layer))),
        zh=_words(name, entry, "zh"),
        meaning=_words(name, entry, "meaning"),
        origin=cast(Origin, _one_of(name, {"origin": "sensor", **entry}, "origin", get_args(Origin))),
    )


def _only_keys(name: str, entry: Mapping[str, Any], known: set[str]) -> None:
    if unknown := sorted(entry.keys() - known):
        raise CatalogueError(f"{name}: unknown key {', '.join(unknown)}")


def _one_of(name: str, entry: Mapping[str, Any], key: str, allowed: tuple[str, ...]) -> str:
    value = entry.get(key)
    if value not in allowed:
        raise CatalogueError(f"{name}: {key} is {value!r}, not one of {', '.join(allowed)}")
    return str(value)


def _flag(name: str, entry: Mapping[str, Any], key: str, *, default: bool) -> bool:
    value = entry.get(key, default)
    if not isinstance(value, bool):
        raise CatalogueError(f"{name}: {key} is neither true nor false")
    return value


def _words(name: str, entry: Mapping[str, Any], key: str) -> str:
    value = entry.get(key)
    if not isinstance(value, str) or not value.strip():
        raise CatalogueError(f"{name}: {key} is missing")
    return value
