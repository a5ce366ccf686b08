from dataclasses import fields
from pathlib import Path

import pytest

from sensor.errors import SettingsError
from sensor.settings import RULES, SensorSettings, data_folder, load_settings

GOOD = """
[console]
id = 5
[sensor]
id = "gate-7"
analyzer = "wss://10.0.0.1:8444/link"
threads = 2
flush_ms = 20
[sensor.platforms]
"10.1.0.0/16" = "gov-cloud"
"2001:db8::/32" = "gov-cloud"
"""
BAD = """
[sensor]
id = "Gate 7"
threads = true
memory_mib = 1

nonsense = 1
[sensor.platforms]
"10.1.0.1/16" = "gov-cloud"
"""


def test_without_a_file_everything_is_at_its_default(tmp_path: Path) -> None:
    settings = load_settings(tmp_path)
    assert settings == SensorSettings(tmp_path)
    assert settings.workers >= 1
    assert settings.outbox == tmp_path / "sensor" / "outbox"


def test_keys_are_read(tmp_path: Path) -> None:
    (tmp_path / "settings.toml").write_text(GOOD)
    settings = load_settings(tmp_path)
    assert (settings.id, settings.threads, settings.workers, settings.flush_ms) == ("gate-7", 2, 2, 20)
    assert settings.platforms == {"10.1.0.0/16": "gov-cloud", "2001:db8::/32": "gov-cloud"}


def test_all_faults_are_said_at_once_with_their_lines(tmp_path: Path) -> None:
    (tmp_path / "settings.toml").write_text(BAD)
    with pytest.raises(SettingsError) as fault:
        load_settings(tmp_path)
    said = str(fault.value).splitlines()
    assert [line.split(": ")[0:2] for line in said] == [
        ["settings.toml:3", "[sensor] id"],
        ["settings.toml:4", "[sensor] threads"],
        ["settings.toml:5", "[sensor] memory_mib"],
        ["settings.toml:7", "[sensor] nonsense"],
        ["settings.toml:8", "[sensor] platforms"],
    ]
    assert fault.value.hint


@pytest.mark.parametrize("text", ["[sensor", "sensor = 5", "\x00"])
def test_a_file_that_is_no_settings_is_said(tmp_path: Path, text: str) -> None:
    (tmp_path / "settings.toml").write_text(text)
    with pytest.raises(SettingsError):
        load_settings(tmp_path)


def test_every_key_has_a_rule_and_its_default_holds() -> None:
    keys = {entry.name for entry in fields(SensorSettings)} - {"data"}
    assert set(RULES) == keys
    defaults = SensorSettings(Path())
    for key, rule in RULES.items():
        value = getattr(defaults, key)
        value = list(value) if isinstance(value, tuple) else value
        assert type(value) is rule.kind
        assert rule.holds(value), key


def test_the_data_folder_is_named_or_in_the_environment_or_var(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STARWATCH_DATA", "elsewhere")
    assert data_folder(Path("named")) == Path("named")
    assert data_folder() == Path("elsewhere")
    monkeypatch.delenv("STARWATCH_DATA")
    assert data_folder() == Path("var")
