"""The comparison of flows sees each kind of difference, and the readers of the oracles' forms are right."""

from dataclasses import replace
from pathlib import Path

import pytest

from tests.sensor.facts.flows import Flow, difference, differences, extra, link_bytes, our_flows

OURS = Flow("tcp", ("192.0.2.1", 40000), ("192.0.2.2", 80), (3, 2), (180, 120), "1:x")
THEIRS = replace(OURS, bytes=(180 + 3 * 14, 120 + 2 * 14))
ETHERNET = 14


def test_equal_but_for_the_link_header() -> None:
    assert difference(OURS, THEIRS, ETHERNET) == "equal"


@pytest.mark.parametrize(
    ("changed", "word"),
    [
        ({"packets": (4, 2)}, "fewer packets"),
        ({"packets": (2, 2)}, "more packets"),
        ({"bytes": (0, 0)}, "bytes"),
        ({"bytes": (180 + 3 * 14 + 6, 120 + 2 * 14)}, "padding"),
        ({"bytes": (180 + 3 * 14 + 3 * 46 + 1, 120 + 2 * 14)}, "bytes"),
        ({"bytes": (180 + 3 * 14 - 1, 120 + 2 * 14)}, "bytes"),
        ({"community_id": "1:y"}, "community id"),
        ({"community_id": ""}, "equal"),
    ],
)
def test_one_difference(changed: dict[str, object], word: str) -> None:
    assert difference(OURS, replace(THEIRS, **changed), ETHERNET) == word  # type: ignore[arg-type]


def test_a_turned_flow_differs_in_direction_only() -> None:
    assert difference(OURS, THEIRS.turned(), ETHERNET) == "direction"


def test_vlan_tags_are_part_of_the_link_header() -> None:
    tagged = replace(OURS, link_bytes=4)
    assert difference(tagged, replace(THEIRS, bytes=(180 + 3 * 18, 120 + 2 * 18)), ETHERNET) == "equal"


def test_the_captures_link_header_is_not_before_a_packet_inside_a_tunnel() -> None:
    inner = replace(OURS, inside=True)
    assert difference(inner, replace(THEIRS, bytes=OURS.bytes), ETHERNET) == "equal"
    assert difference(inner, THEIRS, ETHERNET) == "padding"
    event = {
        "event": {"dataset": "starwatch.flow"},
        "source": {"ip": "192.0.2.1", "port": 40000, "packets": 3, "bytes": 180},
        "destination": {"ip": "192.0.2.2", "port": 80, "packets": 2, "bytes": 120},
        "network": {"transport": "tcp", "community_id": "1:x"},
        "tunnel": {"type": ["gre"], "source": {"ip": "192.0.2.8"}},
    }
    assert list(our_flows([event])) == [inner]


def test_flows_are_compared_key_by_key() -> None:
    other = replace(THEIRS, client=("192.0.2.9", 1))
    assert list(differences([OURS], [THEIRS, other], ETHERNET)) == ["equal", "missing"]
    assert list(differences([replace(OURS, transport="gre")], [THEIRS], ETHERNET)) == ["missing, in a tunnel"]
    assert extra([OURS, replace(OURS, transport="udp")], [THEIRS]) == 1


def test_one_conversation_divided_in_another_way() -> None:
    first = replace(THEIRS, packets=(1, 2), bytes=(60 + 14, 120 + 28))
    second = replace(THEIRS, packets=(2, 0), bytes=(120 + 28, 0)).turned()
    assert list(differences([OURS], [first, second.turned()], ETHERNET)) == ["divided"] * 2
    assert list(differences([OURS], [first, first], ETHERNET)) == ["divided, other counts"] * 2


def test_our_flow_events_are_read() -> None:
    event = {
        "event": {"dataset": "starwatch.flow"},
        "source": {"ip": "192.0.2.1", "port": 40000, "packets": 3, "bytes": 180},
        "destination": {"ip": "192.0.2.2", "port": 80, "packets": 2, "bytes": 120},
        "network": {"transport": "tcp", "community_id": "1:x", "vlan": {"id": "7"}},
    }
    assert list(our_flows([event, {"event": {"dataset": "starwatch.dns"}}])) == [replace(OURS, link_bytes=4)]


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        (b"\xd4\xc3\xb2\xa1" + bytes(16) + b"\x01\0\0\0", 14),
        (b"\xa1\xb2\x3c\x4d" + bytes(16) + b"\0\0\0\x71", 16),
        (b"\xd4\xc3\xb2\xa1" + bytes(16) + b"\x7f\0\0\0", None),
        (
            b"\x0a\x0d\x0d\x0a\x1c\0\0\0\x4d\x3c\x2b\x1a\x01\0\0\0" + b"\xff" * 8 + b"\x1c\0\0\0"
            b"\x01\0\0\0\x14\0\0\0\x65\0\0\0" + bytes(4) + b"\x14\0\0\0",
            0,
        ),
    ],
)
def test_the_link_header_of_a_capture(head: bytes, expected: int | None, tmp_path: Path) -> None:
    path = tmp_path / "capture"
    path.write_bytes(head)
    assert link_bytes(path) == expected
