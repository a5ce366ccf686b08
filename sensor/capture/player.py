"""What is played as live traffic: the replay of the command line and, beside it, captures laid into `play/`."""

import logging
from collections.abc import Callable, Iterator
from pathlib import Path

from sensor._native import Frames
from sensor.capture.folder import DropFolder
from sensor.capture.replay import Pace, Replay
from sensor.errors import CaptureError

log = logging.getLogger(__name__)


class Player:
    """The captures of the folder one at a time, at the pace they were recorded.

    open_replay: how a capture of the folder is opened; a test gives it another clock.
    """

    def __init__(
        self,
        folder: DropFolder,
        always: Replay | None = None,
        *,
        open_replay: Callable[[Path], Replay] = lambda path: Replay([path], Pace()),
    ) -> None:
        self._folder = folder
        self._always = always
        self._open_replay = open_replay
        self._path: Path | None = None
        self._replay: Replay | None = None

    def due(self) -> Iterator[Frames]:
        """What should have been on the wire by now and was not handed over yet, one batch of each capture playing."""
        if self._replay is None or self._replay.finished:
            self._next()
        for replay in (self._always, self._replay):
            frames = replay.due() if replay is not None else None
            if frames is not None:
                yield frames

    def _next(self) -> None:
        if self._path is not None:
            self._folder.finish(self._path)
        self._replay, self._path = None, self._folder.next()
        if self._path is None:
            return
        log.info("playing", extra={"file": self._path.name})
        try:
            self._replay = self._open_replay(self._path)
        except (CaptureError, OSError) as fault:
            self._folder.reject(self._path, str(fault), getattr(fault, "hint", ""))
            log.error("capture refused", extra={"file": self._path.name, "reason": str(fault)})
            self._path = None
