import json

import pytest

from sensor.errors import OrderError
from sensor.orders import Ping, encode_order, parse_order


def test_an_order_comes_back_as_it_went() -> None:
    assert parse_order(json.loads(encode_order(Ping("a-1")))["order"]) == Ping("a-1")


@pytest.mark.parametrize(
    "value",
    [
        None,
        [],
        "ping",
        {},
        {"kind": "block", "id": "1"},
        {"kind": "ping"},
        {"kind": "ping", "id": 5},
        {"kind": "ping", "id": ""},
        {"kind": "ping", "id": "a" * 65},
        {"kind": ["ping"], "id": "1"},
    ],
)
def test_what_is_no_order_is_not_obeyed(value: object) -> None:
    with pytest.raises(OrderError):
        parse_order(value)
