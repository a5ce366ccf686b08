"""A whole appliance for a test: `starwatch up` over a temporary folder, on free ports, as a child process."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.corpus import ROOT

READY_SECONDS = 60
STOP_SECONDS = 60
ADMINISTRATOR_PASSWORD = "a long enough password of the tests"
TRAFFIC = ROOT / "deploy" / "traffic" / "town.py"


@dataclass(frozen=True, slots=True)
class Running:
    """url: of the console. account, password: the first administrator, as printed once."""

    data: Path
    url: str
    account: str
    password: str
    process: subprocess.Popen[str]

    def starwatch(self, *arguments: str) -> str:
        """Run a `starwatch` command over the same folder; its output."""
        done = subprocess.run(
            command(self.data, *arguments), capture_output=True, text=True, check=False, cwd=ROOT, timeout=120
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def play(self, capture: Path) -> None:
        """As live traffic, beginning in a second."""
        self.starwatch("sensor", "submit", "--play", str(capture))


def command(data: Path, *arguments: str) -> list[str]:
    return [sys.executable, "-m", "console.cli", "--data", str(data), *arguments]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def settings(console: int, analyzer: int, extra: str = "") -> str:
    networks = "".join(f'"10.20.{number}.0/24" = "{name}"\n' for number, name in enumerate(PLATFORMS, 1))
    return (
        f"[console]\nport = {console}\n[analyzer]\nport = {analyzer}\n[sensor]\n"
        f'analyzer = "wss://127.0.0.1:{analyzer}/link"\n{extra}\n[sensor.platforms]\n{networks}'
    )


PLATFORMS = ("computing", "callcentre", "agriculture", "factory", "trade", "logistics", "tourism", "access")


@contextmanager
def appliance(
    data: Path, *arguments: str, extra: str = "", first_time: bool = True, expected_exit: int = 0
) -> Iterator[Running]:
    """Start, yield when ready, stop with SIGINT as Ctrl-C would, and see that it stops cleanly.

    first_time: the ready line names the first administrator; otherwise account and password are empty.
    """
    data.mkdir(parents=True, exist_ok=True)
    if not (data / "settings.toml").exists():
        (data / "settings.toml").write_text(settings(free_port(), free_port(), extra))
    process = subprocess.Popen(
        command(data, "--json", "up", *arguments),
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )
    try:
        ready = wait_until_ready(process, data)
        assert ("password" in ready) == first_time
        yield Running(
            data, str(ready["url"]), str(ready.get("account", "")), str(ready.get("password", "")), process
        )
    finally:
        process.send_signal(signal.SIGINT)
        assert process.wait(STOP_SECONDS) == expected_exit
        if process.stdout is not None:
            process.stdout.close()


def wait_until_ready(process: subprocess.Popen[str], data: Path) -> dict[str, object]:
    """The appliance's own ready line."""
    deadline = time.monotonic() + READY_SECONDS
    while process.stdout is not None and time.monotonic() < deadline:
        line = process.stdout.readline()
        if not line:
            break
        message: dict[str, object] = json.loads(line)
        if message.get("ready") == "appliance":
            return message
    logs = "".join(path.read_text()[-2000:] for path in sorted((data / "log").glob("*.jsonl")))
    raise AssertionError(f"the appliance did not get ready\n{logs}")


def traffic(out: Path, attacks: str, *, seconds: int = 5, seed: int = 1, town: bool = False) -> Path:
    """A capture by the traffic maker, run as the stand-alone script it is."""
    options = ["--attacks", attacks, "--seconds", str(seconds), "--seed", str(seed)]
    if not town:
        options.append("--quiet-town")
    subprocess.run([sys.executable, str(TRAFFIC), str(out), *options], check=True, timeout=120)
    return out
