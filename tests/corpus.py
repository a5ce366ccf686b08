"""Where the shared corpus lies: `$STARWATCH_CORPUS`, else beside the repository."""

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


def corpus_root() -> Path:
    """The corpus folder; it may be absent."""
    named = os.environ.get("STARWATCH_CORPUS")
    return Path(named) if named else ROOT.parent / "shared" / "corpus"


def corpus(*parts: str) -> Path:
    """A path inside the corpus; skips the test where the corpus is absent (in CI that is a failure)."""
    root = corpus_root()
    if not root.is_dir():
        if os.environ.get("CI"):
            pytest.fail(f"the corpus is missing: {root}")
        pytest.skip(f"the shared corpus is not at {root} (set STARWATCH_CORPUS)")
    return root.joinpath(*parts)
