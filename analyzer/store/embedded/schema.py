"""The store's typed columns, from the event catalogue."""

import json
from collections.abc import Iterable

from sensor.events.catalogue import Field


def schema_of(fields: Iterable[Field]) -> str:
    """What the index is opened with: JSON list of {name, type}."""
    return json.dumps([{"name": field.name, "type": field.type} for field in fields])
