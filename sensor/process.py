"""What every long-running process does alike: a ready line, logs as JSON lines, a clean end on a signal."""

import json
import logging
import signal
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, TextIO

ORDINARY = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}
"""Attributes every log record has; the others are what the caller gave as `extra`."""


class JsonLines(logging.Formatter):
    """One JSON object a line: time, level, name, message, the members of `extra`, and a traceback if there is one."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "name": record.name,
            "message": record.getMessage(),
        }
        line |= {key: value for key, value in vars(record).items() if key not in ORDINARY}
        if record.exc_info:
            line["traceback"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False, default=str)


def json_logs(stream: TextIO = sys.stderr, level: int = logging.INFO) -> None:
    """From now on everything logged in this process goes to `stream` as JSON lines."""
    handler = logging.StreamHandler(stream)
    handler.setFormatter(JsonLines())
    logging.basicConfig(level=level, handlers=[handler], force=True)
    # A line for every handshake that scanners start would drown the rest; our own modules say what matters.
    logging.getLogger("websockets").setLevel(logging.WARNING)


def say_ready(name: str, **facts: Any) -> None:
    """Tell the supervisor that the process does its work now."""
    print(json.dumps({"ready": name, **facts}), flush=True)


def on_stop(stop: Callable[[], None]) -> None:
    """Call `stop` on SIGTERM and SIGINT. For processes without an event loop."""
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop())
