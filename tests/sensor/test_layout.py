"""The product's data is found in the tree, and where it is installed when there is no tree."""

import tomllib
from pathlib import Path

import pytest

from sensor import layout
from sensor.layout import laid_out
from tests.corpus import ROOT


def test_it_is_found_in_the_tree() -> None:
    assert (laid_out("rules") / "roles" / "roles.toml").is_file()
    assert laid_out("web", "console/web/dist") == ROOT / "console" / "web" / "dist"


def test_a_folder_beside_an_installation_is_somebody_elses(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "deploy").mkdir()
    monkeypatch.setattr(layout, "TREE", tmp_path)
    assert laid_out("deploy") == layout.INSTALLED / "deploy"
    assert laid_out("web", "console/web/dist") == layout.INSTALLED / "web"


def test_every_data_file_is_installed() -> None:
    """Each rule, role and traffic maker is matched by a line of pyproject.toml, and goes where it is looked for."""
    lines = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]["data-files"]
    installed = {
        f"{folder}/{path.name}": path
        for folder, patterns in lines.items()
        for pattern in patterns
        for path in ROOT.glob(pattern)
    }
    wanted = [
        path
        for pattern in ("rules/**/*.*", "deploy/traffic/*.py")
        for path in ROOT.glob(pattern)
        if path.is_file()
    ]
    assert len(wanted) > 12
    for path in wanted:
        assert installed.get(f"share/starwatch/{path.relative_to(ROOT).as_posix()}") == path
