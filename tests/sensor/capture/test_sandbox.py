"""The sandbox, from inside: each try is a process of its own that has given up its rights."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from sensor.capture.sandbox import identity
from sensor.errors import SettingsError
from tests.corpus import ROOT

PRELUDE = """
import json, os, socket, sys, threading
from pathlib import Path
from sensor.capture.sandbox import enter
from sensor.settings import SensorSettings
data = Path(sys.argv[1])
enter(SensorSettings(data))
"""
FATAL = {
    "a socket": "socket.socket()",
    "a pair of sockets": "socket.socketpair()",
    "another program": "os.execv('/bin/true', ['true'])",
    "ptrace": "import ctypes; ctypes.CDLL(None).ptrace(0, 0, 0, 0)",
    "a mount": "import ctypes; ctypes.CDLL(None).mount(b'none', b'/mnt', b'tmpfs', 0, None)",
    "another namespace": "import ctypes; ctypes.CDLL(None).unshare(0x40000000)",
}
REFUSED = {
    "another process": "os.fork()",
    "the keys": "(data / 'keys' / 'ca.key').read_text()",
    "a file elsewhere": "(data / 'other').write_text('x')",
    "the accounts": "Path('/etc/shadow').read_text()",
    "a signal to somebody": "os.kill(os.getppid(), 0)",
    "becoming root": "os.setuid(0)",
}
ALLOWED = """
place = data / "sensor" / "outbox"
place.mkdir(parents=True)
with (place / "a.part").open("wb") as file:
    file.write(b"x")
    file.flush()
    os.fsync(file.fileno())
(place / "a.part").rename(place / "a")
done = []
thread = threading.Thread(target=lambda: done.append((place / "a").read_bytes()))
thread.start()
thread.join()
assert done == [b"x"], done
import decimal, sqlite3, zoneinfo
print(os.statvfs(place).f_bavail > 0, Path("/proc/net/dev").read_text() != "")
"""


def inside(data: Path, code: str) -> subprocess.CompletedProcess[str]:
    (data / "keys").mkdir(exist_ok=True)
    (data / "keys" / "ca.key").write_text("secret")
    return subprocess.run(
        [sys.executable, "-c", PRELUDE + code, str(data)],
        capture_output=True,
        text=True,
        cwd=ROOT,
        check=False,
    )


@pytest.mark.parametrize("name", FATAL)
def test_what_only_an_intruder_does_ends_the_process(tmp_path: Path, name: str) -> None:
    assert inside(tmp_path, FATAL[name]).returncode == -signal.SIGSYS


@pytest.mark.parametrize("name", REFUSED)
def test_what_it_does_not_need_is_refused(tmp_path: Path, name: str) -> None:
    done = inside(tmp_path, REFUSED[name])
    assert done.returncode == 1
    assert "PermissionError" in done.stderr


def test_what_it_needs_works(tmp_path: Path) -> None:
    done = inside(tmp_path, ALLOWED)
    assert done.stdout == "True True\n", done.stderr


def test_no_rights_are_left(tmp_path: Path) -> None:
    done = inside(tmp_path, "print(Path('/proc/self/status').read_text())")
    status = dict(line.split(":\t", 1) for line in done.stdout.splitlines() if ":\t" in line)
    assert int(status["CapEff"], 16) == int(status["CapPrm"], 16) == int(status["CapInh"], 16) == 0
    assert (status["NoNewPrivs"], status["Seccomp"]) == ("1", "2")


@pytest.mark.skipif(os.geteuid() != 0, reason="becoming another user needs root")
def test_root_becomes_the_user_of_the_settings(tmp_path: Path) -> None:
    code = PRELUDE.replace("SensorSettings(data)", "SensorSettings(data, user='nobody')")
    code += "print(json.dumps([os.getresuid(), os.getgroups()]))"
    (tmp_path / "sensor").mkdir()
    tmp_path.chmod(0o755)
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path)], capture_output=True, text=True, cwd=ROOT, check=False
    )
    users, groups = json.loads(done.stdout or "[[], []]")
    assert len(set(users)) == 1, done.stderr
    assert users[0] == (tmp_path / "sensor").stat().st_uid != 0
    assert groups == []


def test_a_user_there_is_not_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    with pytest.raises(SettingsError, match="no user"):
        identity("no-such-user")
    assert identity("") is None
