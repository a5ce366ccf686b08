"""Choices of the operator that outlive a restart: rows of `settings`, read with their default."""

from sqlalchemy.orm import Session

from analyzer.state.models import Position, Setting

RETENTION = "retention"


def retention_days(db: Session, default: int) -> int:
    """Days that events and alerts are kept."""
    row = db.get(Setting, RETENTION)
    return int(row.value["days"]) if row else default


def set_retention_days(db: Session, days: int) -> None:
    db.merge(Setting(name=RETENTION, value={"days": days}))


def position(db: Session, consumer: str) -> int:
    """The last inbox batch `consumer` has dealt with; -1 before the first."""
    row = db.get(Position, consumer)
    return row.position if row else -1


def set_position(db: Session, consumer: str, number: int) -> None:
    db.merge(Position(name=consumer, position=number))
