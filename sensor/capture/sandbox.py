"""What the capture process keeps once its sockets are open, and whom it becomes."""

import logging
import os
import pwd
import sys
from collections.abc import Sequence
from pathlib import Path

from sensor._native import confine
from sensor.errors import SettingsError
from sensor.settings import SensorSettings

SYSTEM = (
    "/usr",
    "/lib",
    "/lib64",
    "/etc/localtime",
    "/proc",
    "/sys/class/net",
    "/sys/devices",
    "/dev/urandom",
)
"""What Python may still load or look at: its libraries, the clock's zone, counters."""

log = logging.getLogger(__name__)


def enter(settings: SensorSettings, readable: Sequence[Path] = ()) -> None:
    """For good. readable: files that are opened later besides. Raises CaptureError, SettingsError."""
    home = Path(__file__).resolve().parents[1]
    read = [*SYSTEM, sys.prefix, sys.base_prefix, str(home), str(settings.data / "settings.toml")]
    sensor = settings.data / "sensor"
    sensor.mkdir(parents=True, exist_ok=True)
    user = identity(settings.user)
    if user is not None:
        hand_over(sensor, user)
    found = confine(read=[*read, *map(str, readable)], write=[str(sensor), "/dev/null"], user=user)
    level = {"landlock": found["landlock"] or "not in this kernel", "whole": bool(found["landlock_whole"])}
    log.info("sandboxed", extra={**level, "system_calls": found["system_calls"], "user": settings.user})


def hand_over(folder: Path, user: tuple[int, int]) -> None:
    """The sensor's own folder, which an earlier start as root may have made."""
    for path in (folder, *folder.rglob("*")):
        os.chown(path, *user, follow_symlinks=False)


def identity(user: str) -> tuple[int, int] | None:
    """(uid, gid) to become; None to stay."""
    if not user or os.geteuid() != 0:
        return None
    try:
        entry = pwd.getpwnam(user)
    except KeyError:
        raise SettingsError(
            f"settings.toml: [sensor] user: there is no user {user}",
            hint="make it with `useradd --system`, or leave the key out",
        ) from None
    return entry.pw_uid, entry.pw_gid
