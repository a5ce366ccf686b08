"""Who this sensor is: its key, its certificate, and what it demands of the other side."""

from sensor.identity.key import device_key, signing_request
from sensor.identity.names import sensor_of, sensor_urn
from sensor.identity.tls import Credentials, client_context, renew_context, server_context

__all__ = [
    "Credentials",
    "client_context",
    "device_key",
    "renew_context",
    "sensor_of",
    "sensor_urn",
    "server_context",
    "signing_request",
]
