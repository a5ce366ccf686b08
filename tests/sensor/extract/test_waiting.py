"""What the analyzer has not answered yet, oldest first."""

import os
from pathlib import Path

from sensor.extract import Waiting


def test_oldest_first_until_removed(tmp_path: Path) -> None:
    waiting = Waiting(tmp_path)
    assert waiting.oldest() == []
    waiting.folder.mkdir()
    for age, name in enumerate(("b", "a")):
        waiting.add(name)
        os.utime(waiting.folder / name, ns=(age, age))
    assert waiting.oldest() == ["b", "a"]
    waiting.remove("b")
    waiting.remove("b")
    assert waiting.oldest() == ["a"]
    assert ("a" in waiting, "b" in waiting) == (True, False)
