"""Community ID against the official vectors, and against other tools on the whole corpus."""

import base64
import gzip
import json
import subprocess
from typing import Any

import pytest

from sensor._native import community_id
from tests.corpus import corpus
from tests.sensor.decoded import events_of

Vector = dict[str, Any]


def vectors(name: str) -> list[Vector]:
    loaded: list[Vector] = json.loads(corpus("pcap", "community-id-spec", "expected", name).read_text())
    return loaded


def ours(vector: Vector, seed: int = 0) -> str:
    source, destination = vector["saddr"], vector["daddr"]
    return community_id(
        source, destination, vector.get("sport") or 0, vector.get("dport") or 0, vector["proto"], seed
    )


@pytest.mark.parametrize(("name", "seed"), [("baseline_deflt.json", 0), ("baseline_seed1.json", 1)])
def test_the_official_vectors_hold(name: str, seed: int) -> None:
    found = vectors(name)
    assert len(found) > 10
    assert [ours(vector, seed) for vector in found] == [vector["communityid"] for vector in found]


def test_the_digest_without_base64_is_the_same() -> None:
    for vector in vectors("baseline_nob64.json"):
        digest = base64.b64decode(ours(vector).removeprefix("1:"))
        assert f"1:{digest.hex()}" == vector["communityid"]


def test_events_carry_the_vectors_ids() -> None:
    events = events_of(corpus("pcap", "community-id-spec", "pcap", "pcaps", "combined.pcap.gz"))
    seen = {
        event["network"]["community_id"] for event in events if event["event"]["dataset"] == "starwatch.flow"
    }
    assert seen == {vector["communityid"] for vector in vectors("baseline_deflt.json")}


def test_one_way_icmp_keeps_its_direction() -> None:
    """Where Suricata 8.0.6 differs from the specification (it orders the two ends)."""
    there = [
        vector for vector in vectors("baseline_deflt.json") if vector["proto"] == 58 and vector["sport"] == 1
    ]
    assert there
    for vector in there:
        assert ours(vector) == vector["communityid"]
        back = {**vector, "saddr": vector["daddr"], "daddr": vector["saddr"]}
        assert ours(back) != vector["communityid"]


def test_addresses_must_be_of_one_family() -> None:
    with pytest.raises(ValueError, match="different families"):
        community_id("10.0.0.1", "::1", 1, 2, 6)
    with pytest.raises(ValueError, match="no IP address"):
        community_id("10.0.0.256", "10.0.0.1", 1, 2, 6)


@pytest.mark.slice
def test_ids_agree_with_suricata_for_tcp_udp_sctp() -> None:
    packed = corpus("pcap", "reference-suricata-8.0.6", "eve.jsonl.zst")
    lines = subprocess.run(["zstd", "-dc", str(packed)], check=True, capture_output=True).stdout.splitlines()
    compared = 0
    for line in lines:
        event = json.loads(line)
        if event.get("event_type") == "flow" and event["proto"] in ("TCP", "UDP", "SCTP"):
            number = {"TCP": 6, "UDP": 17, "SCTP": 132}[event["proto"]]
            ends = event["src_ip"], event["dest_ip"], event.get("src_port", 0), event.get("dest_port", 0)
            assert community_id(*ends, number) == event["community_id"], event["pcap"]
            compared += 1
    assert compared > 5_000


def test_the_combined_capture_is_the_gzip_it_says() -> None:
    packed = corpus("pcap", "community-id-spec", "pcap", "pcaps", "combined.pcap.gz").read_bytes()
    assert gzip.decompress(packed)[:4] in {b"\xd4\xc3\xb2\xa1", b"\xa1\xb2\xc3\xd4"}
