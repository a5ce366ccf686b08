"""An empty state for a test: migrated once for all tests of the process, then copied."""

import atexit
import shutil
import tempfile
from functools import cache
from pathlib import Path

from analyzer.state import Sessions, close, open_writer


def fresh_state(folder: Path) -> Sessions:
    shutil.copy(_migrated(), folder / "state.db")
    return open_writer(folder / "state.db")


@cache
def _migrated() -> Path:
    folder = tempfile.mkdtemp(prefix="starwatch-state-")
    atexit.register(shutil.rmtree, folder)
    close(open_writer(Path(folder) / "state.db"))
    return Path(folder) / "state.db"
