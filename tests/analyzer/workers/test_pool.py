"""Workers: one process for one job, ended in time, told apart from a good one, without a network."""

import asyncio
import os
from pathlib import Path

import pytest

from analyzer.workers import Job, Outcome, Workers
from analyzer.workers import pool as module


@pytest.fixture(autouse=True)
def scripts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Modules made by a test are found by `python -m`."""
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.setattr(module, "RETRY_PAUSE_S", 0.01)
    return tmp_path


def run(
    scripts: Path, text: str, seconds: float = 20.0, given: bytes = b""
) -> tuple[Outcome, dict[str, object]]:
    (scripts / "worker_of_a_test.py").write_text(text)

    async def scene() -> tuple[Outcome, dict[str, object]]:
        workers = Workers()
        outcome = await workers.run(Job("worker_of_a_test", seconds, ["x"], given))
        return outcome, dict(workers.status())

    return asyncio.run(scene())


def test_a_good_worker(scripts: Path) -> None:
    text = (
        "import sys, json\nfor line in sys.stdin: print(json.dumps({'got': line.strip(), 'to': sys.argv[1]}))"
    )
    outcome, status = run(scripts, text, given=b"a\nb\n")
    assert (outcome.lines, outcome.fault) == ([{"got": "a", "to": "x"}, {"got": "b", "to": "x"}], "")
    assert (status["done"], status["failed"], status["running"], status["pids"]) == (1, 0, 0, [])


def test_a_worker_that_hangs_is_ended_with_its_children(scripts: Path) -> None:
    text = (
        "import subprocess, sys, os, pathlib, time\n"
        "child = subprocess.Popen(['sleep', '600'])\n"
        f"pathlib.Path({str(scripts / 'pid')!r}).write_text(str(child.pid))\n"
        "time.sleep(600)"
    )
    outcome, status = run(scripts, text, seconds=2.0)
    assert "too long" in outcome.fault
    assert (status["failed"], status["restarts"]) == (1, 1)
    child = int((scripts / "pid").read_text())
    state = Path(f"/proc/{child}/stat")
    assert not state.exists() or state.read_text().split()[2] == "Z"


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("raise SystemExit(3)", "code 3"),
        ("print('no json')", "not JSON"),
        ("print('[1]')", "no object"),
        ("import os; os.kill(os.getpid(), 9)", "code -9"),
        ("raise ValueError('a reason')", "a reason"),
    ],
)
def test_what_goes_wrong_is_said(scripts: Path, text: str, fault: str) -> None:
    outcome, status = run(scripts, text)
    assert fault in outcome.fault
    assert fault in str(status["last_fault"])


def test_a_worker_that_never_stops_talking(scripts: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_OUTPUT", 100_000)
    outcome, _ = run(scripts, "while True: print('{}')", seconds=20.0)
    assert "more than" in outcome.fault
    assert outcome.seconds < 15


def test_a_worker_that_does_not_read_its_input(scripts: Path) -> None:
    outcome, _ = run(scripts, "print('{}')", given=b"x" * (1 << 22))
    assert (outcome.lines, outcome.fault) == ([{}], "")


def test_memory_is_bounded(scripts: Path) -> None:
    outcome, _ = run(scripts, f"x = bytearray({module.MEMORY_BYTES * 2})")
    assert "MemoryError" in outcome.fault


def test_there_is_no_network(scripts: Path) -> None:
    """Not even loopback is up in the worker's namespace; where the kernel forbids one, status says so."""
    text = (
        "import socket, json, os\n"
        "try: socket.create_connection(('127.0.0.1', 9), 2)\n"
        "except OSError as fault: print(json.dumps({'errno': fault.errno}))"
    )
    outcome, status = run(scripts, text)
    if not status["isolated"]:
        pytest.skip("this kernel gives no network namespace; the status document warns of it")
    assert outcome.lines == [{"errno": 101}]
    assert os.strerror(101) == "Network is unreachable"
