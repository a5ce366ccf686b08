"""What is held for an alert group, as people read it; SQL only."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from analyzer.errors import NotFoundError
from analyzer.state import Evidence, File, FileVerdict, GroupPlatform
from analyzer.store.base import EVERYTHING, Scope

MAX_SLICES = 200
"""Of the newest; a group of many days has more."""


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


def files(db: Session, digests: Sequence[str]) -> list[dict[str, Any]]:
    """What is known of carved files by their hashes, in that order."""
    found = {row.sha256: row for row in db.scalars(select(File).where(File.sha256.in_(digests)))}
    query = select(FileVerdict).where(FileVerdict.sha256.in_(digests))
    verdicts = {row.sha256: row for row in db.scalars(query)}
    return [file_json(digest, found.get(digest), verdicts.get(digest)) for digest in digests]


def file_json(sha256: str, row: File | None, verdict: FileVerdict | None) -> dict[str, Any]:
    return {
        "sha256": sha256,
        "bytes": row.size if row else 0,
        "mime_type": row.mime if row else "",
        "stored": bool(row and row.stored),
        "verdict": verdict.state if verdict else "",
        "rules": sorted({str(hit.get("rule", "")) for hit in verdict.hits}) if verdict else [],
    }


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
