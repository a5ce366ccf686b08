"""A real capture through a tunnel or a virtual tap is seen like the plain one."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.corpus import corpus
from tests.sensor.decoded import ndjson_of
from tests.sensor.wire.wrap import ALL, Wrap, write

Event = dict[str, Any]

# DNS, HTTP, TLS, IPv6, fragments, mail: applications, both families, both transports.
CAPTURES = (
    "community-id-spec/pcap/pcaps/ipv6.pcap",
    "nDPI/pcap/dropbox.pcap",
    "ja4/pcap/sshv1.pcap",
    "arkime/pcap/socks5-http-302-frag.pcap",
    "suricata-verify/pcap/ethernet-eve/test.pcap",
)

NAMES = {"erspan_2": {"erspan"}, "erspan_3": {"erspan"}, "ipip": {"ipip", "6in4"}}


def bare(event: Event) -> Event:
    """An event without what a tunnel must change: its own field, link addresses, the event's number."""
    kept = {key: value for key, value in event.items() if key != "tunnel"}
    kept["event"] = {key: value for key, value in event["event"].items() if key != "id"}
    for end in ("source", "destination"):
        if end in event:
            kept[end] = {key: value for key, value in event[end].items() if key != "mac"}
    return kept


def seen(source: Path, folder: Path, wrap: Wrap) -> list[Event]:
    lines = ndjson_of(write(folder / "wrapped.pcap", source, wrap)).splitlines()
    return [json.loads(line) for line in lines]


@pytest.mark.corpus
@pytest.mark.parametrize("name", CAPTURES)
def test_a_capture_through_a_tunnel_is_seen_like_a_plain_one(name: str, tmp_path: Path) -> None:
    source = corpus("pcap", name)
    plain = seen(source, tmp_path, lambda frame: frame)
    assert plain
    expected = [bare(event) for event in plain]
    for kind, wrap in ALL.items():
        inner = [event for event in seen(source, tmp_path, wrap) if "tunnel" in event]
        assert {layer for event in inner for layer in event["tunnel"]["type"]} <= NAMES.get(kind, {kind})
        assert [bare(event) for event in inner] == expected, kind


@pytest.mark.corpus
def test_a_tap_in_a_tap_is_seen_like_a_plain_one(tmp_path: Path) -> None:
    """ERSPAN through VXLAN: how a cloud hands on a switch's mirror."""
    source = corpus("pcap", CAPTURES[1])
    expected = [bare(event) for event in seen(source, tmp_path, lambda frame: frame)]
    both = seen(source, tmp_path, lambda frame: ALL["vxlan"](ALL["erspan_2"](frame)))
    inner = [event for event in both if event.get("tunnel", {}).get("type") == ["vxlan", "erspan"]]
    assert [bare(event) for event in inner] == expected
    carriers = {event["network"]["community_id"] for event in both if event not in inner}
    assert set(inner[0]["tunnel"]["community_id"]) == carriers
    assert len(carriers) == len(inner[0]["tunnel"]["community_id"])
