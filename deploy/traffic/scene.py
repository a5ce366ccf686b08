# SPDX-License-Identifier: GPL-2.0-only
"""A town on the wire: who lives where, and conversations between them, all from one seeded random source."""

import random
from collections.abc import Iterator, Sequence
from typing import Any

from scapy.layers.dns import DNS, DNSQR
from scapy.layers.inet import IP, TCP, UDP
from scapy.layers.l2 import Ether
from scapy.packet import Packet, Raw

Timed = tuple[float, Packet]
RESOLVER = "10.20.0.53"
PLATFORMS = {  # platform: the network of its clients and servers in the demonstration
    "computing": "10.20.1.{}",
    "callcentre": "10.20.2.{}",
    "agriculture": "10.20.3.{}",
    "factory": "10.20.4.{}",
    "trade": "10.20.5.{}",
    "logistics": "10.20.6.{}",
    "tourism": "10.20.7.{}",
    "access": "10.20.8.{}",
}
SITES = [
    "www.example.com",
    "api.trade.example.net",
    "cdn.tourism.example.org",
    "login.gov.example.cn",
    "mqtt.farm.example.cn",
    "sip.callcentre.example.cn",
    "updates.example.com",
    "ntp.example.org",
    "trace.produce.example.cn",
    "port.logistics.example.cn",
    "stream.tourism.example.org",
    "mirror.example.net",
]
OUTSIDE = "198.51.100.{}"
FORTH, BACK = 0, 1
Turn = tuple[int, bytes]
"""Who speaks (FORTH: the client), and what."""
SEGMENT = 1400
"""Payload bytes of a full segment."""


class Town:
    """Makes packets from one seeded random source."""

    def __init__(self, seed: int, start: float, seconds: float) -> None:
        self.random = random.Random(seed)
        self.start = start
        self.seconds = seconds

    def moment(self) -> float:
        return self.start + self.random.random() * self.seconds

    def inside(self, platform: str | None = None) -> str:
        network = PLATFORMS[platform or self.random.choice(sorted(PLATFORMS))]
        return network.format(self.random.randrange(10, 250))

    def outside(self) -> str:
        return OUTSIDE.format(self.random.randrange(1, 255))

    def port(self) -> int:
        return self.random.randrange(20_000, 60_000)

    def frame(self, source: str, destination: str, payload: Packet) -> Packet:
        return Ether(src=mac(source), dst=mac(destination)) / IP(src=source, dst=destination) / payload

    def lookup(
        self,
        at: float,
        client: str,
        name: str,
        kind: str = "A",
        *,
        answers: list[Any] | None = None,
        server: str = RESOLVER,
        port: int = 53,
        code: int = 0,
        qclass: str = "IN",
    ) -> Iterator[Timed]:
        number, source = self.random.randrange(65536), self.port()
        question = DNSQR(qname=name, qtype=kind, qclass=qclass)
        yield (
            at,
            self.frame(client, server, UDP(sport=source, dport=port) / DNS(id=number, rd=1, qd=question)),
        )
        if answers is not None:
            reply = DNS(id=number, qr=1, rd=1, ra=1, rcode=code, qd=question, an=answers)
            yield at + 0.004, self.frame(server, client, UDP(sport=port, dport=source) / reply)

    def visit(
        self,
        at: float,
        client: str,
        server: str,
        port: int,
        sent: bytes,
        answered: bytes,
        *,
        close: bool = True,
    ) -> Iterator[Timed]:
        """One TCP connection: hand-shake, a request, an answer, and the end."""
        yield from self.talk(at, client, server, port, [(FORTH, sent), (BACK, answered)], close=close)

    def talk(
        self,
        at: float,
        client: str,
        server: str,
        port: int,
        turns: Sequence[Turn],
        *,
        close: bool = True,
        source: int | None = None,
        pause: float = 0.003,
    ) -> Iterator[Timed]:
        """One TCP connection whose ends take turns. source: the client's port. pause: seconds between segments."""
        connection = Connection(self, client, server, source or self.port(), port)
        segments = [*connection.open(), *connection.say(turns), *(connection.close() if close else ())]
        for step, packet in enumerate(segments):
            yield at + step * pause, packet

    def probe(self, at: float, client: str, server: str, port: int, flags: str) -> Timed:
        """One TCP segment of a scan."""
        tcp = TCP(sport=self.port(), dport=port, flags=flags, seq=self.random.randrange(2**31))
        return at, self.frame(client, server, tcp)


def mac(address: str) -> str:
    return "02:00:" + ":".join(f"{int(part):02x}" for part in address.split("."))


class Connection:
    """A TCP connection's sequence numbers."""

    def __init__(self, town: Town, client: str, server: str, source: int, port: int) -> None:
        self._town = town
        self._ends, self._ports = (client, server), (source, port)
        self._next = [town.random.randrange(2**31), town.random.randrange(2**31)]

    def _segment(self, speaker: int, flags: str, load: bytes = b"") -> Packet:
        listener = 1 - speaker
        tcp = TCP(
            sport=self._ports[speaker],
            dport=self._ports[listener],
            flags=flags,
            seq=self._next[speaker] % 2**32,
            ack=self._next[listener] % 2**32 if "A" in flags else 0,
            window=64240,
        )
        self._next[speaker] += len(load) + ("S" in flags) + ("F" in flags)
        payload = tcp / Raw(load) if load else tcp
        return self._town.frame(self._ends[speaker], self._ends[listener], payload)

    def open(self) -> Iterator[Packet]:
        for speaker, flags in ((FORTH, "S"), (BACK, "SA"), (FORTH, "A")):
            yield self._segment(speaker, flags)

    def say(self, turns: Sequence[Turn]) -> Iterator[Packet]:
        for speaker, said in turns:
            for start in range(0, len(said), SEGMENT):
                yield self._segment(speaker, "PA", said[start : start + SEGMENT])

    def close(self) -> Iterator[Packet]:
        for speaker, flags in ((FORTH, "FA"), (BACK, "FA"), (FORTH, "A")):
            yield self._segment(speaker, flags)
