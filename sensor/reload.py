"""Settings changed while the capture process runs: what can change does, the rest is said to need a restart."""

import logging
import threading
from collections.abc import Callable, Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

from sensor.errors import SensorError, SettingsError
from sensor.settings import SensorSettings, load_settings

LOOK_NS = 1_000_000_000

Change = Callable[[SensorSettings], None]

log = logging.getLogger(__name__)


class Reload:
    """changes: what to do for a key that can change while it runs.

    asked: set by SIGHUP; a file that was written is noticed without it.
    """

    def __init__(self, settings: SensorSettings, changes: Mapping[str, Change]) -> None:
        self.asked = threading.Event()
        self._settings = settings
        self._changes = changes
        self._path = settings.data / "settings.toml"
        self._stamp = stamp(self._path)
        self._looked = 0

    def look(self, now_ns: int) -> None:
        """Once a second, or when asked: apply what is new in the file. A faulty file changes nothing."""
        if not self.asked.is_set() and now_ns - self._looked < LOOK_NS:
            return
        self._looked = now_ns
        found = stamp(self._path)
        if not self.asked.is_set() and found == self._stamp:
            return
        self.asked.clear()
        self._stamp = found
        try:
            self._apply(load_settings(self._settings.data))
        except SettingsError as fault:
            log.error("settings not read again", extra={"reason": str(fault), "hint": fault.hint})

    def _apply(self, fresh: SensorSettings) -> None:
        names = [each.name for each in fields(fresh) if each.name != "data"]
        changed = [name for name in names if getattr(fresh, name) != getattr(self._settings, name)]
        for name in changed:
            if name in self._changes:
                self._change(name, fresh)
        later = [name for name in changed if name not in self._changes]
        if later:
            log.warning("these settings need a restart: %s", ", ".join(later))
        self._settings = fresh

    def _change(self, name: str, fresh: SensorSettings) -> None:
        try:
            self._changes[name](fresh)
        except SensorError as fault:
            log.error("setting refused", extra={"key": name, "reason": str(fault), "hint": fault.hint})
        else:
            log.info("setting changed", extra={"key": name})


def stamp(path: Path) -> Any:
    """Another one when the file was written."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino
