"""File events on their way through the pipeline: each is noted once, before its batch counts as dealt with."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import select, update
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from analyzer.errors import StoreError
from analyzer.files.events import Event, context_of
from analyzer.files.vault import SHA256
from analyzer.state import File, FileSighting, Sessions
from analyzer.stream.base import Batch

DATASET = "starwatch.file"
# Batches without these bytes have no file event and are not looked at.
MARK = b'"starwatch.file"'
MAX_ID = 512
# SQLite takes 32,766 variables a statement.
CHUNK = 500


@dataclass(frozen=True, slots=True)
class Sighting:
    event_id: str
    sha256: str
    mime: str
    context: Event
    packet_ns: int
    parsed_ns: int


class Clerk:
    """noted: called when there are new sightings. clock: ns since 1970."""

    def __init__(self, sessions: Sessions, noted: Callable[[], None], clock: Callable[[], int]) -> None:
        self._sessions = sessions
        self._noted = noted
        self._clock = clock

    def __call__(self, batches: Sequence[Batch]) -> None:
        """Durable when it returns. Raises StoreError when the state cannot be written: to be given again."""
        seen = {it.event_id: it for batch in batches if MARK in batch.ndjson for it in sightings(batch)}
        if not seen:
            return
        try:
            with self._sessions.begin() as db:
                self._note(db, seen)
        except OperationalError as fault:
            raise StoreError(f"the state cannot be written: {fault.orig}") from fault
        self._noted()

    def _note(self, db: Session, seen: Mapping[str, Sighting]) -> None:
        known = set()
        ids = list(seen)
        for start in range(0, len(ids), CHUNK):
            chunk = FileSighting.event_id.in_(ids[start : start + CHUNK])
            known |= set(db.scalars(select(FileSighting.event_id).where(chunk)))
        now_ns = self._clock()
        for it in (seen[identity] for identity in ids if identity not in known):
            db.add(row(it, now_ns))
            if it.mime:
                db.execute(update(File).where(File.sha256 == it.sha256, File.mime == "").values(mime=it.mime))


def row(it: Sighting, now_ns: int) -> FileSighting:
    return FileSighting(
        event_id=it.event_id,
        sha256=it.sha256,
        seen_ns=now_ns,
        context=it.context,
        packet_ns=it.packet_ns,
        parsed_ns=it.parsed_ns,
        settled="",
        told=[],
    )


def sightings(batch: Batch) -> Iterator[Sighting]:
    """The batch's file events with a hash; whatever is not shaped like one is none."""
    packet_ns, parsed_ns = (int(batch.meta.get(name, 0)) for name in ("packet", "parsed"))
    for line in batch.ndjson.split(b"\n"):
        if MARK in line and (found := read(line)):
            identity, sha256, mime, context = found
            yield Sighting(identity, sha256, mime, context, packet_ns, parsed_ns)


def read(line: bytes) -> tuple[str, str, str, Event] | None:
    """(event id, hash, type, context) of a file event."""
    try:
        event = json.loads(line)
        identity, sha256 = event["event"]["id"], event["file"]["hash"]["sha256"]
        if (
            event["event"]["dataset"] != DATASET
            or not SHA256.match(sha256)
            or not 0 < len(identity) <= MAX_ID
        ):
            return None
        mime = event["file"].get("mime_type", "")
        # Half a surrogate pair is JSON, but no database takes it.
        context = json.loads(
            json.dumps(context_of(event, sha256), ensure_ascii=False).encode(errors="replace")
        )
        sound = str(identity).encode(errors="replace").decode()
        return sound, sha256, mime if isinstance(mime, str) and mime.isascii() else "", context
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None
