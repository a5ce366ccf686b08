"""Public rule sets into the site's own folder: copied as they are, with a word for each file that is not in force."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from analyzer.errors import RulebookError
from analyzer.rulebook.folder import LOGSOURCES, MAX_RULE_BYTES, SIGMA, YARA, Fault, fault
from sensor.outbox.files import replace_durably

KINDS = {".yml": SIGMA, ".yaml": SIGMA, ".yar": YARA, ".yara": YARA}
ENDINGS = {".yaml": ".yml"}
# SigmaHQ has 3,800 files, the largest YARA set 800.
MAX_FILES = 20_000


@dataclass(frozen=True, slots=True)
class Imported:
    """copied: paths in the site's folder. skipped: files that were not copied, and why."""

    copied: Sequence[str]
    skipped: Sequence[Fault]


def import_rules(source: Path, site: Path, name: str) -> Imported:
    """Every Sigma and YARA file at or below `source` into `site/{sigma,yara}/<name>/…`. Raises RulebookError."""
    if not name or not name.replace("-", "").replace("_", "").isalnum() or not name.isascii():
        raise RulebookError(
            f"{name!r} is no name for a set", hint="letters, digits, - and _; give one with --name"
        )
    copied: list[str] = []
    skipped: list[Fault] = []
    found = list(rule_files(source))
    if not found:
        raise RulebookError(
            f"there is no rule file at {source}", hint="name a .yml, .yar or .yara file or a folder"
        )
    if len(found) > MAX_FILES:
        raise RulebookError(f"more than {MAX_FILES} files at {source}", hint="import its folders one by one")
    for path, relative in found:
        target = Path(KINDS[path.suffix.lower()]) / name / relative
        try:
            copy(path, site / target.with_suffix(ENDINGS.get(path.suffix.lower(), path.suffix.lower())))
            copied.append(target.as_posix())
        except (OSError, RulebookError) as error:
            skipped.append(fault(relative.as_posix(), "broken", f"not copied: {error}", "import it by hand"))
    return Imported(copied, skipped)


def rule_files(source: Path) -> Iterator[tuple[Path, Path]]:
    """(where it lies, its path below the source); links are not followed out of it."""
    paths = [source] if source.is_file() else sorted(source.rglob("*"))
    for path in paths:
        if (
            path.suffix.lower() in KINDS
            and path.is_file()
            and not path.is_symlink()
            and path.name != LOGSOURCES
        ):
            yield path, Path(path.name) if source.is_file() else path.relative_to(source)


def copy(path: Path, target: Path) -> None:
    if path.stat().st_size > MAX_RULE_BYTES:
        raise RulebookError(f"larger than {MAX_RULE_BYTES} bytes")
    replace_durably(target, path.read_bytes())
