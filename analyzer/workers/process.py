"""One long-lived worker process: JSON lines in, JSON lines out, and an end that says how it came."""

import contextlib
import json
import os
import queue
import signal
import subprocess
import tempfile
import threading
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import IO, Any

MAX_LINE = 8 << 20
# How a process ends that ran into a fault of its own (and not because somebody ended it).
CRASHES: Collection[int] = frozenset(
    {signal.SIGFPE, signal.SIGSEGV, signal.SIGBUS, signal.SIGILL, signal.SIGABRT, signal.SIGTRAP}
)
STDERR_BYTES = 4_096
# Between the end of its output and that of the process.
END_SECONDS = 5.0


class GoneError(Exception):
    """The worker does not answer any more. Its text: why it has to be ended, empty when it ended by itself."""


class Worker:
    """One life of the process. Used by one thread."""

    def __init__(self, command: Sequence[str]) -> None:
        self._errors: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 - lives as long as the worker
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            start_new_session=True,
        )
        self._lines: queue.SimpleQueue[bytes] = queue.SimpleQueue()
        self._reader = threading.Thread(target=self._read, name="worker-output", daemon=True)
        self._reader.start()
        self._late = False
        self.crashed = False

    @property
    def pid(self) -> int:
        return self._process.pid

    def ask(self, document: Mapping[str, Any], seconds: float) -> Iterator[Mapping[str, Any]]:
        """Its answers, as they come, until the caller has heard enough. After so many seconds it is killed, whatever it
        (or the writing to it) is doing. Raises GoneError."""
        watch = threading.Timer(seconds, self._be_late)
        watch.start()
        try:
            self._say(document)
            while True:
                yield self._answer()
        finally:
            watch.cancel()

    def _say(self, document: Mapping[str, Any]) -> None:
        assert self._process.stdin is not None  # noqa: S101 - a pipe was asked for
        try:
            self._process.stdin.write(json.dumps(document).encode() + b"\n")
            self._process.stdin.flush()
        except OSError as fault:
            raise GoneError(self._reason()) from fault

    def _answer(self) -> Mapping[str, Any]:
        line = self._lines.get()
        if not line:
            raise GoneError(self._reason())
        try:
            document = json.loads(line)
        except ValueError:
            document = None
        if not isinstance(document, dict):
            raise GoneError("it answered what is no answer")
        return document

    def _be_late(self) -> None:
        self._late = True
        self.kill()

    def _reason(self) -> str:
        return "it did not answer in time" if self._late else ""

    def end(self) -> str:
        """It and all it started is gone when this returns; how it ended. `crashed` then says whether by itself."""
        by_itself = not self._late and not self._reader.is_alive()
        if by_itself:
            with contextlib.suppress(
                subprocess.TimeoutExpired
            ):  # lives on without output: ended like one that hangs
                self._process.wait(END_SECONDS)
        self.kill()
        code = self._process.wait()
        self._reader.join()
        for stream in (self._process.stdin, self._process.stdout):
            with contextlib.suppress(OSError):  # what was not written was for a process that is gone
                if stream is not None:
                    stream.close()
        self.crashed = by_itself and -code in CRASHES
        return f"it ended with {named(code)}{self._last_words()}"

    def kill(self) -> None:
        """From any thread."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)

    def _read(self) -> None:
        assert self._process.stdout is not None  # noqa: S101 - a pipe was asked for
        while line := self._process.stdout.readline(MAX_LINE):
            self._lines.put(line)
        self._lines.put(b"")

    def _last_words(self) -> str:
        size = self._errors.seek(0, os.SEEK_END)
        self._errors.seek(max(0, size - STDERR_BYTES))
        words = self._errors.read().decode(errors="replace").strip().splitlines()
        self._errors.close()
        return f": {words[-1]}" if words else ""


def named(code: int) -> str:
    """A process's return code in words; negative: the signal that ended it."""
    known = {number.value for number in signal.Signals}
    return signal.Signals(-code).name if -code in known else f"code {code}"
