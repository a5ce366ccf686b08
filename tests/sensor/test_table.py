"""Tables of settings: what is right is taken, every fault is said at once with its line."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from sensor.errors import SettingsError
from sensor.table import Fault, Rule, address, line_of, read_table, text, whole, words

RULES = {
    "address": address(),
    "low": whole(0, 9),
    "high": whole(0, 9),
    "name": text(r"[a-z]+", "small letters"),
    "names": words("a list of names"),
    "map": Rule(dict, "names", bool),
}


def in_order(table: Mapping[str, Any]) -> Iterator[Fault]:
    if table.get("low", 0) > table.get("high", 9):
        yield "low", "wanted at most high"


def read(folder: Path, document: str) -> dict[str, Any]:
    (folder / "settings.toml").write_text(document, "utf-8")
    return read_table(folder, "part", RULES, in_order)


def test_without_a_file_or_table_nothing_is_set(tmp_path: Path) -> None:
    assert read_table(tmp_path, "part", RULES) == {}
    assert read(tmp_path, "[other]\nlow = 100") == {}


def test_keys_are_taken_and_lists_are_frozen(tmp_path: Path) -> None:
    document = '[part]\naddress = "::1"\nlow = 2\nname = "ab"\nnames = ["a"]\n[part.map]\nk = 1'
    found = read(tmp_path, document)
    assert found == {"address": "::1", "low": 2, "name": "ab", "names": ("a",), "map": {"k": 1}}


def test_all_faults_are_said_with_their_lines(tmp_path: Path) -> None:
    document = '[part]\naddress = "all"\nlow = true\nodd = 1\n\nnames = [1]\nname = "A"\n[part.map]\n'
    with pytest.raises(SettingsError) as fault:
        read(tmp_path, document)
    places = [line.split(": ", 2)[:2] for line in str(fault.value).splitlines()]
    assert places == [
        ["settings.toml:2", "[part] address"],
        ["settings.toml:3", "[part] low"],
        ["settings.toml:4", "[part] odd"],
        ["settings.toml:6", "[part] names"],
        ["settings.toml:7", "[part] name"],
        ["settings.toml:8", "[part] map"],
    ]
    assert fault.value.hint


def test_keys_are_judged_together_when_each_is_right(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"settings\.toml:2: \[part\] low: wanted at most high"):
        read(tmp_path, "[part]\nlow = 5\nhigh = 4")
    with pytest.raises(SettingsError, match="high: wanted a whole number"):
        read(tmp_path, "[part]\nlow = 5\nhigh = 'x'")


@pytest.mark.parametrize("document", ["[part", "part = 5", "\x00"])
def test_a_file_that_is_no_settings_is_said(tmp_path: Path, document: str) -> None:
    with pytest.raises(SettingsError, match=r"settings\.toml") as fault:
        read(tmp_path, document)
    assert fault.value.hint


def test_a_line_that_cannot_be_told_is_nought() -> None:
    assert line_of("part = { low = 1 }", "part", "low") == 0
