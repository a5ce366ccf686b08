"""The sensors connected now, and what each has brought since the start."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

KEPT_REFUSALS = 100
"""Refused connections and batches kept for the status page; all are in the log."""


@dataclass(slots=True)
class SensorState:
    """One sensor, since the analyzer started. Times in ns since 1970; missing: events that never arrived."""

    sensor: str
    connected: bool = False
    address: str = ""
    serial: int = 0
    since: int = 0
    last: int = 0
    epoch: str = ""
    batches: int = 0
    events: int = 0
    missing: int = 0
    packet: int = 0
    round_trip_ms: float | None = None


@dataclass(frozen=True, slots=True)
class Refusal:
    """A connection or batch that was not taken. at: ns since 1970."""

    at: int
    sensor: str
    address: str
    reason: str


@dataclass(slots=True)
class Sessions:
    """Who is connected. A second connection of one identity is somebody with a stolen key, or a fault to be seen."""

    clock: Callable[[], int]
    sensors: dict[str, SensorState] = field(default_factory=dict)
    refusals: deque[Refusal] = field(default_factory=lambda: deque(maxlen=KEPT_REFUSALS))

    def connect(self, sensor: str, address: str, serial: int) -> SensorState | None:
        """None when this sensor is connected already."""
        state = self.sensors.setdefault(sensor, SensorState(sensor))
        if state.connected:
            return None
        state.connected, state.address, state.serial = True, address, serial
        state.since = state.last = self.clock()
        return state

    def refuse(self, sensor: str, address: str, reason: str) -> None:
        self.refusals.append(Refusal(self.clock(), sensor, address, reason))
