"""Which kept files the analyzer has not answered yet: an empty file each, named by hash."""

import os
from pathlib import Path

FOLDER = "waiting"


class Waiting:
    """`waiting/` below the vault's folder. The capture process adds, the link process removes."""

    def __init__(self, vault: Path) -> None:
        self.folder = vault / FOLDER

    def add(self, sha256: str) -> None:
        """Durable once the folder is synced. Raises OSError."""
        os.close(os.open(self.folder / sha256, os.O_WRONLY | os.O_CREAT, 0o600))

    def remove(self, sha256: str) -> None:
        (self.folder / sha256).unlink(missing_ok=True)

    def __contains__(self, sha256: str) -> bool:
        return (self.folder / sha256).exists()

    def oldest(self) -> list[str]:
        """Hashes, the one that has waited longest first."""
        if not self.folder.is_dir():
            return []
        with os.scandir(self.folder) as entries:
            return [name for _, name in sorted(filter(None, map(aged, entries)))]


def aged(entry: "os.DirEntry[str]") -> tuple[int, str] | None:
    """None when the other process has just removed it."""
    try:
        return entry.stat().st_mtime_ns, entry.name
    except FileNotFoundError:
        return None
