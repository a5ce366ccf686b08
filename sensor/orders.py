"""What a sensor obeys. An order it does not know is refused, never guessed at."""

import json
import re
from dataclasses import dataclass
from typing import Any

from sensor.errors import OrderError

ORDER_ID = re.compile(r"[A-Za-z0-9-]{1,64}\Z")


@dataclass(frozen=True, slots=True)
class Ping:
    """Answer at once with the same id; changes nothing, so there is nothing to undo."""

    id: str

    kind = "ping"

    def __post_init__(self) -> None:
        if not isinstance(self.id, str) or not ORDER_ID.match(self.id):
            raise OrderError("the order has no usable id")


Order = Ping


def encode_order(order: Order) -> str:
    return json.dumps({"order": {"kind": order.kind, "id": order.id}})


def parse_order(value: Any) -> Order:
    """The order in the `order` member of a message; OrderError when the sensor does not obey such a one."""
    if not isinstance(value, dict) or value.get("kind") != Ping.kind:
        raise OrderError("this sensor does not obey such an order")
    return Ping(id=value.get("id", ""))
