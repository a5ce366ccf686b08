"""Writes rule cases: `python -m tests.rules.maker`.

What fires comes from the town's attacks through the sensor; near misses are the first such event with the changes of
near_misses.toml. Only rules named there are written; the others' cases were written by hand.
"""

import copy
import json
import tempfile
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from analyzer.rulebook import load, shipped
from sensor.capture.pcapfile import open_capture
from sensor.decode.files import decode_source, file_decoder
from sensor.settings import SensorSettings
from tests.running import traffic

HERE = Path(__file__).parent
FIRING = 3
"""Events kept of a rule that many fit."""

Event = dict[str, Any]


def attacked() -> bytes:
    """Event lines of every attack the town knows."""
    with tempfile.TemporaryDirectory() as folder:
        capture = traffic(Path(folder) / "attacks.pcap", "all")
        decoder = file_decoder(SensorSettings(Path(folder), id="case"), "case")
        return b"".join(decode_source(open_capture(capture), decoder))


def firing(ndjson: bytes) -> Mapping[str, list[Event]]:
    """Per rule (the stem of its file) the first events it fires on."""
    found: dict[str, list[Event]] = {}
    book = load(shipped())
    for match in book.matcher.match(ndjson):
        events = found.setdefault(Path(book.rules[match.rule].path).stem, [])
        if len(events) < FIRING:
            events.append(json.loads(match.event))
    return found


def changed(event: Event, changes: Mapping[str, Any]) -> Event:
    """A copy with dotted fields set anew; of a list of objects its first and only one is meant."""
    copied = copy.deepcopy(event)
    for name, value in changes.items():
        *path, last = name.split(".")
        place = copied
        for part in path:
            inner = place.setdefault(part, {})
            place = inner[0] if isinstance(inner, list) else inner
        place[last] = value
    return copied


def lines(events: list[Event]) -> str:
    return "".join(json.dumps(event, ensure_ascii=False, separators=(",", ":")) + "\n" for event in events)


def cases() -> Iterator[tuple[Path, str]]:
    """(file, content) of every case made here. Raises KeyError for a rule that no attack of the town fires."""
    found = firing(attacked())
    for rule, misses in tomllib.loads((HERE / "near_misses.toml").read_text("utf-8")).items():
        yield HERE / rule / "fires.ndjson", lines(found[rule])
        for name, changes in misses.items():
            yield HERE / rule / f"quiet_{name}.ndjson", lines([changed(found[rule][0], changes)])


def main() -> None:
    for path, content in cases():
        path.parent.mkdir(exist_ok=True)
        path.write_text(content, "utf-8")


if __name__ == "__main__":
    main()
