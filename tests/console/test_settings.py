"""The [console] table: defaults, and every fault named at once."""

from pathlib import Path

import pytest

from console.settings import load_settings
from sensor.errors import SettingsError


def load(folder: Path, text: str) -> object:
    (folder / "settings.toml").write_text(text, "utf-8")
    return load_settings(folder)


def test_without_a_file_everything_is_at_its_default(tmp_path: Path) -> None:
    settings = load_settings(tmp_path)
    assert (settings.port, settings.idle_seconds, settings.session_seconds) == (8443, 900, 43_200)
    assert settings.certificate == tmp_path / "keys" / "console.crt"
    assert {"localhost", "127.0.0.1", "[::1]"} <= set(settings.known_hosts)


def test_names_browsers_use_are_known_hosts(tmp_path: Path) -> None:
    text = '[console]\nhosts = ["soc.example"]\naddress = "192.0.2.1"\n[analyzer]\nhosts = ["box.example"]\n'
    (tmp_path / "settings.toml").write_text(text)
    assert {"soc.example", "192.0.2.1", "box.example"} <= set(load_settings(tmp_path).known_hosts)


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("[console]\nprot = 1", "prot"),
        ("[console]\nport = 70000", "port"),
        ("[console]\nport = true", "port"),
        ('[console]\nport = "1"', "port"),
        ("[console]\nidle_seconds = 5", "idle_seconds"),
        ("[console]\nidle_seconds = 7200\nsession_seconds = 3600", "idle_seconds"),
        ("[console]\nsession_seconds = 600", "idle_seconds"),
        ("[console]\nsession_seconds = 99999999", "session_seconds"),
        ('[console]\nhosts = "a"', "hosts"),
        ("[console]\nhosts = [1]", "hosts"),
        ("console = 1", "not a table"),
        ("[console", "cannot be read"),
        ("[analyzer]\nport = 0.5", "[analyzer] port"),
    ],
)
def test_a_wrong_key_is_named(tmp_path: Path, text: str, named: str) -> None:
    with pytest.raises(SettingsError, match=r"settings\.toml") as fault:
        load(tmp_path, text)
    assert named in str(fault.value)
    assert fault.value.hint


def test_all_faults_at_once(tmp_path: Path) -> None:
    with pytest.raises(SettingsError) as fault:
        load(tmp_path, "[console]\nprot = 1\nport = 70000\nidle_seconds = 1")
    assert len(str(fault.value).splitlines()) == 3
