"""How far the inbox has each sensor's events: what is not past this is a duplicate."""

import json
from collections import OrderedDict
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sensor.outbox.files import replace_durably

MAX_EPOCHS = 20_000
"""Epochs remembered per sensor (one a capture file or start); the one silent longest is forgotten first."""


class Positions:
    """Per sensor and epoch the number of the first event that is still missing.

    index: everything below this index of the log is in here; what follows is read from the log's metas.
    """

    def __init__(self) -> None:
        self.index = 0
        self._ends: dict[str, OrderedDict[str, int]] = {}

    @classmethod
    def load(cls, path: Path) -> "Positions":
        """From the checkpoint; empty when there is none. It is replaced whole, so a damaged one raises ValueError."""
        positions = cls()
        if path.exists():
            document = json.loads(path.read_bytes())
            positions.index = document["index"]
            positions._ends = {sensor: OrderedDict(ends) for sensor, ends in document["sensors"].items()}
        return positions

    def save(self, path: Path) -> None:
        """Durable when it returns."""
        document = {"index": self.index, "sensors": self._ends}
        replace_durably(path, json.dumps(document, separators=(",", ":")).encode())

    def end(self, sensor: str, epoch: str) -> int:
        ends = self._ends.get(sensor)
        return ends.get(epoch, 0) if ends else 0

    def advance(self, sensor: str, epoch: str, end: int) -> None:
        ends = self._ends.setdefault(sensor, OrderedDict())
        ends[epoch] = max(ends.get(epoch, 0), end)
        ends.move_to_end(epoch)
        if len(ends) > MAX_EPOCHS:
            ends.popitem(last=False)

    def replay(self, index: int, meta: Mapping[str, Any]) -> None:
        """A record found in the log after the checkpoint."""
        self.advance(meta["sensor"], meta["epoch"], meta["sequence"] + meta["count"])
        self.index = index + 1
