"""Events of a capture file, decoded once per test run by the product's own core."""

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from sensor._native import CaptureFile, Decoder, capture_digest

Event = Mapping[str, Any]

BATCH = 4_096


@cache
def events_of(path: Path) -> tuple[Event, ...]:
    """Every event of a capture, in order."""
    return tuple(json.loads(line) for line in ndjson_of(path).splitlines())


def ndjson_of(path: Path, threads: int = 1) -> bytes:
    """The events as the sensor writes them."""
    capture = CaptureFile(str(path))
    decoder = Decoder(sensor="test", epoch=capture_digest(str(path)), interface=path.name, threads=threads)
    parts = []
    while (frames := capture.read(BATCH)) is not None:
        parts.append(decoder.decode(frames).ndjson)
    parts.append(decoder.finish().ndjson)
    return b"".join(parts)
