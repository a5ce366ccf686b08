"""What is generated is what its generator makes now: documents, the OpenAPI description, the TypeScript types."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from console.api.schema import openapi
from tests.corpus import ROOT
from tests.generated import documents

WEB = ROOT / "console" / "web"


def test_documents_are_fresh() -> None:
    for path, text in documents().items():
        assert path.read_text("utf-8") == text, f"{path.name} is stale: run make generate"


def test_openapi_is_fresh() -> None:
    assert (WEB / "openapi.json").read_text("utf-8") == openapi(), "run make generate"


def test_typescript_types_are_fresh(tmp_path: Path) -> None:
    npx = shutil.which("npx")
    if npx is None or not (WEB / "node_modules").is_dir():
        if os.environ.get("CI"):
            pytest.fail("the web console's packages are not installed: run deploy/setup")
        pytest.skip("the web console's packages are not installed: run deploy/setup")
    out = tmp_path / "schema.gen.ts"
    subprocess.run(
        [npx, "--no-install", "openapi-typescript", "openapi.json", "-o", str(out), "--alphabetize"],
        cwd=WEB,
        check=True,
        capture_output=True,
        timeout=120,
    )
    assert out.read_text("utf-8") == (WEB / "src" / "api" / "schema.gen.ts").read_text("utf-8"), (
        "run make generate"
    )
