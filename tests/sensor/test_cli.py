import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from sensor.cli import ENVIRONMENT, FAILED, USAGE, sensor_app
from sensor.decode import decode_files
from sensor.settings import SensorSettings
from tests.sensor.packets import capture_of, names


@pytest.fixture
def capture(tmp_path: Path) -> Path:
    return capture_of(tmp_path / "a.pcap", range(10), flows=3)


def run(data: Path, *words: str) -> Result:
    return CliRunner().invoke(sensor_app, list(words), obj=data)


def test_read_prints_events_as_lines(tmp_path: Path, capture: Path) -> None:
    result = run(tmp_path, "read", str(capture), str(capture), "--threads", "2")
    assert result.exit_code == 0
    expected = b"".join(decode_files([capture, capture], SensorSettings(tmp_path)))
    assert result.stdout_bytes == expected
    assert len(expected.splitlines()) == 6


def test_stats_go_to_stderr(tmp_path: Path, capture: Path) -> None:
    result = run(tmp_path, "read", str(capture), "--stats")
    counters = json.loads(result.stderr)
    assert (counters["file"], counters["packets"]) == (str(capture), 10)


def test_what_is_no_capture_is_one_line_and_a_code(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(b"no capture")
    result = run(tmp_path, "read", str(tmp_path / "x"))
    assert result.exit_code == FAILED
    assert len(result.stderr.splitlines()) == 2
    assert run(tmp_path, "read", str(tmp_path / "missing")).exit_code == FAILED


def test_wrong_words_are_a_usage_error(tmp_path: Path) -> None:
    assert run(tmp_path, "read").exit_code == USAGE
    assert run(tmp_path, "run", "--speed", "0").exit_code == USAGE


def test_wrong_settings_are_said(tmp_path: Path, capture: Path) -> None:
    (tmp_path / "settings.toml").write_text('[sensor]\nthreads = "two"\n')
    result = run(tmp_path, "read", str(capture))
    assert result.exit_code == ENVIRONMENT
    assert "settings.toml:2" in result.stderr


def test_a_link_without_a_certificate_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sensor.cli.json_logs", lambda: None)
    result = run(tmp_path, "link")
    assert result.exit_code == ENVIRONMENT
    assert "sensor-1.crt" in result.stderr


def test_submit_copies_into_the_drop_folder(tmp_path: Path, capture: Path) -> None:
    result = run(tmp_path / "data", "submit", str(capture))
    assert result.stdout == "a.pcap\n"
    assert names(tmp_path / "data" / "sensor" / "captures" / "new") == ["a.pcap"]
    assert run(tmp_path / "data", "submit", str(tmp_path / "missing")).exit_code == ENVIRONMENT
