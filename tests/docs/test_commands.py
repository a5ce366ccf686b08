"""Every command the documents show is run, or shown to exist where it is long or needs a person."""

import os
import re
import shlex
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.corpus import ROOT
from tests.running import appliance, command, traffic

DOCUMENTS = (ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md")))
BLOCK = re.compile(r"```sh\n(.*?)```", re.DOTALL)
INLINE = re.compile(r"`((?:make|starwatch|\.venv/bin/starwatch) [a-z][^`]*)`")
COMMENT = re.compile(r"\s{2,}#.*$")


def shown() -> Iterator[str]:
    """Each command line of each document, once."""
    seen: dict[str, None] = {}
    for path in DOCUMENTS:
        text = path.read_text("utf-8")
        lines = [line for block in BLOCK.findall(text) for line in block.splitlines()] + INLINE.findall(text)
        for line in lines:
            seen.setdefault(COMMENT.sub("", line).strip().removeprefix(".venv/bin/"))
    return (line for line in seen if line)


def starwatch_commands() -> list[list[str]]:
    words = (shlex.split(line) for line in shown())
    return [line[1:] for line in words if line[0] == "starwatch" and "…" not in line]


def test_make_targets_exist() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    named = {line.split()[1] for line in shown() if line.startswith("make ")}
    assert named
    assert named <= targets


def test_only_known_programs_are_shown() -> None:
    assert {line.split()[0] for line in shown()} <= {"make", "starwatch"}


@pytest.mark.parametrize("arguments", starwatch_commands(), ids=" ".join)
def test_starwatch_commands_exist(arguments: list[str], tmp_path: Path) -> None:
    words = [word for word in arguments if re.fullmatch("[a-z]+", word)][:2]
    done = subprocess.run(
        command(tmp_path, *words, "--help"), cwd=ROOT, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.slice
def test_starwatch_commands_run(tmp_path: Path) -> None:
    """In the documents' order, over a running appliance and the capture they speak of."""
    traffic(tmp_path / "town.pcap", "all", seconds=5, town=True)
    (tmp_path / "tests").symlink_to(ROOT / "tests")
    with appliance(tmp_path / "data") as running:
        for arguments in starwatch_commands():
            if arguments[0] in ("up", "--json"):
                continue
            # The documents' tap is called eth1; the one interface every machine has is lo, which is no good tap.
            done = run(running.data, tmp_path, ["lo" if word == "eth1" else word for word in arguments])
            # Detections were found; one account still holds every role.
            found_something = arguments[0] in ("analyze", "status")
            allowed = (0, 1) if arguments[0] == "doctor" else (found_something,)
            assert done.returncode in allowed, f"{' '.join(arguments)}: {done.stdout}{done.stderr}"
            assert done.stdout, " ".join(arguments)


def run(data: Path, folder: Path, arguments: list[str]) -> subprocess.CompletedProcess[str]:
    """What a person who has just submitted a capture sees: a search that finds nothing yet is asked again."""
    deadline = time.monotonic() + 30
    while True:
        done = subprocess.run(
            command(data, *arguments),
            cwd=folder,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
        )
        if arguments[0] != "search" or done.returncode == 0 or time.monotonic() > deadline:
            return done
