"""The exported description is the one of these sources: `make generate` writes it."""

import subprocess
import sys

from console.api.schema import openapi
from tests.corpus import ROOT


def test_the_committed_export_is_fresh() -> None:
    committed = (ROOT / "console" / "web" / "openapi.json").read_text("utf-8")
    assert committed == openapi(), "run: make generate"


def test_the_export_is_the_same_in_every_process() -> None:
    command = [sys.executable, "-m", "console.api.schema"]
    done = subprocess.run(command, capture_output=True, cwd=ROOT, check=True, env={"PYTHONHASHSEED": "7"})
    assert done.stdout.decode() == openapi()
