"""What this machine allows to put in front of a worker's command: no network, bounded memory, no core dumps."""

import shutil
import subprocess
from collections.abc import Sequence

NO_NETWORK = ("unshare", "--map-root-user", "--net")


def prefix(memory_bytes: int) -> Sequence[str]:
    """The command's first words. Where the kernel gives no namespace the status document warns of it."""
    words: list[str] = []
    if shutil.which("unshare") and _works([*NO_NETWORK, "true"]):
        words += [*NO_NETWORK, "--"]
    if shutil.which("prlimit"):
        words += ["prlimit", f"--as={memory_bytes}", "--core=0", "--"]
    return words


def isolated(words: Sequence[str]) -> bool:
    return NO_NETWORK[0] in words


def _works(command: Sequence[str]) -> bool:
    return subprocess.run(command, capture_output=True, check=False).returncode == 0
