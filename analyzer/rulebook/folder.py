"""The rule folder on disk, and the lock file that says what it should hold."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from analyzer.errors import RulebookError
from sensor.layout import laid_out

LOCK = "rules.lock"
SIGMA = "sigma"
YARA = "yara"
YARA_FILES = ("*.yar", "*.yara")
LOGSOURCES = "logsources.yml"
# The largest rule of SigmaHQ has 0.4 MiB; a folder is not a place for anything else.
MAX_RULE_BYTES = 4 << 20


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with one rule, and where; line and column from 1 (0: the file as a whole).

    kind: `broken`, `unsupported`, `unmapped` (see RuleFault), `locked` (not what rules.lock says).
    """

    path: str
    line: int
    column: int
    kind: str
    message: str
    hint: str


@dataclass(frozen=True, slots=True)
class RuleFile:
    """path: relative to the rule folder, with forward slashes."""

    path: str
    content: bytes

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.content).hexdigest()

    @property
    def text(self) -> str:
        """Raises UnicodeDecodeError."""
        return self.content.decode("utf-8")


def shipped() -> Path:
    """The rules that come with StarWatch."""
    return laid_out("rules")


def read_logsources(root: Path) -> str:
    """Raises RulebookError: without it no rule has an event."""
    path = root / SIGMA / LOGSOURCES
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        hint = "restore it from the distribution, or name the right folder"
        raise RulebookError(f"cannot read {path}: {error}", hint=hint) from error


def read_rules(root: Path, faults: list[Fault]) -> Iterator[RuleFile]:
    """Every rule file below `sigma/`, by path; what cannot be read becomes a fault."""
    for path in sorted((root / SIGMA).rglob("*.yml")):
        name = path.relative_to(root).as_posix()
        if path.name == LOGSOURCES:
            continue
        try:
            if path.stat().st_size > MAX_RULE_BYTES:
                faults.append(fault(name, "broken", f"larger than {MAX_RULE_BYTES} bytes", "split the file"))
                continue
            yield RuleFile(name, path.read_bytes())
        except OSError as error:
            faults.append(fault(name, "broken", f"cannot be read: {error}", "correct its permissions"))


def yara_paths(root: Path) -> Sequence[Path]:
    """Every YARA file below `yara/`."""
    return sorted({path for kind in YARA_FILES for path in (root / YARA).rglob(kind) if path.is_file()})


def fault(path: str, kind: str, message: str, hint: str) -> Fault:
    return Fault(path=path, line=0, column=0, kind=kind, message=message, hint=hint)


def locked_files(root: Path) -> Mapping[str, str]:
    """Path → SHA-256 of everything the lock covers, as it lies on disk now."""
    covered = sorted([*(root / SIGMA).rglob("*.yml"), *yara_paths(root)])
    return {path.relative_to(root).as_posix(): RuleFile("", path.read_bytes()).sha256 for path in covered}


def write_lock(root: Path) -> int:
    """Rewrite rules.lock (in the format of sha256sum); returns how many files it covers."""
    files = locked_files(root)
    lines = [f"{digest}  {path}\n" for path, digest in files.items()]
    (root / LOCK).write_text("".join(lines), encoding="utf-8")
    return len(files)


def check_lock(root: Path) -> Sequence[Fault]:
    """Every difference between the lock and the disk."""
    path = root / LOCK
    if not path.is_file():
        return [fault(LOCK, "locked", "the lock file is missing", "run starwatch rules lock")]
    lines = (line.split("  ", 1) for line in path.read_text(encoding="utf-8", errors="replace").splitlines())
    wanted = {parts[1]: parts[0] for parts in lines if len(parts) == 2}
    return list(differences(wanted, locked_files(root)))


def differences(wanted: Mapping[str, str], found: Mapping[str, str]) -> Iterator[Fault]:
    hint = "if the change is meant, run starwatch rules lock"
    for path in sorted(wanted.keys() | found.keys()):
        if path not in found:
            yield fault(path, "locked", "is in rules.lock but not on disk", hint)
        elif path not in wanted:
            yield fault(path, "locked", "is on disk but not in rules.lock", hint)
        elif wanted[path] != found[path]:
            yield fault(path, "locked", "differs from rules.lock", hint)
