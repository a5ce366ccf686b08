"""The thread that keeps the road open.

What is durable decides where it goes on: after any fault the store is opened anew and the inbox is read again from the
first batch that store or alerting may lack. Both take a batch twice without doubling anything, so a fault costs time,
never an event. With a full disk nothing is trimmed and nothing acknowledged is lost; the road opens when there is room.
"""

import logging
import threading
from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import Any, Protocol

from sqlalchemy.exc import SQLAlchemyError

from analyzer.errors import AnalyzerError, StoreFullError
from analyzer.stream.base import Store
from analyzer.stream.road import PoisonedBatchError, Progress, Road, Stages

log = logging.getLogger(__name__)

# Without news the source is looked at this often anyway: a lost wake-up costs so much and no more.
IDLE_S = 0.5
# Pause before a store that failed, or a full disk, is tried again.
FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.5, 10.0


class Chores(Protocol):
    """What else must happen on the store's thread, between batches (retention, counting documents)."""

    def __call__(self, store: Any) -> None: ...


class Pipeline:
    """open_store: a fresh writer that knows what it has committed. chores: called between batches; brief."""

    def __init__(self, stages: Stages, open_store: Callable[[], Store], chores: Chores) -> None:
        self._stages = stages
        self._open_store = open_store
        self._chores = chores
        self._progress = Progress()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self.run, name="pipeline")

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """What was read is committed before this returns."""
        self._stopping.set()
        self._stages.source.wake.set()
        if self._thread.ident is not None:
            self._thread.join()

    @property
    def alive(self) -> bool:
        return self._thread.is_alive()

    def status(self) -> Mapping[str, Any]:
        return asdict(self._progress)

    def run(self) -> None:
        pause = FIRST_PAUSE_S
        while not self._stopping.is_set():
            commits = self._progress.commits
            try:
                self._travel()
            except PoisonedBatchError as fault:
                log.error("%s", fault)
            except (AnalyzerError, SQLAlchemyError, OSError) as fault:
                self._note(fault)
                pause = FIRST_PAUSE_S if self._progress.commits > commits else min(pause * 2, LONGEST_PAUSE_S)
                self._stopping.wait(pause)
        self._progress.state = "stopped"

    def _travel(self) -> None:
        """Until stopped (then committed) or a fault."""
        store = self._open_store()
        try:
            road = Road(self._stages, store, self._progress)
            while not self._stopping.is_set():
                # Cleared before reading: what arrives after the reading sets it again.
                self._stages.source.wake.clear()
                if not road.step():
                    self._chores(store)
                    self._stages.source.wake.wait(road.wait_s(IDLE_S))
            road.commit()
        finally:
            store.close()

    def _note(self, fault: Exception) -> None:
        if str(fault) != self._progress.fault:
            log.error("the pipeline waits: %s", fault)
        self._progress.state = "full" if isinstance(fault, StoreFullError) else "failed"
        self._progress.fault = str(fault)
        self._progress.restarts += 1
