"""One file: itself and, if it is an archive, its members, put before the rules."""

import hashlib
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

from analyzer.workers.scan.archive import Unpacking
from analyzer.workers.scan.engine import Engine, EngineError, EngineTimeoutError

# What an alert can show; a file on which more rules hit is no clearer for it.
MAX_HITS = 200
# THOR's names of file types, as the public sets compare them, by how a file begins.
TYPES = (
    (b"MZ", "EXE"),
    (b"\x7fELF", "ELF"),
    (b"%PDF", "PDF"),
    (b"\xd0\xcf\x11\xe0", "OLE"),
    (b"PK\x03\x04", "ZIP"),
    (b"Rar!", "RAR"),
    (b"7z\xbc\xaf", "7ZIP"),
    (b"\x1f\x8b", "GZIP"),
    (b"{\\rt", "RTF"),
    (b"GIF8", "GIF"),
    (b"\xff\xd8\xff", "JPEG"),
    (b"\x89PNG", "PNG"),
    (b"L\x00\x00\x00\x01\x14\x02\x00", "LNK"),
    (b"MSCF", "CAB"),
)


@dataclass(frozen=True, slots=True)
class Job:
    """path: where the content lies. name: what it was called, empty when unknown. without: rule files left out.

    careful: rule file by rule file, each named before it is asked. seconds: for everything together; each: for one rule
    file (careful), or for all of them on the file or one member.
    """

    path: Path
    name: str
    without: frozenset[str]
    careful: bool
    seconds: float
    each: float


@dataclass(slots=True)
class Judgement:
    """What came of a job, as it goes back to the analyzer. scanned: bytes; remarks: kind → first detail."""

    hits: list[dict[str, Any]] = field(default_factory=list)
    remarks: dict[str, str] = field(default_factory=dict)
    scanned: int = 0
    members: int = 0

    def remark(self, kind: str, detail: str) -> None:
        self.remarks.setdefault(kind, detail)

    def add(self, hits: list[dict[str, Any]], member: str, content: bytes) -> None:
        if hits and member:
            place = {"member": member, "member_sha256": hashlib.sha256(content).hexdigest()}
            hits = [{**hit, **place} for hit in hits]
        self.hits += hits[: MAX_HITS - len(self.hits)]


def judge(engine: Engine, job: Job, trying: Callable[[str], None]) -> Judgement:
    """trying: told the rule file that is asked next, when careful. Raises OSError when the content cannot be read."""
    content = job.path.read_bytes()
    judgement = Judgement()
    ends = time.monotonic() + job.seconds
    unpacking = Unpacking(packed=len(content))
    for name, part in parts(content, unpacking):
        if time.monotonic() >= ends:
            judgement.remark("yara_timeout", f"{name}: not judged, {job.seconds:.0f} s were over")
            break
        judgement.scanned += len(part)
        judgement.add(_asked(engine, job, name, part, judgement, trying), name, part)
    for kind, detail in unpacking.remarks.items():
        judgement.remark(kind, detail)
    judgement.members = unpacking.members
    return judgement


def parts(content: bytes, unpacking: Unpacking) -> Iterator[tuple[str, bytes]]:
    yield "", content
    for member in unpacking.walk(content):
        yield member.name, member.content


def _asked(
    engine: Engine, job: Job, member: str, part: bytes, judgement: Judgement, trying: Callable[[str], None]
) -> list[dict[str, Any]]:
    about = facts(member.rpartition("!")[2] or job.name, part)
    if job.careful:
        return _each(engine, job, about, part, judgement, trying)
    try:
        return list(engine.match(part, about, job.without, job.each))
    except EngineTimeoutError:
        # Which file it is only a careful look tells.
        judgement.remark("yara_timeout", "")
    except EngineError as fault:
        judgement.remark("file_unscanned", f"{member}: {fault}")
    return []


def _each(
    engine: Engine,
    job: Job,
    about: Mapping[str, str],
    part: bytes,
    judgement: Judgement,
    trying: Callable[[str], None],
) -> list[dict[str, Any]]:
    hits: list[dict[str, Any]] = []
    ends = time.monotonic() + job.seconds
    for file in engine.files:
        if file.path in job.without:
            continue
        if time.monotonic() >= ends:
            judgement.remark("yara_timeout", f"{file.path} and those after it: {job.seconds:.0f} s were over")
            break
        trying(file.path)
        try:
            hits += engine.match_one(file, part, about, job.each)
        except EngineTimeoutError:
            judgement.remark("yara_timeout", f"{file.path}: more than {job.each:.0f} s")
        except EngineError as fault:
            judgement.remark("file_unscanned", f"{file.path}: {fault}")
    return hits


def facts(name: str, content: bytes) -> dict[str, str]:
    """The externals of one file or member. Names are only ever text."""
    path = PurePosixPath(name.replace("\\", "/"))
    kind = next((kind for magic, kind in TYPES if content.startswith(magic)), "")
    return {"filename": path.name, "filepath": name, "extension": path.suffix.lower(), "filetype": kind}
