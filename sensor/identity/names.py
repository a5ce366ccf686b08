"""Sensor ids, and how a certificate carries one."""

import re
from collections.abc import Mapping
from typing import Any

from sensor.errors import IdentityError

PREFIX = "urn:starwatch:sensor:"
SENSOR_ID = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\Z")
"""A DNS label: the id is part of file names, event ids and URNs."""


def check_sensor_id(sensor: str) -> str:
    if not SENSOR_ID.match(sensor):
        raise IdentityError(
            f"{sensor!r} is no sensor id",
            hint="Use 1 to 63 small letters, digits and dashes, beginning and ending with a letter or digit.",
        )
    return sensor


def sensor_urn(sensor: str) -> str:
    return PREFIX + check_sensor_id(sensor)


def sensor_of(certificate: Mapping[str, Any] | None) -> str:
    """The sensor id in a verified peer certificate (ssl.SSLObject.getpeercert()); exactly one, or IdentityError."""
    names = (certificate or {}).get("subjectAltName", ())
    sensors = [value for kind, value in names if kind == "URI" and value.startswith(PREFIX)]
    if len(sensors) != 1:
        raise IdentityError("the certificate names no sensor, or several")
    return check_sensor_id(sensors[0].removeprefix(PREFIX))
