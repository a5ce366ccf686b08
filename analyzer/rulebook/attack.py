"""ATT&CK ids from Sigma tags."""

import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from pathlib import Path

# Sigma appendix "Tags": attack.t1234 or attack.t1234.001.
TECHNIQUE = re.compile(r"attack\.(t\d{4}(?:\.\d{3})?)", re.IGNORECASE)


@cache
def tactic_ids() -> Mapping[str, str]:
    """Tag name of a tactic to its TA id."""
    text = (Path(__file__).parent / "tactics.toml").read_text(encoding="utf-8")
    return {str(name): str(value) for name, value in tomllib.loads(text).items()}


def techniques(tags: Iterable[str]) -> Sequence[str]:
    """`attack.t1071.004` → `T1071.004`, in the order of the tags."""
    found = (TECHNIQUE.fullmatch(tag) for tag in tags)
    return tuple(match.group(1).upper() for match in found if match)


def tactics(tags: Iterable[str]) -> Sequence[str]:
    """`attack.command-and-control` → `TA0011`; older rules write underscores."""
    names = (tag.removeprefix("attack.").replace("_", "-") for tag in tags if tag.startswith("attack."))
    ids = tactic_ids()
    return tuple(ids[name] for name in names if name in ids)
