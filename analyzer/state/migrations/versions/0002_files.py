"""Carved files, what the YARA rules say of them, and the analyzer's own events."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.create_table(
        "announcements",
        sa.Column("number", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("line", sa.String(), nullable=False),
        sa.Column("packet_ns", sa.BigInteger(), nullable=False),
        sa.Column("parsed_ns", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_announcements"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "file_sightings",
        sa.Column("event_id", sa.String(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("seen_ns", sa.BigInteger(), nullable=False),
        sa.Column("context", sa.JSON(), nullable=False),
        sa.Column("packet_ns", sa.BigInteger(), nullable=False),
        sa.Column("parsed_ns", sa.BigInteger(), nullable=False),
        sa.Column("settled", sa.String(), nullable=False),
        sa.Column("told", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("event_id", name="pk_file_sightings"),
    )
    op.create_index("ix_file_sightings_sha256_seen_ns", "file_sightings", ["sha256", "seen_ns"])
    op.create_index("ix_file_sightings_settled_seen_ns", "file_sightings", ["settled", "seen_ns"])
    op.create_table(
        "file_verdicts",
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("content_version", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("hits", sa.JSON(), nullable=False),
        sa.Column("remarks", sa.JSON(), nullable=False),
        sa.Column("judged_ns", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("sha256", name="pk_file_verdicts"),
    )
    op.create_table(
        "files",
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("mime", sa.String(), nullable=False),
        sa.Column("received_ns", sa.BigInteger(), nullable=False),
        sa.Column("stored", sa.Boolean(), nullable=False),
        sa.Column("sensor", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("sha256", name="pk_files"),
    )
    op.create_index("ix_files_stored_received_ns", "files", ["stored", "received_ns"])
    op.create_table(
        "killing_pairs",
        sa.Column("rules", sa.String(), nullable=False),
        sa.Column("sample", sa.String(), nullable=False),
        sa.Column("path", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("at_ns", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("rules", "sample", name="pk_killing_pairs"),
    )
