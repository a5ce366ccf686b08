"""The shapes that cross HTTP. The web's types are generated from these (console/web/openapi.json)."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

Level = Literal["informational", "low", "medium", "high", "critical"]
Verdict = Literal["open", "acknowledged", "escalated", "false_positive"]
Ns = Annotated[
    str,
    BeforeValidator(str),
    Field(
        pattern=r"^-?[0-9]{1,19}$",
        description="ns since 1970 as decimal text: a browser's number would lose digits",
    ),
]
"""Nanoseconds since 1970."""

MAX_NAME = 64
"""Account and display names: longer ones help nobody and fill the screen."""
MAX_PASSWORD = 256
"""NIST SP 800-63B asks for at least 64; the bound keeps Argon2 from hashing megabytes."""
MAX_REASON = 1000
MAX_SHOWN = 200
"""Alerts one browser may report as shown in one call: one screen's worth."""

AccountName = Annotated[str, Field(min_length=1, max_length=MAX_NAME, pattern=r"^[a-z0-9][a-z0-9._-]*$")]


class Answer(BaseModel):
    """What the console answers; fields a newer analyzer adds are left out, never fatal."""

    model_config = ConfigDict(frozen=True, extra="ignore", json_schema_serialization_defaults_required=True)


class Request(BaseModel):
    """What a browser sends; an unknown field is an error, so a misspelt one is noticed."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Fault(Answer):
    """Why a request was refused. `code` is the contract; the texts are for people."""

    code: str
    message: str
    hint: str
    request: str = Field(description="Id of the request, also in the X-Request-Id header")
    detail: str = Field("", description="What exactly was wrong, in English, when there is more to say")
    start: int | None = Field(None, description="First wrong character of a search text")
    end: int | None = Field(None, description="One past the last wrong character")
    retry_after_seconds: int | None = None


class Problem(Answer):
    error: Fault


# --- session -------------------------------------------------------------------------------------------------


class SignIn(Request):
    account: str = Field(min_length=1, max_length=MAX_NAME)
    password: str = Field(min_length=1, max_length=MAX_PASSWORD)


class PasswordChange(Request):
    current: str = Field(min_length=1, max_length=MAX_PASSWORD)
    new: str = Field(min_length=1, max_length=MAX_PASSWORD)


class Session(Answer):
    account: str
    name: str
    roles: Sequence[str]
    permissions: Sequence[str]
    must_change_password: bool
    csrf: str = Field(description="Send as X-CSRF-Token with every call that changes something")
    idle_seconds: int


# --- alerts --------------------------------------------------------------------------------------------------


class RuleHead(Answer):
    id: str
    title: str
    title_zh: str
    level: Level
    techniques: Sequence[str] = ()
    tactics: Sequence[str] = ()


class RuleDetail(RuleHead):
    path: str = ""
    version: str = ""
    status: str = ""
    description: str = ""
    description_zh: str = ""
    misses: str = ""
    misses_zh: str = ""
    references: Sequence[str] = ()
    falsepositives: Sequence[str] = ()
    group_by: Sequence[str] = ()
    text: str = ""


class AlertGroup(Answer):
    """All alerts of one rule on one group key: one row of the queue."""

    group: str
    rule: RuleHead
    platforms: Sequence[str]
    entities: Mapping[str, str]
    status: Verdict = Field(description="open, then the verdict, then open again when it alerts anew")
    verdict: Verdict
    reason: str
    assignee: str
    count: int = Field(description="Detections")
    alerts: int = Field(description="Alert documents (one per bucket of event time)")
    first_ns: Ns
    last_ns: Ns
    score: int
    version: int = Field(description="Send back with a verdict: a change in between is a conflict (409)")
    latest: str = Field(description="Id of the newest alert")


class AlertPage(Answer):
    items: Sequence[AlertGroup]
    total: int
    next: str | None
    open: Mapping[Level, int] = Field(description="Open groups of each level, whatever the filter")


class Condition(Answer):
    selection: str
    field: str
    operator: str
    expected: str
    value: str


class ScorePart(Answer):
    name: str
    points: int


class Stamps(Answer):
    """When the evidence passed each stage ("0": not yet, or not live)."""

    packet: Ns
    parsed: Ns
    matched: Ns
    stored: Ns
    shown: Ns


class AlertDetail(Answer):
    id: str
    opened_ns: Ns
    count: int
    conditions: Sequence[Condition]
    score: Sequence[ScorePart]
    stamps: Stamps
    events: Sequence[str] = Field(description="Ids of the events")
    content_version: str
    sensor: str
    rule: RuleDetail


class Change(Answer):
    """One step of a group's history."""

    at_ns: Ns
    account: str
    action: str
    before: Mapping[str, Any]
    after: Mapping[str, Any]
    reason: str = ""
    undone: bool = False


class AlertStory(Answer):
    group: AlertGroup
    alerts: Sequence[AlertDetail]
    events: Sequence[Mapping[str, Any]] = Field(description="ECS documents")
    history: Sequence[Change]


class PacketSlice(Answer):
    """Packets of one alert as one sensor saw them. reason: why they are not complete, or not there."""

    alert: str
    sensor: str
    state: Literal["waiting", "obtained", "missed", "dropped"]
    sha256: str = Field(description="Of the pcap; empty before there is one")
    bytes: int
    packets: int
    complete: bool
    reason: Literal[
        "", "absent", "limit", "time", "damaged", "rolled_over", "gap", "links", "flows", "away", "quota"
    ]
    first_ns: Ns
    last_ns: Ns
    requested_ns: Ns
    obtained_ns: Ns


class FileHit(Answer):
    """A YARA rule that hit. member: path inside the archive, empty for the file itself."""

    rule: str
    member: str
    offsets: Sequence[int] = Field(description="Of the strings found, from the start of the file or member")


class CarvedFile(Answer):
    """A file that an event of the alert names. stored: it can be downloaded."""

    sha256: str
    name: str = Field(description="As it was transferred: text of strangers")
    bytes: int
    mime_type: str
    stored: bool
    verdict: Literal["", "clean", "hit", "partial", "failed"] = Field(description="Of the YARA rules")
    hits: Sequence[FileHit]


class Evidence(Answer):
    packets: Sequence[PacketSlice]
    files: Sequence[CarvedFile]


class Judgement(Request):
    verdict: Verdict
    reason: str = Field("", max_length=MAX_REASON)
    version: int = Field(ge=0)


class Undo(Request):
    version: int = Field(ge=0)


class Assignment(Request):
    account: str = Field(max_length=MAX_NAME, description="Empty: nobody")
    version: int = Field(ge=0)


class ShownAlert(Request):
    id: str = Field(min_length=1, max_length=64)
    shown_ms: int = Field(ge=0, le=2**53, description="ms since 1970 by the browser's clock")


class ShownAlerts(Request):
    shown: Sequence[ShownAlert] = Field(max_length=MAX_SHOWN)


# --- events --------------------------------------------------------------------------------------------------


class Coverage(Answer):
    """How much of what passed was seen in the span, as far as the sensors' counters say."""

    analysed: int
    filtered: int
    dropped: int


class EventPage(Answer):
    hits: Sequence[Mapping[str, Any]] = Field(description="ECS documents")
    total: int
    next: str | None = Field(description="Send back as `after` for the next page")
    took_ms: int
    partial: bool
    coverage: Coverage | None = Field(description="null: not known, never assumed complete")


class Histogram(Answer):
    interval_ns: Ns
    buckets: Sequence[tuple[Ns, int]]


class Terms(Answer):
    items: Sequence[tuple[str, int]]


class EventField(Answer):
    name: str
    type: str
    many: bool
    zh: str
    meaning: str
    datasets: Sequence[str]


# --- rules, status, audit ------------------------------------------------------------------------------------


class RuleFault(Answer):
    path: str
    line: int
    column: int = 0
    message: str
    hint: str = ""


class Rulebook(Answer):
    rules: Sequence[RuleDetail]
    faults: Sequence[RuleFault]
    content_version: str


class Process(Answer):
    """A process of the appliance, as its supervisor sees it."""

    name: str
    state: str
    pid: int | None
    since_ns: Ns
    restarts: int


class Sensor(Answer):
    """missing: events the sensor numbered but the analyzer never got. lag_ms: of live traffic, packet to inbox."""

    sensor: str
    state: str
    address: str
    last_seen_ns: Ns
    epoch: str
    batches: int
    events: int
    missing: int
    lag_ms: int | None


class StoreState(Answer):
    documents: int
    bytes: int
    partitions: int
    oldest_day: str | None
    newest_day: str | None


class Percentiles(Answer):
    """null without any alert of live traffic."""

    p50_ms: float | None
    p99_ms: float | None
    count: int


class Latency(Percentiles):
    """From packet to screen over the newest alerts of live traffic; `matched`: from packet to rule."""

    matched: Percentiles


class Disk(Answer):
    free_bytes: int
    total_bytes: int


class Retention(Answer):
    days: int


class RulesState(Answer):
    content_version: str
    loaded: int
    faults: int


class EvidenceState(Answer):
    """Packets of alerts: slices kept, still asked for, not to be had; sacrificed: made room before anybody judged."""

    kept: int
    waiting: int
    failed: int
    sacrificed: int
    bytes: int
    max_bytes: int
    stalled_s: int = Field(description="For how long the oldest request has been in vain")
    fault: str = Field(description="The last one, empty once packets were kept again")


class Remark(Answer):
    """Something the operator should look at. `code` and `params` are the contract, `message` is for people."""

    code: str
    params: Mapping[str, str | int | float]
    message: str


class Status(Answer):
    started_ns: Ns
    processes: Sequence[Process]
    sensors: Sequence[Sensor]
    store: StoreState
    inbox: Mapping[str, Any]
    pipeline: Mapping[str, Any]
    ledger: Mapping[str, int]
    latency: Latency
    rules: RulesState
    workers: Mapping[str, Any]
    files: Mapping[str, Any]
    evidence: EvidenceState
    disk: Disk
    retention: Retention
    warnings: Sequence[Remark]


class RetentionChange(Request):
    """confirm: the same number again; needed to shorten, which deletes data for good."""

    days: int = Field(ge=1, le=3650)
    confirm: int = Field(0, ge=0, le=3650)


class AuditRecord(Answer):
    index: int
    at_ns: Ns
    account: str
    session: str = Field(description="Digest of the session, empty outside the console")
    address: str
    action: str
    kind: str = Field(description="Of the object")
    object: str
    result: Literal["done", "refused", "failed"]
    reason: str
    before: Mapping[str, Any] | None
    after: Mapping[str, Any] | None
    process: Mapping[str, int] = Field(description="Who asked, as the kernel names it: pid, uid")


class AuditPage(Answer):
    items: Sequence[AuditRecord]
    next: str | None


# --- accounts ------------------------------------------------------------------------------------------------


class Account(Answer):
    account: str
    name: str
    roles: Sequence[str]
    disabled: bool
    must_change_password: bool
    created_ns: Ns
    password_ns: Ns
    signed_in_ns: Ns = Field(description='"0": never')


class NewAccount(Request):
    account: AccountName
    name: str = Field(min_length=1, max_length=MAX_NAME)
    roles: Sequence[str] = Field(min_length=1, max_length=16)


class FirstPassword(Answer):
    """The one moment a first password can be read."""

    account: Account
    password: str


class Roles(Request):
    roles: Sequence[str] = Field(min_length=1, max_length=16)


class Role(Answer):
    role: str
    zh: str
    en: str
    permissions: Sequence[str]
