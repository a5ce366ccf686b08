"""Tests mirror the sources, both ways."""

from pathlib import Path

from tests.architecture.modules import PACKAGES, sources
from tests.corpus import ROOT

TESTS = ROOT / "tests"
WITHOUT_OWN_TEST = {
    # Declarations only: every test that uses them tests them.
    "sensor/errors.py",
    "analyzer/errors.py",
    "analyzer/records.py",
    "analyzer/store/base.py",
    "analyzer/store/query.py",
    "sensor/capture/base.py",
    "analyzer/detect/base.py",
    "analyzer/control/base.py",
    "analyzer/stream/base.py",
    "console/errors.py",
    "console/accounts/person.py",
    "console/api/models.py",
}


def has_code(path: Path) -> bool:
    return path.name not in {"__init__.py", "__main__.py"}


def mirrored(path: Path) -> Path:
    """sensor/outbox/log.py → tests/sensor/outbox/test_log.py; env.py of Alembic and its versions have one test."""
    relative = path.relative_to(ROOT)
    return TESTS / relative.parent / f"test_{relative.name}"


def test_every_source_has_its_test() -> None:
    missing = [
        path.relative_to(ROOT).as_posix()
        for path in sources()
        if has_code(path)
        and path.relative_to(ROOT).as_posix() not in WITHOUT_OWN_TEST
        and "migrations" not in path.parts
        and not mirrored(path).is_file()
    ]
    assert not missing, f"no test file for: {missing}"


def test_every_test_has_its_source() -> None:
    """A test under tests/<package>/ names a module, or a package by its folder."""
    orphans = []
    for package in PACKAGES:
        for path in (TESTS / package).rglob("test_*.py"):
            relative = path.relative_to(TESTS)
            source = ROOT / relative.parent / relative.name.removeprefix("test_")
            package_of_tests = ROOT / relative.parent / relative.stem.removeprefix("test_")
            if not source.is_file() and not package_of_tests.is_dir() and (ROOT / relative.parent).is_dir():
                orphans.append(relative.as_posix())
    assert not orphans, f"no source for: {orphans}"


def test_exceptions_exist() -> None:
    assert not [name for name in WITHOUT_OWN_TEST if not (ROOT / name).is_file()]
