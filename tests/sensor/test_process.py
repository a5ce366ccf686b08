import json
import logging
import os
import signal
from io import StringIO

import pytest

from sensor.process import JsonLines, json_logs, on_stop, say_ready


def formatted(record: logging.LogRecord) -> dict[str, object]:
    line = JsonLines().format(record)
    assert "\n" not in line
    document = json.loads(line)
    assert isinstance(document, dict)
    return document


def test_a_line_holds_what_was_said_and_nothing_can_break_it() -> None:
    record = logging.LogRecord("a.b", logging.WARNING, "f", 1, "said %s", ("x\n\u2028\x1b[31m",), None)
    record.reason = "满"
    document = formatted(record)
    assert document["message"] == "said x\n\u2028\x1b[31m"
    assert (document["level"], document["name"], document["reason"]) == ("warning", "a.b", "满")
    assert set(document) == {"time", "level", "name", "message", "reason"}


def test_a_traceback_is_one_member() -> None:
    try:
        raise ValueError("inner")
    except ValueError as fault:
        record = logging.LogRecord(
            "n", logging.ERROR, "f", 1, "m", (), (ValueError, fault, fault.__traceback__)
        )
    assert "ValueError: inner" in str(formatted(record)["traceback"])


def test_everything_logged_becomes_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    root = logging.getLogger()
    monkeypatch.setattr(root, "handlers", [])
    monkeypatch.setattr(root, "level", root.level)
    stream = StringIO()
    json_logs(stream)
    logging.getLogger("x").info("hello", extra={"n": 5})
    logging.getLogger("websockets.server").info("noise")
    assert [json.loads(line)["n"] for line in stream.getvalue().splitlines()] == [5]


def test_readiness_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    say_ready("capture", port=5)
    assert capsys.readouterr().out == '{"ready": "capture", "port": 5}\n'


def test_signals_stop() -> None:
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    called: list[int] = []
    try:
        on_stop(lambda: called.append(1))
        for number in before:
            os.kill(os.getpid(), number)
        assert called == [1, 1]
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
