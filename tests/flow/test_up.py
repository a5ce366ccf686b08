"""`make up`: ready, somebody signs in, all stops; again within 15 s; a killed supervisor leaves nothing."""

import json
import os
import re
import signal
import ssl
import subprocess
import time
from pathlib import Path

import httpx

from tests.corpus import ROOT
from tests.running import READY_SECONDS, STOP_SECONDS, appliance, free_port, settings

SECOND_START_SECONDS = 15


def sign_in(data: Path, url: str, account: str, password: str) -> dict[str, object]:
    """Over the network, as a browser does that has imported the appliance's authority."""
    trust = ssl.create_default_context(cafile=str(data / "keys" / "ca.crt"))
    answer = httpx.post(
        f"{url}/api/v1/session",
        json={"account": account, "password": password},
        headers={"Origin": url},
        verify=trust,
    )
    assert answer.status_code == 200, answer.text
    session: dict[str, object] = answer.json()
    return session


def pids(data: Path) -> list[int]:
    states = json.loads((data / "run" / "processes.json").read_text())
    return [state["pid"] for state in states.values()]


def is_alive(pid: int) -> bool:
    try:
        return (Path("/proc") / str(pid) / "stat").read_text().split(")")[-1].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_make_up_starts_lets_somebody_in_and_stops(tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.mkdir()
    (data / "settings.toml").write_text(settings(free_port(), free_port()))
    process = subprocess.Popen(
        ["make", "--no-print-directory", "up", f"DATA={data}"],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert process.stdout is not None
    printed = ""
    while "Ctrl-C" not in printed:
        line = process.stdout.readline()
        assert line, printed
        printed += line
    url, password = re.search(r"https://\S+", printed), re.search(r"password 口令: (\S+)", printed)
    assert url and password, printed
    session = sign_in(data, url[0], "admin", password[1])
    assert session["must_change_password"] is True
    running = pids(data)
    os.killpg(process.pid, signal.SIGINT)  # what Ctrl-C in a terminal does: to make and to the appliance
    process.wait(STOP_SECONDS)
    process.stdout.close()
    assert not [pid for pid in running if is_alive(pid)]


def test_second_start_is_quick_and_makes_no_second_administrator(tmp_path: Path) -> None:
    with appliance(tmp_path / "data") as first:
        assert first.password
    begun = time.monotonic()
    with appliance(tmp_path / "data", first_time=False) as second:
        assert time.monotonic() - begun <= SECOND_START_SECONDS
        assert not second.password


def test_nothing_outlives_a_killed_supervisor(tmp_path: Path) -> None:
    data = tmp_path / "data"
    with appliance(data, expected_exit=-signal.SIGKILL) as running:
        left = pids(data)
        running.process.kill()
        running.process.wait(STOP_SECONDS)
    deadline = time.monotonic() + READY_SECONDS
    while any(is_alive(pid) for pid in left) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not [pid for pid in left if is_alive(pid)]
