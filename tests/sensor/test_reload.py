"""Settings that change while flows are open."""

import logging
from pathlib import Path

import pytest

from sensor.errors import CaptureError
from sensor.reload import LOOK_NS, Reload
from sensor.settings import SensorSettings, load_settings


def write(data: Path, text: str) -> None:
    (data / "settings.toml").write_text("[sensor]\n" + text)


def watched(data: Path, seen: list[int]) -> Reload:
    return Reload(load_settings(data), {"flush_ms": lambda fresh: seen.append(fresh.flush_ms)})


def test_a_written_file_changes_what_can_change_and_names_the_rest(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    write(tmp_path, "flush_ms = 20\n")
    seen: list[int] = []
    reload = watched(tmp_path, seen)
    reload.look(LOOK_NS)
    assert seen == []
    write(tmp_path, "flush_ms = 30\nthreads = 3\n")
    reload.look(LOOK_NS + 1)
    assert seen == []  # looked at a moment ago
    reload.look(2 * LOOK_NS)
    assert seen == [30]
    assert "need a restart: threads" in caplog.text


def test_asked_it_looks_at_once(tmp_path: Path) -> None:
    seen: list[int] = []
    reload = watched(tmp_path, seen)
    reload.look(LOOK_NS)
    write(tmp_path, "flush_ms = 40\n")
    reload.asked.set()
    reload.look(LOOK_NS + 1)
    assert seen == [40]


def test_a_faulty_file_changes_nothing_and_is_said(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    seen: list[int] = []
    reload = watched(tmp_path, seen)
    write(tmp_path, "flush_ms = 0\n")
    reload.look(LOOK_NS)
    assert seen == []
    assert "settings not read again" in caplog.text
    write(tmp_path, "flush_ms = 60\n")
    reload.look(2 * LOOK_NS)
    assert seen == [60]


def test_a_change_that_is_refused_is_said(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    def refuse(_fresh: SensorSettings) -> None:
        raise CaptureError("tap0: the kernel refused the capture filter", hint="write it again")

    reload = Reload(load_settings(tmp_path), {"filter": refuse})
    write(tmp_path, 'filter = "1,6 0 0 0"\n')
    with caplog.at_level(logging.INFO):
        reload.look(LOOK_NS)
    assert "setting refused" in caplog.text
    assert "setting changed" not in caplog.text
