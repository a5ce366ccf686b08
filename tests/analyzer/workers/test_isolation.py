"""What stands in front of a worker's command really bounds it."""

import subprocess
import sys

from analyzer.workers.isolation import isolated, prefix

MEMORY = 512 << 20


def test_the_command_runs_behind_the_prefix() -> None:
    done = subprocess.run([*prefix(MEMORY), "echo", "here"], capture_output=True, text=True, check=True)
    assert done.stdout == "here\n"


def test_memory_is_bounded() -> None:
    code = f"x = bytearray({2 * MEMORY})"
    done = subprocess.run(
        [*prefix(MEMORY), sys.executable, "-c", code], capture_output=True, text=True, check=False
    )
    assert "MemoryError" in done.stderr


def test_no_core_is_written() -> None:
    code = "import resource; print(resource.getrlimit(resource.RLIMIT_CORE))"
    done = subprocess.run(
        [*prefix(MEMORY), sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert done.stdout == "(0, 0)\n"


def test_isolation_is_said_as_it_is() -> None:
    assert isolated(["unshare", "--net", "--"])
    assert not isolated(["prlimit", "--"])
