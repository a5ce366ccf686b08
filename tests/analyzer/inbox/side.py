"""One side of the link as a process that can be killed: python -m tests.analyzer.inbox.side ROLE DATA PORT."""

import asyncio
import signal
import sys
import threading
from pathlib import Path

from tests.analyzer.inbox.rig import Rig, lines


def capture(rig: Rig) -> None:
    """Makes events until SIGTERM, then says how many."""
    from sensor.outbox import BatchMeta

    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    outbox = rig.outbox()
    made = 0
    print("ready", flush=True)
    while not stop.wait(0.005):
        count = 1 + made % 7
        outbox.append(BatchMeta("e", made, count), lines("e", made, count, width=100))
        made += count
    outbox.sync()
    print(made, flush=True)


def inbox(rig: Rig, port: int) -> None:
    rig.inbox(port=port)
    print("ready", flush=True)
    signal.pause()


async def link(rig: Rig, port: int) -> None:
    print("ready", flush=True)
    await rig.link(port).run()


def main(role: str, data: Path, port: int) -> None:
    rig = Rig(data)
    if role == "capture":
        capture(rig)
    elif role == "inbox":
        inbox(rig, port)
    else:
        asyncio.run(link(rig, port))


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]))
