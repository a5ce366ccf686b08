"""Puts batches into the outbox whatever the disk does: what is full is waited for, what failed is reopened."""

import logging
import threading

from sensor.errors import LogError, LogFailedError
from sensor.outbox.batch import BatchMeta
from sensor.outbox.writer import Outbox

AGAIN_SECONDS = 0.2

log = logging.getLogger(__name__)


class Spool:
    """stop: set when the process is to end; waiting ends then too."""

    def __init__(self, outbox: Outbox, stop: threading.Event) -> None:
        self._outbox = outbox
        self._stop = stop
        self._obstacle = ""

    @property
    def obstacle(self) -> str:
        """Why nothing can be written at present, empty when it can."""
        return self._obstacle

    def put(self, meta: BatchMeta, ndjson: bytes) -> bool:
        """False when the process was told to stop before there was room; the batch is not (wholly) in the log then."""
        while True:
            try:
                self._outbox.append(meta, ndjson)
            except LogError as fault:
                self._wait_out(fault)
            else:
                self._clear()
                return True
            if self._stop.wait(AGAIN_SECONDS):
                return False

    def sync(self) -> None:
        """Batches put before are durable, or the log says it failed and is recovered before the next one."""
        try:
            self._outbox.sync()
        except LogFailedError as fault:
            self._wait_out(fault)

    def _wait_out(self, fault: LogError) -> None:
        if not self._obstacle:
            log.error("cannot write events", extra={"reason": str(fault), "hint": fault.hint})
        self._obstacle = str(fault)
        if isinstance(fault, LogFailedError):
            self._reopen()

    def _reopen(self) -> None:
        try:
            self._outbox.reopen()
        except LogError as fault:
            self._obstacle = str(fault)

    def _clear(self) -> None:
        if self._obstacle:
            log.info("events are written again")
            self._obstacle = ""
