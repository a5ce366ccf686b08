"""The whole appliance on one machine: prepares its folder, starts every process, keeps them up, stops them in order.

No process's wiring is imported here: they are started by name, so that none can hold another's state.
"""

import asyncio
import ctypes
import fcntl
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

from analyzer.trust import prepare_keys
from console.accounts.bootstrap import Administrator, first_administrator
from console.settings import ConsoleSettings, load_settings
from sensor import settings as sensor
from sensor.layout import laid_out

READY_SECONDS = 60.0
"""A process that has not said it is ready by then has a fault its log names."""
STOP_SECONDS = 15.0
"""Time to finish a batch and fsync; after it the process is killed (the logs recover from that too)."""
HEALTHY_SECONDS = 60.0
"""A process that ran this long starts its back-off anew when it dies."""
FIRST_PAUSE, LONGEST_PAUSE = 0.5, 30.0
LOG_BYTES = 16 * 1024 * 1024
"""A process's log is moved to `.1` at start when it is larger: at most twice this is kept."""
PR_SET_PDEATHSIG = 1
DEMONSTRATION_SECONDS = 120
"""Length of the demonstration's day; it is played over and over."""


class ApplianceError(Exception):
    """The appliance cannot start; `hint` says what to do."""

    def __init__(self, message: str, *, hint: str) -> None:
        super().__init__(message)
        self.hint = hint


@dataclass(frozen=True, slots=True)
class Part:
    """One process: its name and the words after `starwatch`."""

    name: str
    arguments: Sequence[str]


@dataclass(slots=True)
class Process:
    """A part as it runs now."""

    part: Part
    state: str = "starting"
    pid: int = 0
    restarts: int = 0
    since: float = 0.0
    message: dict[str, object] = field(default_factory=dict)
    ready: asyncio.Event = field(default_factory=asyncio.Event)
    running: asyncio.subprocess.Process | None = None


def parts(replay: Path | None = None, interfaces: Sequence[str] = ()) -> list[Part]:
    """In the order they start; they stop in the opposite one, so that what is captured is never without a reader."""
    source = ["--replay", str(replay), "--loop", "0"] if replay else []
    source += [word for name in interfaces for word in ("--interface", name)]
    return [
        Part("analyzer", ["analyzer", "run"]),
        Part("console", ["console", "run"]),
        Part("link", ["sensor", "link"]),
        Part("capture", ["sensor", "run", *source]),
    ]


class Appliance:
    """Supervises the parts over one data folder.

    say: where lines for the operator go. clock: seconds, monotonic.
    """

    def __init__(
        self,
        data: Path,
        chosen: Sequence[Part],
        *,
        say: Callable[[str], None] = print,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._data = data
        self._say = say
        self._clock = clock
        self._stopping = asyncio.Event()
        self.processes = [Process(part) for part in chosen]

    def stop(self) -> None:
        self._stopping.set()

    async def run(self, started: Callable[["Appliance"], Awaitable[None]]) -> None:
        """Until stop(): start in order, each after the one before is ready; then call `started` once."""
        keepers: list[asyncio.Task[None]] = []
        try:
            for process in self.processes:
                keepers.append(asyncio.create_task(self._keep(process)))
                if not await self._is_ready(process):
                    break
            else:
                await started(self)
            await self._stopping.wait()
        finally:
            self._stopping.set()
            await self._stop_all()
            await asyncio.gather(*keepers)

    async def _is_ready(self, process: Process) -> bool:
        """False when the appliance is told to stop while it waits; raises when the process does not get ready."""
        ready = asyncio.create_task(process.ready.wait())
        stopping = asyncio.create_task(self._stopping.wait())
        done, waiting = await asyncio.wait(
            (ready, stopping), timeout=READY_SECONDS, return_when=asyncio.FIRST_COMPLETED
        )
        for task in waiting:
            task.cancel()
        if not done:
            raise ApplianceError(
                f"{process.part.name} did not get ready in {READY_SECONDS:.0f} s",
                hint=f"read the last lines of {self._log_path(process.part)}",
            )
        return ready in done

    async def _keep(self, process: Process) -> None:
        pause = FIRST_PAUSE
        while not self._stopping.is_set():
            begun = self._clock()
            code = await self._run_once(process)
            if self._stopping.is_set():
                return
            pause = FIRST_PAUSE if self._clock() - begun > HEALTHY_SECONDS else min(pause * 2, LONGEST_PAUSE)
            process.restarts += 1
            self._note(process, "restarting")
            self._say(
                f"{process.part.name} ended with code {code}; starting it again in {pause:.1f} s"
                f" (its log: {self._log_path(process.part)})"
            )
            with suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), pause)

    async def _run_once(self, process: Process) -> int:
        with self._open_log(process.part) as log:
            process.running = await asyncio.create_subprocess_exec(
                *command(self._data, process.part),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=log,
                start_new_session=True,
                preexec_fn=_end_with_parent,
            )
        process.pid = process.running.pid
        self._note(process, "starting")
        if process.running.stdout is not None:
            await self._listen(process, process.running.stdout)
        code = await process.running.wait()
        process.ready.clear()
        self._note(process, "stopped")
        return code

    async def _listen(self, process: Process, output: asyncio.StreamReader) -> None:
        """The child's stdout: one JSON line says it is ready; the rest is nothing the operator waits for."""
        async for line in output:
            try:
                message = json.loads(line)
            except ValueError:
                continue
            if isinstance(message, dict) and message.get("ready") == process.part.name:
                process.message = message
                self._note(process, "running")
                process.ready.set()

    async def _stop_all(self) -> None:
        for process in reversed(self.processes):
            running = process.running
            if running is None or running.returncode is not None:
                continue
            self._note(process, "stopping")
            with suppress(ProcessLookupError):
                running.terminate()
            try:
                await asyncio.wait_for(running.wait(), STOP_SECONDS)
            except TimeoutError:
                self._say(f"{process.part.name} did not stop in {STOP_SECONDS:.0f} s and is killed")
                with suppress(ProcessLookupError):
                    running.kill()

    def _note(self, process: Process, state: str) -> None:
        process.state = state
        process.since = time.time()
        write_states(self._data, self.processes)

    def _log_path(self, part: Part) -> Path:
        return self._data / "log" / f"{part.name}.jsonl"

    def _open_log(self, part: Part) -> IO[bytes]:
        path = self._log_path(part)
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.exists() and path.stat().st_size > LOG_BYTES:
            path.replace(path.with_suffix(".jsonl.1"))
        return path.open("ab")


def command(data: Path, part: Part) -> list[str]:
    """What is run: the same command line a person would type."""
    return [sys.executable, "-m", "console.cli", "--data", str(data), *part.arguments]


def states_path(data: Path) -> Path:
    """Where the supervisor writes how each process is; the status page reads it."""
    return data / "run" / "processes.json"


def write_states(data: Path, processes: Sequence[Process]) -> None:
    """Whole or not at all: readers never see half a file."""
    path = states_path(data)
    path.parent.mkdir(parents=True, exist_ok=True)
    states = {
        p.part.name: {"state": p.state, "pid": p.pid, "restarts": p.restarts, "since": p.since}
        for p in processes
    }
    beside = path.with_suffix(".new")
    beside.write_text(json.dumps(states))
    beside.replace(path)


def _end_with_parent() -> None:
    """In the child, before exec: a killed supervisor leaves no orphans (prctl(2))."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


def hold(data: Path) -> IO[str]:
    """The lock of the data folder; raises when another appliance runs over it."""
    path = data / "run" / "appliance.lock"
    path.parent.mkdir(parents=True, exist_ok=True)
    lock = path.open("a+")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as fault:
        lock.seek(0)
        owner = lock.read().strip() or "unknown"
        lock.close()
        raise ApplianceError(
            f"an appliance already runs over {data} (process {owner})",
            hint="stop it first, or choose another folder with --data",
        ) from fault
    lock.seek(0)
    lock.truncate()
    lock.write(str(os.getpid()))
    lock.flush()
    return lock


async def supervise(appliance: Appliance, started: Callable[[Appliance], Awaitable[None]]) -> None:
    """Run until Ctrl-C or SIGTERM."""
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, appliance.stop)
    await appliance.run(started)


def up(
    data: Path,
    *,
    replay: Path | None = None,
    demonstration: bool = False,
    interfaces: Sequence[str] = (),
    as_json: bool = False,
) -> None:
    """Prepare the data folder and run the appliance until Ctrl-C or SIGTERM.

    replay: a capture played as live traffic, over and over. demonstration: one made for it. interfaces: listened on,
    in place of those of the settings.
    Raises ApplianceError, SettingsError, TrustError.
    """
    data.mkdir(mode=0o700, parents=True, exist_ok=True)
    with hold(data):
        settings = prepare(data)
        if demonstration:
            replay = make_demonstration(data)
        asyncio.run(
            supervise(
                Appliance(data, parts(replay, interfaces)),
                lambda _: asyncio.to_thread(announce, settings, as_json),
            )
        )


def prepare(data: Path) -> ConsoleSettings:
    """Settings read, keys and certificates made or renewed."""
    settings = load_settings(data)
    sensors = [sensor.load_settings(data).id]
    prepare_keys(data, sensors, [*settings.hosts, *settings.analyzer.hosts], datetime.now(UTC))
    return settings


def announce(settings: ConsoleSettings, as_json: bool) -> None:
    """Where the console is and, the first time, who may sign in."""
    url = f"https://{settings.address}:{settings.port}"
    administrator = first_administrator(settings)
    if as_json:
        account = (
            {"account": administrator.account, "password": administrator.password} if administrator else {}
        )
        print(json.dumps({"ready": "appliance", "url": url, **account}), flush=True)
    else:
        print(welcome(url, administrator), flush=True)


def welcome(url: str, administrator: Administrator | None) -> str:
    lines = ["", f"StarWatch 满天星  {url}"]
    if administrator:
        lines += [
            f"  first administrator 首个管理员: {administrator.account}",
            f"  password 口令: {administrator.password}",
            "  (shown once, changed at the first sign-in 仅显示一次，首次登录须修改)",
        ]
    return "\n".join([*lines, "  Ctrl-C stops everything. 按 Ctrl-C 停止。", ""])


def make_demonstration(data: Path) -> Path:
    """A capture of a small town under attack, by the traffic maker: a stand-alone program, run as one."""
    folder = data / "demonstration"
    folder.mkdir(exist_ok=True)
    out = folder / "town.pcap"
    maker = laid_out("deploy") / "traffic" / "town.py"
    subprocess.run(
        [sys.executable, str(maker), str(out), "--seconds", str(DEMONSTRATION_SECONDS)], check=True
    )
    return out
