import asyncio
import hashlib
import json
from dataclasses import dataclass
from typing import Any

import pytest

from sensor._native import Wanted
from sensor.errors import CaptureError, OrderError
from sensor.link.packets import EMPTY, MAX_WAITING, PIECE, NoPackets, PacketDesk, nothing_kept
from sensor.orders import FlowRequest, PacketRequest, Packets
from sensor.outbox.batch import unpack

pytestmark = pytest.mark.anyio


@dataclass(frozen=True)
class Cut:
    pcap: bytes
    count: int = 3
    complete: bool = True
    reason: str = ""


def order(name: str = "1", epoch: str = "e") -> Packets:
    flow = FlowRequest("10.0.0.1", "10.0.0.2", 1, 2, 6)
    return Packets(name, PacketRequest(epoch, 0, 10, (flow,), "both", 1000))


async def answers(desk: PacketDesk, sent: "Sent", size: int) -> list[tuple[dict[str, Any], bytes]]:
    """What the desk sends until `size` bytes of pcap have come."""
    task = asyncio.create_task(desk.serve())
    found: list[tuple[dict[str, Any], bytes]] = []
    async with asyncio.timeout(10):
        while sum(len(content) for _, content in found) < size:
            meta, content = unpack(await sent.get())
            found.append((json.loads(meta)["packets"], content))
    task.cancel()
    return found


Sent = asyncio.Queue[bytes]


def desk_of(cut: Any) -> tuple[PacketDesk, Sent]:
    sent = Sent()
    return PacketDesk(cut, sent.put), sent


async def test_a_slice_travels_in_pieces_with_its_hash() -> None:
    pcap = bytes(range(256)) * (PIECE // 100)
    desk, sent = desk_of(lambda epoch, wanted: Cut(pcap))
    desk.take(order("a-1"))
    got = await answers(desk, sent, len(pcap))
    assert b"".join(content for _, content in got) == pcap
    assert [about["offset"] for about, _ in got] == [0, PIECE, 2 * PIECE]
    for about, _ in got:
        assert about == {
            "id": "a-1",
            "offset": about["offset"],
            "size": len(pcap),
            "sha256": hashlib.sha256(pcap).hexdigest(),
            "count": 3,
            "complete": True,
            "reason": "",
        }


async def test_orders_are_obeyed_one_after_the_other() -> None:
    running = most = 0

    def cut(epoch: str, wanted: Wanted) -> Cut:
        nonlocal running, most
        running += 1
        most = max(most, running)
        running -= 1
        return Cut(epoch.encode())

    desk, sent = desk_of(cut)
    for name in "abc":
        desk.take(order(name, epoch=name))
    got = await answers(desk, sent, 3)
    assert ([content for _, content in got], most) == ([b"a", b"b", b"c"], 1)


async def test_what_cannot_be_read_is_answered_too() -> None:
    def cut(epoch: str, wanted: Wanted) -> Cut:
        raise CaptureError("gone") if epoch == "a" else OSError("disk")

    desk, sent = desk_of(cut)
    desk.take(order("1", "a"))
    desk.take(order("2", "b"))
    got = await answers(desk, sent, 2 * len(EMPTY))
    assert {(about["complete"], about["reason"], content) for about, content in got} == {
        (False, "damaged", EMPTY)
    }


async def test_too_many_waiting_orders_are_refused() -> None:
    desk, _ = desk_of(nothing_kept)
    for number in range(MAX_WAITING):
        desk.take(order(str(number)))
    with pytest.raises(OrderError):
        desk.take(order("more"))


def test_a_sensor_without_a_ring_says_so() -> None:
    assert nothing_kept("e", Wanted(max_bytes=1, seconds=1)) == NoPackets("absent")
