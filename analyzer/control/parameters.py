"""From a request's `params` to an action's dataclass: every field known, of its type, within its bounds."""

import types
import typing
from collections.abc import Mapping
from dataclasses import MISSING, fields, is_dataclass
from typing import Any

from analyzer.errors import InvalidError

# No parameter people type is longer; an Argon2 hash is about 100 characters.
MAX_TEXT = 4_096
# Alerts shown in one call: a screenful many times over.
MAX_ITEMS = 1_000
# What SQL holds in a column of 64 bits.
MAX_NUMBER = 2**63 - 1


def parse(shape: type[Any], given: Any, where: str = "params") -> Any:
    """An instance of dataclass `shape`. InvalidError names the first field that is missing, unknown or wrong."""
    if not isinstance(given, Mapping):
        raise InvalidError(f"{where} must be an object")
    hints = typing.get_type_hints(shape)
    unknown = sorted(set(given) - set(hints))
    if unknown:
        raise InvalidError(f"{where}.{unknown[0]} is not known here")
    missing = [it.name for it in fields(shape) if it.name not in given and _required(it)]
    if missing:
        raise InvalidError(f"{where}.{missing[0]} is missing")
    return shape(**{name: _value(hints[name], given[name], f"{where}.{name}") for name in given})


def _required(field: Any) -> bool:
    return field.default is MISSING and field.default_factory is MISSING


def _value(wanted: Any, given: Any, where: str) -> Any:
    if isinstance(wanted, types.UnionType):
        return None if given is None else _value(typing.get_args(wanted)[0], given, where)
    if typing.get_origin(wanted) is tuple:
        return _items(typing.get_args(wanted)[0], given, where)
    if is_dataclass(wanted):
        return parse(typing.cast(type[Any], wanted), given, where)
    if wanted is float and type(given) is int:
        return float(given)
    if type(given) is not wanted:
        raise InvalidError(f"{where} must be {wanted.__name__}")
    return _bounded(given, where)


def _items(wanted: Any, given: Any, where: str) -> tuple[Any, ...]:
    if not isinstance(given, list):
        raise InvalidError(f"{where} must be a list")
    if len(given) > MAX_ITEMS:
        raise InvalidError(f"{where} has more than {MAX_ITEMS} items")
    return tuple(_value(wanted, item, f"{where}[{number}]") for number, item in enumerate(given))


def _bounded(given: Any, where: str) -> Any:
    if isinstance(given, str) and len(given) > MAX_TEXT:
        raise InvalidError(f"{where} is longer than {MAX_TEXT} characters")
    if isinstance(given, str) and not given.isprintable():
        raise InvalidError(f"{where} holds characters that cannot be shown")
    if isinstance(given, int) and abs(given) > MAX_NUMBER:
        raise InvalidError(f"{where} is out of range")
    return given
