"""Certificates that are no longer believed, by serial number, in one file."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from analyzer.errors import TrustError
from sensor.identity.key import write_private


@dataclass(frozen=True, slots=True)
class Revocation:
    """serial: hexadecimal, as certificates print it. at: ISO 8601, UTC."""

    serial: str
    name: str
    reason: str
    at: str


class RevocationList:
    """The list below `path`, read again whenever the file changes. A missing file is an empty list.

    A damaged file raises TrustError: nobody is let in by a list that cannot be read.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._stamp: tuple[int, int] | None = None
        self._entries: tuple[Revocation, ...] = ()
        self._serials: frozenset[int] = frozenset()

    def revoked(self, serial: int) -> bool:
        self._refresh()
        return serial in self._serials

    def entries(self) -> tuple[Revocation, ...]:
        self._refresh()
        return self._entries

    def revoke(self, entry: Revocation) -> None:
        """Durable when it returns. A serial that is there already stays as it is."""
        self._refresh()
        if int(entry.serial, 16) in self._serials:
            return
        document = {"revoked": [asdict(known) for known in (*self._entries, entry)]}
        write_private(self._path, json.dumps(document, indent=1).encode())

    def _refresh(self) -> None:
        try:
            status = self._path.stat()
        except FileNotFoundError:
            self._stamp, self._entries, self._serials = None, (), frozenset()
            return
        stamp = (status.st_mtime_ns, status.st_ino)
        if stamp != self._stamp:
            self._entries = parse(self._path)
            self._serials = frozenset(int(entry.serial, 16) for entry in self._entries)
            self._stamp = stamp


def parse(path: Path) -> tuple[Revocation, ...]:
    try:
        entries = tuple(Revocation(**entry) for entry in json.loads(path.read_bytes())["revoked"])
        for entry in entries:
            int(entry.serial, 16)
    except (OSError, ValueError, TypeError, KeyError) as fault:
        raise TrustError(
            f"the revocation list {path} cannot be read: {fault}", hint="Restore it from the backup of keys/."
        ) from fault
    return entries
