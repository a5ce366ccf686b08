"""What is held for an alert group, as people read it; SQL only."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from analyzer.errors import NotFoundError
from analyzer.state import Evidence, File, FileSighting, FileVerdict, GroupPlatform
from analyzer.store.base import EVERYTHING, Scope

MAX_SLICES = 200
"""Of the newest; a group of many days has more."""
MAX_HITS, MAX_OFFSETS = 50, 20
"""Of one file; its YARA events name them all."""


def slices(db: Session, group: str) -> list[dict[str, Any]]:
    """The packet slices of a group, newest alert first."""
    query = select(Evidence).where(Evidence.group == group).order_by(Evidence.id.desc()).limit(MAX_SLICES)
    return [slice_json(row) for row in db.scalars(query)]


def slice_json(row: Evidence) -> dict[str, Any]:
    return {
        "alert": row.alert,
        "sensor": row.sensor,
        "state": row.state,
        "sha256": row.sha256,
        "bytes": row.bytes,
        "packets": row.packets,
        "complete": row.complete,
        "reason": row.reason,
        "first_ns": str(row.first_ns),
        "last_ns": str(row.last_ns),
        "requested_ns": str(row.requested_ns),
        "obtained_ns": str(row.obtained_ns),
    }


def files(db: Session, digests: Mapping[str, str]) -> list[dict[str, Any]]:
    """What is known of carved files, in that order. digests: hash → the name it was transferred under."""
    found = {row.sha256: row for row in db.scalars(select(File).where(File.sha256.in_(digests)))}
    query = select(FileVerdict).where(FileVerdict.sha256.in_(digests))
    verdicts = {row.sha256: row for row in db.scalars(query)}
    return [
        file_json(digest, name, found.get(digest), verdicts.get(digest)) for digest, name in digests.items()
    ]


def file_json(sha256: str, name: str, row: File | None, verdict: FileVerdict | None) -> dict[str, Any]:
    return {
        "sha256": sha256,
        "name": name,
        "bytes": row.size if row else 0,
        "mime_type": row.mime if row else "",
        "stored": bool(row and row.stored),
        "verdict": verdict.state if verdict else "",
        "hits": [hit_json(hit) for hit in verdict.hits[:MAX_HITS]] if verdict else [],
    }


def hit_json(hit: Mapping[str, Any]) -> dict[str, Any]:
    offsets = sorted({int(it["offset"]) for it in hit["strings"]})
    return {"rule": hit["rule"], "member": hit.get("member", ""), "offsets": offsets[:MAX_OFFSETS]}


def held(db: Session, sha256: str, scope: Scope = EVERYTHING) -> Evidence:
    """The newest slice of this hash in the scope. NotFoundError."""
    query = select(Evidence).where(Evidence.sha256 == sha256, Evidence.state == "obtained")
    if scope.platforms is not None:
        touched = select(GroupPlatform.group).where(GroupPlatform.platform.in_(sorted(scope.platforms)))
        query = query.where(Evidence.group.in_(touched))
    row = db.scalar(query.order_by(Evidence.id.desc()).limit(1))
    if row is None:
        raise NotFoundError(f"there is no evidence {sha256}", hint="it may have made room for newer evidence")
    return row


def held_file(db: Session, sha256: str, scope: Scope = EVERYTHING) -> File:
    """A file whose content is kept, seen in the scope. NotFoundError."""
    row = db.scalar(select(File).where(File.sha256 == sha256, File.stored.is_(True)))
    if row is None or not seen(db, sha256, scope):
        raise NotFoundError(f"there is no file {sha256}", hint="it may have made room for newer files")
    return row


def seen(db: Session, sha256: str, scope: Scope) -> bool:
    """Whether one of the platforms sent or received it."""
    if scope.platforms is None:
        return True
    platform = func.json_each(FileSighting.context, "$.platform.id").table_valued("value")
    found = select(FileSighting.event_id).join(platform, platform.c.value.in_(sorted(scope.platforms)))
    return db.scalar(found.where(FileSighting.sha256 == sha256).limit(1)) is not None
