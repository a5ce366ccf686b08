"""The side of the outbox that sends: reads on from what the analyzer has acknowledged, and frees the space."""

import json
from pathlib import Path

from sensor._native import LogReader, Record
from sensor.outbox.files import replace_durably


class OutboxReader:
    """Reads while the capture process writes. `position` is the index of the first batch not acknowledged yet."""

    def __init__(self, folder: Path, acked: Path) -> None:
        self._log = LogReader(str(folder))
        self._acked = acked
        self.position = read_acked(acked)

    def read(self, index: int, max_bytes: int) -> list[Record]:
        return self._log.read(index, max_bytes)

    def acknowledge(self, index: int) -> None:
        """The analyzer has all batches below `index`: delete what nobody needs any more, then remember it durably.

        In this order a full disk cannot block itself; after a crash in between batches are sent twice, which the
        analyzer notices. Raises OSError when it could not be remembered; call again.
        """
        if index <= self.position:
            return
        self._log.trim(index)
        replace_durably(self._acked, json.dumps({"index": index}).encode())
        self.position = index

    @property
    def bytes(self) -> int:
        return self._log.bytes

    @property
    def damaged(self) -> int:
        return self._log.damaged


def read_acked(path: Path) -> int:
    """0 when the file is missing or damaged: everything kept is sent again, and the analyzer drops what it has."""
    try:
        index = json.loads(path.read_bytes())["index"]
    except (FileNotFoundError, ValueError, KeyError, TypeError):
        return 0
    return index if isinstance(index, int) and index >= 0 else 0
