"""What became of the packets, minute by minute."""

import json
from collections.abc import Mapping
from typing import Any

from sensor.capture.ledger import SPAN_NS, Counted, Entry, Ledger
from sensor.capture.nic import Nic

KEYS = (
    "wire",
    "bytes",
    "handed",
    "filtered",
    "dropped",
    "duplicate",
    "shed",
    "cut",
    "merged",
    "freezes",
    "gap_ns",
)


class Machine:
    """One interface whose counts a test moves."""

    def __init__(self) -> None:
        self.state = "up"
        self.tap = dict.fromkeys(KEYS, 0)
        self.tally = {"analysed": 0, "not_ip": 0, "malformed": 0, "bulk": 0}
        self.nic = Nic()

    def ledger(self, now_ns: int) -> Ledger:
        return Ledger(self.counted, lambda _: dict(self.tally), lambda: {"tap0": self.nic}, now_ns)

    def counted(self) -> list[Counted]:
        return [("tap0", self.state, dict(self.tap))]


def body(entry: Entry) -> Mapping[str, Any]:
    found: Mapping[str, Any] = json.loads(b"{" + entry.body + b"}")["capture"]
    return found


def test_an_entry_a_minute_with_the_differences() -> None:
    machine = Machine()
    ledger = machine.ledger(10 * SPAN_NS)
    machine.tap |= {
        "wire": 12,
        "handed": 7,
        "filtered": 1,
        "dropped": 2,
        "duplicate": 1,
        "shed": 1,
        "bytes": 900,
    }
    machine.tally |= {"analysed": 5, "not_ip": 1, "malformed": 1}
    machine.nic = Nic(packets=12, dropped=3, errors=4)
    assert list(ledger.due(11 * SPAN_NS - 1)) == []
    (entry,) = ledger.due(11 * SPAN_NS)
    found = body(entry)
    packets = found["packets"]
    parts = ("analysed", "not_ip", "malformed", "filtered", "dropped", "duplicate", "shed")
    assert packets["wire"] == 12 == sum(packets[part] for part in parts)
    assert (packets["nic"], packets["nic_dropped"], packets["nic_errors"]) == (12, 3, 4)
    assert (found["span_ns"], found["shed"]) == (SPAN_NS, ["packets"])
    (again,) = ledger.due(12 * SPAN_NS)
    assert body(again)["packets"]["wire"] == 0
    assert not again.changed


def test_a_change_of_state_is_said_at_once() -> None:
    machine = Machine()
    ledger = machine.ledger(0)
    machine.state = "down"
    (entry,) = ledger.due(5)
    assert (entry.changed, body(entry)["state"], entry.interface) == (True, "down", "tap0")
    assert list(ledger.due(6)) == []


def test_what_was_shed_is_named() -> None:
    machine = Machine()
    ledger = machine.ledger(0)
    machine.tally["bulk"] = 5000
    machine.tap["cut"] = 3
    (entry,) = ledger.close(9)
    assert body(entry)["shed"] == ["bulk", "payload"]
    assert body(entry)["bytes"]["bulk"] == 5000


def test_a_card_that_begins_anew_is_no_negative_number() -> None:
    machine = Machine()
    machine.nic = Nic(packets=500)
    ledger = machine.ledger(0)
    machine.nic = Nic(packets=20)
    (entry,) = ledger.close(9)
    assert body(entry)["packets"]["nic"] == 20
