"""Live capture in a network namespace: what is sent arrives once, in order, and every packet is accounted for."""

import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from sensor._native import Decoder, Frames, Taps
from sensor.capture.live import Interfaces, open_taps
from sensor.errors import CaptureError, SettingsError
from sensor.settings import SensorSettings
from tests.sensor.capture import veth
from tests.sensor.capture.veth import SENDER, TAP, Namespace, send, udp

UDP_ONLY = "6,40 0 0 12,21 0 3 2048,48 0 0 23,21 0 1 17,6 0 0 262144,6 0 0 0"
ARP = bytes(12) + b"\x08\x06" + bytes(46)


@pytest.fixture
def net() -> Iterator[Namespace]:
    yield from veth.namespace()


def taps_in(net: Namespace, *names: str, **options: Any) -> Taps:
    with net.entered():
        taps = Taps(list(names or (TAP,)), **options)
        taps.start()
        return taps


def collect(taps: Taps, packets: int, seconds: float = 5.0) -> list[Frames]:
    found: list[Frames] = []
    deadline = time.monotonic() + seconds
    while sum(len(frames) for frames in found) < packets and time.monotonic() < deadline:
        frames = taps.read()
        if frames is not None:
            found.append(frames)
        else:
            time.sleep(0.005)
    return found


def decoded(found: list[Frames]) -> tuple[Decoder, list[dict[str, Any]]]:
    decoder = Decoder(sensor="s", epoch="e")
    events = [decoder.decode(frames).ndjson for frames in found]
    text = b"".join([*events, decoder.finish().ndjson])
    return decoder, [json.loads(line) for line in text.splitlines()]


def counts(taps: Taps, at: int = 0) -> dict[str, int]:
    return taps.counters()[at][2]


def balanced(count: dict[str, int]) -> bool:
    parts = ("handed", "filtered", "dropped", "duplicate", "shed")
    return count["wire"] == sum(count[part] for part in parts)


def wait_for(holds: Callable[[], bool], seconds: float = 5.0) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, "it did not come to hold in time"
        time.sleep(0.01)


def test_what_is_sent_arrives_once(net: Namespace) -> None:
    taps = taps_in(net)
    with net.sender() as sender:
        send(sender, (udp(n, port=n % 20) for n in range(2000)))
    decoder, events = decoded(collect(taps, 2000))
    assert decoder.tally(TAP)["analysed"] == 2000
    assert sum(event["source"]["packets"] for event in events) == 2000
    assert len(events) == 20
    assert {event["observer"]["ingress"]["interface"]["name"] for event in events} == {TAP}
    assert counts(taps)["wire"] == counts(taps)["handed"] == 2000
    time.sleep(0.1)
    assert taps.read() is None


def test_on_a_quiet_link_packets_are_not_late(net: Namespace) -> None:
    taps = taps_in(net)
    late = []
    with net.sender() as sender:
        for number in range(40):
            sent = time.time()
            sender.send(udp(number))
            collect(taps, 1)
            late.append(time.time() - sent)
            time.sleep(0.01)
    assert sorted(late)[-2] < 0.2


def test_tags_are_seen_whoever_takes_them_out(net: Namespace) -> None:
    """veth takes the tag out of the frame as cards do; priority bits are no part of the VLAN's number."""
    taps = taps_in(net)
    with net.sender() as sender:
        sender.send(udp(1, vlan=77))
    _, (event,) = decoded(collect(taps, 1))
    assert event["network"]["vlan"]["id"] == "77"


def test_a_mirrors_copies_are_removed_and_counted(net: Namespace) -> None:
    taps = taps_in(net, duplicate_ns=500_000_000)
    with net.sender() as sender:
        for number in range(100):
            send(sender, [udp(number), udp(number, vlan=5), udp(number, ttl=63)])
    decoder, _ = decoded(collect(taps, 200))
    wait_for(lambda: counts(taps)["wire"] == 300)
    count = counts(taps)
    assert (count["duplicate"], decoder.tally(TAP)["analysed"]) == (100, 200)
    assert balanced(count)


def test_what_the_filter_refuses_is_counted(net: Namespace) -> None:
    taps = taps_in(net, program=UDP_ONLY)
    with net.sender() as sender:
        send(sender, [udp(1), ARP, udp(2), ARP, ARP])
    collect(taps, 2)
    wait_for(lambda: counts(taps)["wire"] == 5)
    assert counts(taps)["filtered"] == 3
    taps.set_filter("")
    with net.sender() as sender:
        send(sender, [ARP, udp(3)])
    decoder, _ = decoded(collect(taps, 2))
    assert decoder.tally(TAP) == {"analysed": 1, "not_ip": 1, "malformed": 0, "bulk": 0}
    assert balanced(counts(taps))


def test_drops_are_accounted_for(net: Namespace) -> None:
    """A queue of a mebibyte that nobody empties: what is shed is exact."""
    taps = taps_in(net, ring_bytes=2 << 20, queue_bytes=1 << 20)
    with net.sender() as sender:
        total = send(sender, (udp(n, payload=bytes(1000)) for n in range(6000)))
    wait_for(lambda: counts(taps)["shed"] > 0)
    found = collect(taps, total, seconds=0.5)
    taps.stop()
    count = counts(taps)
    assert count["wire"] == total
    assert count["shed"] > 0
    assert count["handed"] == sum(len(frames) for frames in found)
    assert balanced(count)


def test_a_full_ring_is_the_kernels_loss_and_counted(net: Namespace) -> None:
    with net.entered():
        taps = Taps([TAP], ring_bytes=2 << 20)
    with net.sender() as sender:
        total = send(sender, (udp(n, payload=bytes(1000)) for n in range(4000)))
    taps.start()
    found = collect(taps, total, seconds=1.0)
    count = counts(taps)
    assert count["dropped"] > 0
    assert count["wire"] == total == count["dropped"] + sum(len(frames) for frames in found)
    assert count["freezes"] > 0


def test_under_load_headers_are_kept_when_payload_is_not(net: Namespace) -> None:
    taps = taps_in(net, queue_bytes=1 << 20)
    with net.sender() as sender:
        total = send(sender, (udp(n, payload=bytes(1000)) for n in range(900)), pause=0.0005)
    wait_for(lambda: counts(taps)["cut"] > 0)
    decoder, events = decoded(collect(taps, total))
    count = counts(taps)
    assert count["cut"] > 0
    assert count["shed"] == 0
    assert decoder.tally(TAP)["analysed"] == total
    assert sum(event["source"]["bytes"] for event in events if "source" in event) == total * 1028


def test_two_readers_see_what_one_sees(net: Namespace) -> None:
    one, two = taps_in(net), taps_in(net, readers=2)
    pairs = [udp(n, port=n % 7) for n in range(0, 1 << 22, 1 << 13)]
    with net.sender() as sender:
        total = send(sender, pairs)
    found = [collect(taps, total) for taps in (one, two)]
    tuples = [sorted(map(flow_of, decoded(frames)[1])) for frames in found]
    assert tuples[0] == tuples[1]
    times = [entry for frames in found[1] for entry in (frames.first_ns, frames.last_ns)]
    assert times == sorted(times)


def flow_of(event: dict[str, Any]) -> tuple[object, ...]:
    source, network = event["source"], event["network"]
    return (source["ip"], source["port"], source["packets"], network["community_id"])


def test_an_interface_that_goes_and_comes_back_is_heard_again(net: Namespace) -> None:
    taps = taps_in(net)
    with net.sender() as sender:
        sender.send(udp(1))
    assert collect(taps, 1)
    net.ip(f"link set {TAP} down")
    wait_for(lambda: taps.counters()[0][1] == "down")
    net.ip(f"link set {TAP} up")
    wait_for(lambda: taps.counters()[0][1] == "up")
    assert counts(taps)["gap_ns"] > 0
    with net.sender() as sender:
        sender.send(udp(2))
    assert collect(taps, 1)


def test_an_interface_that_is_taken_away_and_made_anew_is_found(net: Namespace) -> None:
    taps = taps_in(net)
    net.ip(f"link delete {TAP}")
    wait_for(lambda: taps.counters()[0][1] == "gone")
    for command in veth.SET_UP[1:]:
        net.ip(command)
    wait_for(lambda: taps.counters()[0][1] == "up")
    with net.sender() as sender:
        sender.send(udp(3))
    assert collect(taps, 1)


def test_the_loopback_is_heard_once(net: Namespace) -> None:
    taps = taps_in(net, "lo")
    with net.sender("lo") as sender:
        send(sender, (udp(n) for n in range(10)))
    assert sum(map(len, collect(taps, 20, seconds=0.3))) == 10


def test_a_missing_interface_is_said(net: Namespace) -> None:
    with net.entered(), pytest.raises(CaptureError, match="there is no interface tap9") as fault:
        Taps(["tap9"])
    assert "interfaces" in fault.value.hint


def test_a_bad_filter_is_said(net: Namespace) -> None:
    with net.entered(), pytest.raises(SettingsError, match="number"):
        Taps([TAP], program="not port 53")


def test_settings_open_the_taps_and_a_filling_queue_sheds(net: Namespace) -> None:
    settings = SensorSettings(Path(), interfaces=(TAP,), queue_mib=1, capture_ring_mib=8)
    with net.entered():
        taps = open_taps(settings)
        taps.start()
    source = Interfaces(taps)
    assert not source.shedding()
    with net.sender(SENDER) as sender:
        send(sender, (udp(n, payload=bytes(1000)) for n in range(700)))
    wait_for(source.shedding)
    assert sum(map(len, source.due())) > 0
    assert not source.shedding()
    source.stop()
