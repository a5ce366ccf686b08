"""The scan worker with an engine that breaks where a rule says so: rules named `crash`, `hang`, `chatter`.

4.5.4's own known crash happens while compiling; one while scanning is made here, by the same signal.
"""

import os
import signal
import sys
import time
from collections.abc import Mapping
from typing import Any

from analyzer.workers.scan import __main__ as worker
from analyzer.workers.scan import engine


def broken(hit: Any) -> Any:
    def ask(match: Any, ruleset: str) -> Mapping[str, Any]:
        if match.rule == "crash":
            os.kill(os.getpid(), signal.SIGFPE)
        if match.rule == "hang":
            time.sleep(600)
        if match.rule == "chatter":
            print("no answer", flush=True)
        found: Mapping[str, Any] = hit(match, ruleset)
        return found

    return ask


if __name__ == "__main__":
    engine.hit = broken(engine.hit)
    sys.exit(worker.main())
