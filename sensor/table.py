"""One table of settings.toml, checked by rules; all faults are said at once, each with its line."""

import re
import tomllib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sensor.errors import SettingsError

Fault = tuple[str, str]
"""(key, what is wrong with it)."""


@dataclass(frozen=True, slots=True)
class Rule:
    """What a key's value must be: `holds` is asked only for values of `kind`."""

    kind: type
    wanted: str
    holds: Callable[[Any], object]


def whole(lowest: int, highest: int) -> Rule:
    return Rule(int, f"a whole number from {lowest} to {highest}", lambda value: lowest <= value <= highest)


def text(pattern: str, wanted: str) -> Rule:
    return Rule(str, wanted, re.compile(pattern).fullmatch)


def words(wanted: str) -> Rule:
    return Rule(list, wanted, lambda value: all(isinstance(item, str) and item for item in value))


def address() -> Rule:
    return text(r"[0-9A-Fa-f.:]{2,45}", "an IP address to listen on")


def nothing_more(_table: Mapping[str, Any]) -> Iterable[Fault]:
    """For tables whose keys can be judged one by one."""
    return ()


def read_table(
    data: Path,
    name: str,
    rules: Mapping[str, Rule],
    together: Callable[[Mapping[str, Any]], Iterable[Fault]] = nothing_more,
) -> dict[str, Any]:
    """The keys of [name] in DATA/settings.toml, lists as tuples; empty without file or table.

    together: faults of keys that are right alone, asked when each is. Raises SettingsError, one line per fault.
    """
    document, table = read_document(data / "settings.toml", name)
    if not isinstance(table, dict):
        raise SettingsError(
            f"settings.toml: [{name}] is not a table", hint=f"Write [{name}] on a line of its own."
        )
    if faults := find_faults(table, rules) or list(together(table)):
        lines = (
            f"settings.toml:{line_of(document, name, key)}: [{name}] {key}: {why}" for key, why in faults
        )
        raise SettingsError("\n".join(lines), hint="Correct these keys; every key may be left out.")
    return {key: tuple(value) if isinstance(value, list) else value for key, value in table.items()}


def read_document(path: Path, name: str) -> tuple[str, Any]:
    """The file's text and what it says of `name`."""
    try:
        document = path.read_text("utf-8") if path.exists() else ""
        return document, tomllib.loads(document).get(name, {})
    except (OSError, ValueError) as fault:
        raise SettingsError(
            f"{path} cannot be read: {fault}", hint="Correct the place named, or remove the file."
        ) from fault


def find_faults(table: Mapping[str, Any], rules: Mapping[str, Rule]) -> list[Fault]:
    faults = []
    for key, value in table.items():
        rule = rules.get(key)
        if rule is None:
            faults.append((key, f"there is no such key; there are {', '.join(sorted(rules))}"))
        # Not isinstance: true is no whole number.
        elif type(value) is not rule.kind or not rule.holds(value):
            faults.append((key, f"wanted {rule.wanted}, found {value!r}"))
    return faults


def line_of(document: str, name: str, key: str) -> int:
    """Line of a key in the table [name], from 1; 0 when it cannot be told."""
    inside = False
    for number, line in enumerate(document.splitlines(), 1):
        heading = re.match(r"\s*\[\s*([^]]+?)\s*\]", line)
        if heading:
            inside = heading[1] == name
            if heading[1] == f"{name}.{key}":
                return number
        elif inside and re.match(rf"\s*[\"']?{re.escape(key)}[\"']?\s*[.=]", line):
            return number
    return 0
