"""What people and the stream change: accounts, sessions, alert groups and their history, settings, positions.

Times are ns since 1970 (0: not yet). Every digest is lower-case hex of SHA-256.
"""

from typing import Any, ClassVar

from sqlalchemy import JSON, BigInteger, ForeignKey, Index, Integer, MetaData
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

# Named constraints, so that a migration can change them on every database.
NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}

# SQLite numbers rows by itself only when the key's type is exactly INTEGER.
RowNumber = BigInteger().with_variant(Integer(), "sqlite")


class Base(DeclarativeBase):
    metadata = MetaData(naming_convention=NAMES)
    type_annotation_map: ClassVar[dict[Any, Any]] = {int: BigInteger, dict[str, Any]: JSON, list[Any]: JSON}


class Account(Base):
    """A person who may sign in."""

    __tablename__ = "accounts"

    name: Mapped[str] = mapped_column(primary_key=True)
    display_name: Mapped[str]
    password_hash: Mapped[str]
    roles: Mapped[list[Any]]
    disabled: Mapped[bool] = mapped_column(default=False)
    must_change: Mapped[bool] = mapped_column(default=True)
    created_ns: Mapped[int]
    password_ns: Mapped[int]
    signed_in_ns: Mapped[int] = mapped_column(default=0)


class SignIn(Base):
    """An open session by the digest of its token; the token itself is known to the browser alone."""

    __tablename__ = "sessions"

    token: Mapped[str] = mapped_column(primary_key=True)
    account: Mapped[str] = mapped_column(ForeignKey("accounts.name", ondelete="CASCADE"), index=True)
    created_ns: Mapped[int]
    seen_ns: Mapped[int]
    expires_ns: Mapped[int]
    address: Mapped[str]
    user_agent: Mapped[str]


class Device(Base):
    """A browser the account has signed in from before: a lock-out does not shut it out."""

    __tablename__ = "devices"

    digest: Mapped[str] = mapped_column(primary_key=True)
    account: Mapped[str] = mapped_column(ForeignKey("accounts.name", ondelete="CASCADE"), index=True)
    created_ns: Mapped[int]
    seen_ns: Mapped[int]


class LoginAttempt(Base):
    """One guess taken from a budget, before the password is looked at."""

    __tablename__ = "login_attempts"
    __table_args__ = (Index(None, "subject", "at_ns"), Index(None, "at_ns"))

    id: Mapped[int] = mapped_column(RowNumber, primary_key=True)
    subject: Mapped[str]
    address: Mapped[str]
    known_device: Mapped[bool]
    at_ns: Mapped[int]


class RuleVersion(Base):
    """A rule as it read when it alerted: the alert explains itself although the rule has changed since."""

    __tablename__ = "rule_versions"

    id: Mapped[str] = mapped_column(primary_key=True)
    version: Mapped[str] = mapped_column(primary_key=True)
    document: Mapped[dict[str, Any]]


class AlertGroup(Base):
    """One row of the queue: all alerts of one rule on one platform and victim.

    first_ns, last_ns: event time. seen_ns: by the analyzer's clock, when something was last added.
    version counts what people (and a reopening) changed, not the counters: it guards against two at once.
    """

    __tablename__ = "alert_groups"
    __table_args__ = (Index(None, "status", "last_ns"), Index(None, "last_ns"), Index(None, "rule_id"))

    id: Mapped[str] = mapped_column(primary_key=True)
    rule_id: Mapped[str]
    rule: Mapped[dict[str, Any]]
    severity: Mapped[int]
    entities: Mapped[dict[str, Any]]
    words: Mapped[str]
    status: Mapped[str] = mapped_column(default="open")
    verdict: Mapped[str] = mapped_column(default="open")
    reason: Mapped[str] = mapped_column(default="")
    assignee: Mapped[str] = mapped_column(default="")
    count: Mapped[int]
    alerts: Mapped[int]
    first_ns: Mapped[int]
    last_ns: Mapped[int]
    seen_ns: Mapped[int] = mapped_column(index=True)
    score: Mapped[int]
    version: Mapped[int] = mapped_column(default=1)
    latest: Mapped[str]


class GroupPlatform(Base):
    """Which platforms a group touches: the scope of every reading."""

    __tablename__ = "alert_group_platforms"

    group: Mapped[str] = mapped_column(ForeignKey("alert_groups.id", ondelete="CASCADE"), primary_key=True)
    platform: Mapped[str] = mapped_column(primary_key=True, index=True)


class AlertRow(Base):
    """One alert: what does not change is in `detail`, what moves has its own column.

    position: the inbox batch that opened it, so that a replay writes its document for the same batch again.
    """

    __tablename__ = "alerts"
    __table_args__ = (
        Index(None, "group", "opened_ns"),
        Index(None, "matched_ns"),
        Index(None, "stored_ns", "position"),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    group: Mapped[str] = mapped_column(ForeignKey("alert_groups.id", ondelete="CASCADE"))
    rule_id: Mapped[str]
    rule_version: Mapped[str]
    position: Mapped[int]
    opened_ns: Mapped[int]
    last_ns: Mapped[int]
    count: Mapped[int]
    detail: Mapped[dict[str, Any]]
    packet_ns: Mapped[int]
    parsed_ns: Mapped[int]
    matched_ns: Mapped[int]
    stored_ns: Mapped[int] = mapped_column(default=0)
    shown_ns: Mapped[int] = mapped_column(default=0)


class Change(Base):
    """One step of a group's history; an undo goes back one step that still stands."""

    __tablename__ = "changes"

    id: Mapped[int] = mapped_column(RowNumber, primary_key=True)
    group: Mapped[str] = mapped_column(ForeignKey("alert_groups.id", ondelete="CASCADE"), index=True)
    at_ns: Mapped[int]
    account: Mapped[str]
    kind: Mapped[str]
    before: Mapped[dict[str, Any]]
    after: Mapped[dict[str, Any]]
    undone: Mapped[bool] = mapped_column(default=False)


class Evidence(Base):
    """Packets of one alert on one sensor: what is wanted, and what there is of it.

    flows: conversations, as sensor/orders.py has them; overflow: there were more. first_ns, last_ns: of their events.
    state: waiting, obtained, missed (they could not be had) or dropped (they made room for newer evidence).
    noted_ns: when it was first wanted. due_ns: when to ask (again), 0 for never. asks: how often it was asked.
    reason: why it is not complete, as the sensor says it, or flows, away, quota.
    """

    __tablename__ = "evidence"
    __table_args__ = (
        Index(None, "alert", "sensor", "epoch"),
        Index(None, "due_ns", "sensor"),
        Index(None, "state", "obtained_ns"),
    )

    id: Mapped[int] = mapped_column(RowNumber, primary_key=True)
    alert: Mapped[str] = mapped_column(ForeignKey("alerts.id", ondelete="CASCADE"))
    group: Mapped[str] = mapped_column(index=True)
    sensor: Mapped[str]
    epoch: Mapped[str]
    flows: Mapped[list[Any]]
    overflow: Mapped[bool]
    first_ns: Mapped[int]
    last_ns: Mapped[int]
    state: Mapped[str]
    noted_ns: Mapped[int]
    due_ns: Mapped[int]
    asks: Mapped[int]
    sha256: Mapped[str] = mapped_column(index=True)
    bytes: Mapped[int]
    packets: Mapped[int]
    complete: Mapped[bool]
    reason: Mapped[str]
    requested_ns: Mapped[int]
    obtained_ns: Mapped[int]


class Setting(Base):
    """A choice of the operator that outlives a restart."""

    __tablename__ = "settings"

    name: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[dict[str, Any]]


class Position(Base):
    """How far a consumer of the inbox has come: every batch up to `position` has been dealt with."""

    __tablename__ = "positions"

    name: Mapped[str] = mapped_column(primary_key=True)
    position: Mapped[int]


class File(Base):
    """A carved file by the SHA-256 of its content. stored: the content lies in analyzer/files; else it was let go for
    room or never taken."""

    __tablename__ = "files"
    __table_args__ = (Index(None, "stored", "received_ns"),)

    sha256: Mapped[str] = mapped_column(primary_key=True)
    size: Mapped[int]
    mime: Mapped[str] = mapped_column(default="")
    received_ns: Mapped[int]
    stored: Mapped[bool]
    sensor: Mapped[str] = mapped_column(default="")


class FileVerdict(Base):
    """What the YARA rules say of a file: the newest verdict. content_version: of the rules that were asked.

    state: clean, hit, partial (something kept rules from seeing all of it; hits may be there) or failed.
    hits: [{rule, id, ruleset, tags, member, member_sha256, strings: [{name, offset, excerpt, pattern}]}].
    remarks: [{kind, detail}], kinds as in sensor/events/anomalies.toml.
    """

    __tablename__ = "file_verdicts"

    sha256: Mapped[str] = mapped_column(primary_key=True)
    content_version: Mapped[str]
    state: Mapped[str]
    hits: Mapped[list[Any]]
    remarks: Mapped[list[Any]]
    judged_ns: Mapped[int]


class FileSighting(Base):
    """A file event: somebody transferred a file of this content. context: of the event, for what is said of it later.

    settled: content version of the verdict that was last told of it, empty before the first. told: ids of the rules
    whose hits were. packet_ns, parsed_ns: as in the batch (0: from a file).
    """

    __tablename__ = "file_sightings"
    __table_args__ = (Index(None, "sha256", "seen_ns"), Index(None, "settled", "seen_ns"))

    event_id: Mapped[str] = mapped_column(primary_key=True)
    sha256: Mapped[str]
    seen_ns: Mapped[int]
    context: Mapped[dict[str, Any]]
    packet_ns: Mapped[int]
    parsed_ns: Mapped[int]
    settled: Mapped[str] = mapped_column(default="")
    told: Mapped[list[Any]]


class KillingPair(Base):
    """A rule file that killed the engine on a sample: they never meet again. sample: SHA-256, empty for every file
    (the rule file cannot even be loaded). A changed rule file is a new one."""

    __tablename__ = "killing_pairs"

    rules: Mapped[str] = mapped_column(primary_key=True)
    sample: Mapped[str] = mapped_column(primary_key=True)
    path: Mapped[str]
    reason: Mapped[str]
    at_ns: Mapped[int]


class Announcement(Base):
    """An event of the analyzer itself that is not in the inbox yet: written in the transaction that made it true.

    number: its number in the analyzer's epoch; AUTOINCREMENT, so that none is ever given twice.
    """

    __tablename__ = "announcements"
    __table_args__ = ({"sqlite_autoincrement": True},)

    number: Mapped[int] = mapped_column(RowNumber, primary_key=True)
    line: Mapped[str]
    packet_ns: Mapped[int] = mapped_column(default=0)
    parsed_ns: Mapped[int] = mapped_column(default=0)
