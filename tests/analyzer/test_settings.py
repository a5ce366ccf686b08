"""The [analyzer] table: defaults, every fault at once."""

from dataclasses import fields
from pathlib import Path

import pytest

from analyzer.settings import RULES, AnalyzerSettings, load_settings
from sensor.errors import SettingsError


def written(folder: Path, text: str) -> Path:
    (folder / "settings.toml").write_text(text)
    return folder


def test_everything_has_a_default(tmp_path: Path) -> None:
    assert load_settings(tmp_path) == AnalyzerSettings(tmp_path)
    assert set(RULES) == {field.name for field in fields(AnalyzerSettings)} - {"data"}


def test_values_are_taken(tmp_path: Path) -> None:
    found = load_settings(written(tmp_path, '[analyzer]\nport = 9000\nhosts = ["soc.example"]\n'))
    assert (found.port, found.hosts) == (9_000, ("soc.example",))


def test_all_faults_at_once(tmp_path: Path) -> None:
    text = (
        '[analyzer]\nport = 70000\nhosts = [1]\nmade_up = 1\nretention_days = true\naddress = "everywhere"\n'
    )
    with pytest.raises(SettingsError) as caught:
        load_settings(written(tmp_path, text))
    for name in ("port", "hosts", "made_up", "retention_days", "address"):
        assert f"[analyzer] {name}:" in str(caught.value)
    assert caught.value.hint


@pytest.mark.parametrize("text", ["analyzer = 5\n", "[analyzer\n", "\x00"])
def test_a_file_that_is_none(tmp_path: Path, text: str) -> None:
    with pytest.raises(SettingsError, match=r"settings\.toml"):
        load_settings(written(tmp_path, text))
