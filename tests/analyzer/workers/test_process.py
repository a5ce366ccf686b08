"""One life of a worker process: it answers, or how it ended is said."""

import signal
import sys
import time

import pytest

from analyzer.workers.process import GoneError, Worker, named

ECHO = "import sys\nfor line in sys.stdin: print(line.strip(), flush=True)"


def worker(code: str) -> Worker:
    return Worker([sys.executable, "-c", code])


def test_it_answers() -> None:
    made = worker(ECHO)
    assert next(iter(made.ask({"a": 1}, 10))) == {"a": 1}
    assert next(iter(made.ask({"b": 2}, 10))) == {"b": 2}
    assert "SIGKILL" in made.end()
    assert not made.crashed


@pytest.mark.parametrize(
    ("code", "reason", "crashed"),
    [
        ("raise SystemExit('words')", "code 1: words", False),
        ("import os; os.kill(os.getpid(), 8)", "SIGFPE", True),
        ("import os; os.kill(os.getpid(), 9)", "SIGKILL", False),
    ],
)
def test_how_it_ended_is_said(code: str, reason: str, crashed: bool) -> None:
    made = worker(code)
    with pytest.raises(GoneError):
        next(iter(made.ask({}, 10)))
    assert reason in made.end()
    assert made.crashed == crashed


@pytest.mark.parametrize(
    "code", ["import time; time.sleep(600)", "import os, signal; os.kill(os.getpid(), signal.SIGSTOP)"]
)
def test_what_does_not_read_or_answer_is_ended(code: str) -> None:
    made = worker(code)
    begun = time.monotonic()
    with pytest.raises(GoneError, match="in time"):
        next(iter(made.ask({"large": "x" * (1 << 20)}, 0.5)))
    made.end()
    assert time.monotonic() - begun < 10
    assert not made.crashed


@pytest.mark.parametrize("text", ["no json", "[1]"])
def test_nonsense_is_no_answer(text: str) -> None:
    made = worker(f"print({text!r}, flush=True); input()")
    with pytest.raises(GoneError, match="no answer"):
        next(iter(made.ask({}, 10)))
    made.end()


def test_codes_in_words() -> None:
    assert (named(3), named(-signal.SIGSEGV), named(-99)) == ("code 3", "SIGSEGV", "code -99")
