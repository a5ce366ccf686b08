"""Where files that are no packages lie: rules, traffic makers, the built web console."""

import sysconfig
from pathlib import Path

TREE = Path(__file__).resolve().parents[1]
INSTALLED = Path(sysconfig.get_path("data")) / "share" / "starwatch"


def laid_out(name: str, in_tree: str = "") -> Path:
    """A folder of the product's data: in the tree, at `in_tree` if it has another place there; else as installed."""
    # An installation's parent folder is site-packages, where a folder of the same name would be somebody else's.
    if (TREE / "pyproject.toml").is_file():
        return TREE / (in_tree or name)
    return INSTALLED / name
