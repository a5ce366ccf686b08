"""Taking evidence away: who downloaded which packets or file is in the audit trail before the bytes are handed out."""

from dataclasses import dataclass

from analyzer.control.base import Action, Call, Outcome
from analyzer.evidence.reading import held, held_file


@dataclass(frozen=True, slots=True)
class Content:
    """sha256: of the pcap, or of the file's content."""

    sha256: str


def take_packets(call: Call, given: Content) -> Outcome:
    row = held(call.db, given.sha256)
    about = {"alert": row.alert, "bytes": row.bytes, "packets": row.packets, "complete": row.complete}
    return Outcome({"sha256": row.sha256, "bytes": row.bytes}, row.sha256, after=about)


def take_file(call: Call, given: Content) -> Outcome:
    row = held_file(call.db, given.sha256)
    about = {"bytes": row.size, "mime_type": row.mime, "sensor": row.sensor}
    return Outcome({"sha256": row.sha256, "bytes": row.size}, row.sha256, after=about)


EVIDENCE_ACTIONS = (
    Action("evidence.download", "evidence.read", Content, take_packets, "evidence", "sha256"),
    Action("file.download", "evidence.read", Content, take_file, "file", "sha256"),
)
