"""Verdicts in SQL: what the rules said of a file, and telling it of every sighting, each rule once."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import delete, func, or_, select, update
from sqlalchemy.orm import Session

from analyzer.files import events
from analyzer.rulebook.yara_rules import YaraRules
from analyzer.state import File, FileSighting, FileVerdict, KillingPair, announce
from analyzer.workers.scanner import Killer, Report

# Sightings dealt with in one transaction.
BATCH = 100
# A popular file's earlier transfers: the newest so many are told when a changed rule hits on it.
KEPT_SIGHTINGS = 200_000
# Without content for so long, a sighting is not waited for any more.
WAIT_NS = 7 * 86_400 * 1_000_000_000
QUIET = ("clean", "failed")


def pending(db: Session, version: str, count: int) -> list[File]:
    """Files kept that these rules have not judged, newest first."""
    judged = or_(FileVerdict.content_version.is_(None), FileVerdict.content_version != version)
    query = select(File).outerjoin(FileVerdict, FileVerdict.sha256 == File.sha256).where(File.stored, judged)
    return list(db.scalars(query.order_by(File.received_ns.desc()).limit(count)))


def backlog(db: Session, version: str) -> int:
    judged = select(func.count()).select_from(FileVerdict).join(File, File.sha256 == FileVerdict.sha256)
    stored = db.scalar(select(func.count()).select_from(File).where(File.stored)) or 0
    return stored - (db.scalar(judged.where(File.stored, FileVerdict.content_version == version)) or 0)


def record(db: Session, sha256: str, report: Report, rules: YaraRules, now_ns: int) -> None:
    """The verdict, and an anomaly event for each thing that was wrong."""
    remarks = dict(report.remarks)
    if report.failure:
        remarks["file_unscanned"] = report.failure
    found = [explained(hit, rules) for hit in report.hits]
    state = "failed" if report.failure else "hit" if found else "partial" if remarks else "clean"
    verdict = FileVerdict(
        sha256=sha256,
        content_version=rules.version,
        state=state,
        hits=found,
        remarks=[{"kind": kind, "detail": detail} for kind, detail in remarks.items()],
        judged_ns=now_ns,
    )
    before = db.get(FileVerdict, sha256)
    known = [] if before is None else before.remarks
    db.merge(verdict)
    context = newest_context(db, sha256)
    news = [it for it in verdict.remarks if it not in known]
    announce(db, [events.anomaly(it["kind"], sha256, it["detail"], context, now_ns) for it in news])
    for killer in report.killers:
        quarantine(db, killer, rules, sha256, now_ns)


def explained(hit: Mapping[str, Any], rules: YaraRules) -> dict[str, Any]:
    """The worker's hit with the rule's id and the patterns as written."""
    known = rules.rules.get((hit["ruleset"], hit["rule"]))
    patterns = known.patterns if known else {}
    strings = [{**it, "pattern": patterns.get(it["name"], it["name"])} for it in hit["strings"]]
    return {**hit, "id": known.rule.id if known else hit["rule"], "strings": strings}


def quarantine(db: Session, killer: Killer, rules: YaraRules, sample: str, now_ns: int) -> None:
    """These two never meet again; sample: empty when the rule file cannot even be loaded."""
    digest = next((it.file.sha256 for it in rules.files if it.file.path == killer.path), "")
    if not digest or db.get(KillingPair, (digest, sample)) is not None:
        return
    db.add(KillingPair(rules=digest, sample=sample, path=killer.path, reason=killer.reason, at_ns=now_ns))
    what = f"on the file {sample}" if sample else "when it is loaded"
    detail = f"{killer.path} kills the engine {what}: {killer.reason}"
    context = newest_context(db, sample) if sample else {}
    announce(db, [events.anomaly("yara_engine_died", sample, detail, context, now_ns)])


def quarantined(db: Session, sample: str) -> set[str]:
    """SHA-256 of the rule files that may not meet this sample; empty: that may not be loaded."""
    return set(db.scalars(select(KillingPair.rules).where(KillingPair.sample == sample)))


def settle(db: Session, version: str, now_ns: int) -> int:
    """Tell the verdicts of these rules of sightings that do not know them yet; how many were told."""
    verdicts = select(FileVerdict.sha256).where(FileVerdict.content_version == version)
    quiet = verdicts.where(FileVerdict.state.in_(QUIET))
    unsettled = FileSighting.settled != version
    db.execute(
        update(FileSighting).where(unsettled, FileSighting.sha256.in_(quiet)).values(settled=version),
        execution_options={"synchronize_session": False},
    )
    waiting = select(FileSighting).where(unsettled, FileSighting.sha256.in_(verdicts))
    rows = list(db.scalars(waiting.order_by(FileSighting.seen_ns.desc()).limit(BATCH)))
    for row in rows:
        tell(db, row, db.get_one(FileVerdict, row.sha256))
    return len(rows)


def tell(db: Session, row: FileSighting, verdict: FileVerdict) -> None:
    """An event for each rule that this sighting has not been told of. Only the first telling is live."""
    told = set(row.told)
    news = [hit for hit in verdict.hits if hit["id"] not in told]
    live = not row.settled
    announce(
        db,
        [events.hit(hit, row.event_id, row.context, verdict.content_version) for hit in news],
        packet_ns=row.packet_ns if live else 0,
        parsed_ns=row.parsed_ns if live else 0,
    )
    row.told = sorted(told | {hit["id"] for hit in news})
    row.settled = verdict.content_version


def newest_context(db: Session, sha256: str) -> Mapping[str, Any]:
    newest = select(FileSighting).where(FileSighting.sha256 == sha256).order_by(FileSighting.seen_ns.desc())
    row = db.scalar(newest.limit(1))
    return row.context if row else {}


def prune(db: Session, now_ns: int) -> None:
    """Sightings nobody will ask for: without content for a week, and the oldest past what is kept."""
    db.execute(
        delete(FileSighting).where(FileSighting.settled == "", FileSighting.seen_ns < now_ns - WAIT_NS)
    )
    newest = select(FileSighting.seen_ns).where(FileSighting.settled != "")
    edge = db.scalar(newest.order_by(FileSighting.seen_ns.desc()).offset(KEPT_SIGHTINGS).limit(1))
    if edge is not None:
        db.execute(delete(FileSighting).where(FileSighting.settled != "", FileSighting.seen_ns <= edge))
