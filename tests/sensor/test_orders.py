import json

import pytest

from sensor.errors import OrderError
from sensor.orders import FlowRequest, PacketRequest, Packets, Ping, encode_order, parse_order


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


def packets(**changed: object) -> dict[str, object]:
    flow = {
        "source": "10.0.0.1",
        "destination": "2001:db8::1",
        "source_port": 1,
        "destination_port": 65_535,
        "protocol": 6,
    }
    request = {
        "epoch": "e-1",
        "first_ns": -5,
        "last_ns": 10,
        "flows": [flow],
        "sides": "both",
        "max_bytes": 1000,
    }
    return {"kind": "packets", "id": "p-1", "request": {**request, **changed}}


def flow_with(**changed: object) -> dict[str, object]:
    request = packets()["request"]
    assert isinstance(request, dict)
    return packets(flows=[{**request["flows"][0], **changed}])


def test_an_order_for_packets_comes_back_as_it_went() -> None:
    flow = FlowRequest("10.0.0.1", "2001:db8::1", 1, 65_535, 6)
    order = Packets("p-1", PacketRequest("e-1", -5, 10, (flow,), "both", 1000))
    assert parse_order(json.loads(encode_order(order))["order"]) == order
    assert parse_order(packets()) == order


@pytest.mark.parametrize(
    "value",
    [
        {"kind": "packets", "id": "1"},
        {**packets(), "id": ""},
        packets(epoch="../x"),
        packets(epoch=5),
        packets(first_ns=11),
        packets(first_ns=True),
        packets(last_ns=1 << 63),
        packets(sides="all"),
        packets(sides=["both"]),
        packets(max_bytes=0),
        packets(max_bytes=1 << 40),
        packets(max_bytes=1.5),
        packets(flows=None),
        packets(flows={"0": {}}),
        packets(flows=[{}]),
        packets(flows=[[]]),
        packets(flows=[flow_with()["request"]["flows"][0]] * 65),  # type: ignore[index]
        packets(more=1),
        flow_with(source="10.0.0.256"),
        flow_with(source=167_772_161),
        flow_with(source="fe80::1%lo"),
        flow_with(destination=""),
        flow_with(source_port=65_536),
        flow_with(source_port="80"),
        flow_with(protocol=-1),
        flow_with(more=1),
    ],
)
def test_an_order_that_asks_wrongly_or_too_much_is_not_obeyed(value: object) -> None:
    with pytest.raises(OrderError):
        parse_order(value)
