"""Faults of the sensor.

SensorError
├── CaptureError      a capture file or interface cannot be read at all
├── DecoderError      the decoder met a fault of its own and is of no further use
├── SettingsError     a setting is missing or wrong
├── LogError          the segment log cannot go on
│   ├── LogFullError      its byte budget or the disk is used up: back-pressure, nothing was written
│   └── LogFailedError    a write or fsync failed: the log is closed to writing until reopened
├── IdentityError     a key or certificate is missing, unreadable or not the one expected
├── LinkError         the connection to the analyzer failed or was refused
└── OrderError        an order is not for this sensor, or not one it obeys

Malformed traffic is never an exception: it is an anomaly event (events/anomalies.toml).
"""


class SensorError(Exception):
    """A fault with what the operator should do about it.

    hint: one sentence naming the next step; shown by the CLI and the console.
    """

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint


class CaptureError(SensorError):
    """A capture file or interface cannot be read at all."""


class DecoderError(SensorError):
    """The decoder met a fault of its own; what it held is lost, a new one must be made."""


class SettingsError(SensorError):
    """A setting is missing or wrong."""


class LogError(SensorError):
    """The segment log cannot go on."""


class LogFullError(LogError):
    """The log's byte budget or the disk is used up; nothing was written."""


class LogFailedError(LogError):
    """A write or fsync failed; the log takes no more until it is reopened."""


class IdentityError(SensorError):
    """A key or certificate is missing, unreadable or not the one expected."""


class LinkError(SensorError):
    """The connection to the analyzer failed or was refused."""


class OrderError(SensorError):
    """An order is not for this sensor, or not one it obeys."""
