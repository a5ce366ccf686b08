#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Writes a capture of a small district's platforms going about their day, and of attacks on them.

usage: town.py OUT.pcap [--seconds 60] [--seed 1] [--start 1700000000] [--attacks all|none|NAME,NAME…]

The same arguments always give the same bytes.
"""

import argparse
import base64
import random
from collections.abc import Callable, Iterator
from typing import Any

from scapy.layers.dns import DNS, DNSQR, DNSRR
from scapy.layers.inet import ICMP, IP, TCP, UDP
from scapy.layers.l2 import Ether
from scapy.packet import Packet, Raw
from scapy.utils import PcapWriter

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
        source, a, b = self.port(), self.random.randrange(2**31), self.random.randrange(2**31)

        def segment(step: int, forth: bool, flags: str, seq: int, ack: int, load: bytes = b"") -> Timed:
            ends = (client, server) if forth else (server, client)
            ports = {"sport": source, "dport": port} if forth else {"sport": port, "dport": source}
            tcp = TCP(**ports, flags=flags, seq=seq % 2**32, ack=ack % 2**32, window=64240)
            return at + step * 0.003, self.frame(*ends, tcp / Raw(load) if load else tcp)

        yield segment(0, True, "S", a, 0)
        yield segment(1, False, "SA", b, a + 1)
        yield segment(2, True, "A", a + 1, b + 1)
        yield segment(3, True, "PA", a + 1, b + 1, sent)
        yield segment(4, False, "PA", b + 1, a + 1 + len(sent), answered)
        if close:
            yield segment(5, True, "FA", a + 1 + len(sent), b + 1 + len(answered))
            yield segment(6, False, "FA", b + 1 + len(answered), a + 2 + len(sent))
            yield segment(7, True, "A", a + 2 + len(sent), b + 2 + len(answered))

    def probe(self, at: float, client: str, server: str, port: int, flags: str) -> Timed:
        """One TCP segment of a scan."""
        tcp = TCP(sport=self.port(), dport=port, flags=flags, seq=self.random.randrange(2**31))
        return at, self.frame(client, server, tcp)


def mac(address: str) -> str:
    return "02:00:" + ":".join(f"{int(part):02x}" for part in address.split("."))


def everyday(town: Town) -> Iterator[Timed]:
    """What the platforms do all day: look-ups, web visits, polls, calls, pings."""
    for _ in range(int(town.seconds * 4)):
        name, address = town.random.choice(SITES), town.outside()
        at, client = town.moment(), town.inside()
        yield from town.lookup(
            at, client, name, answers=[DNSRR(rrname=name, type="A", ttl=300, rdata=address)]
        )
        if town.random.random() < 0.5:
            request = f"GET / HTTP/1.1\r\nHost: {name}\r\n\r\n".encode()
            yield from town.visit(
                at + 0.02, client, address, 80, request, b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
            )
    for _ in range(int(town.seconds)):
        plc, panel = "10.20.4.10", "10.20.4.200"
        poll, answer = bytes.fromhex("000100000006010300000002"), bytes.fromhex("000100000007010304002a0015")
        yield from town.visit(town.moment(), panel, plc, 502, poll, answer)
        here, there = town.inside(), town.inside()
        at = town.moment()
        yield at, town.frame(here, there, ICMP(type=8, id=7, seq=1) / Raw(b"x" * 32))
        yield at + 0.001, town.frame(there, here, ICMP(type=0, id=7, seq=1) / Raw(b"x" * 32))


def scan(flags: str) -> Callable[[Town], Iterator[Timed]]:
    def attack(town: Town) -> Iterator[Timed]:
        attacker, victim, at = town.outside(), town.inside("computing"), town.moment()
        for step, port in enumerate((21, 22, 23, 80, 443, 445, 3389, 8080)):
            yield town.probe(at + step * 0.01, attacker, victim, port, flags)

    return attack


def tunnel(town: Town) -> Iterator[Timed]:
    """Data carried out in long encoded labels: base32 as iodine does, base64 as DNScat's kin do."""
    client, at = town.inside("trade"), town.moment()
    for step in range(6):
        low = base64.b32encode(town.random.randbytes(35)).decode().rstrip("=").lower()
        mixed = base64.b64encode(town.random.randbytes(33), altchars=b"-_").decode()
        yield from town.lookup(at + step * 0.3, client, f"{low}.t.exfil.example", "TXT")
        yield from town.lookup(at + step * 0.3 + 0.1, client, f"{mixed}.t.exfil.example", "TXT")


def rare_type(town: Town) -> Iterator[Timed]:
    yield from town.lookup(town.moment(), town.inside("agriculture"), "a.tunnel.example", "NULL")


def zone_transfer(town: Town) -> Iterator[Timed]:
    """The whole zone, answered to a stranger (RFC 5936)."""
    zone = "gov.example.cn"
    start = DNSRR(rrname=zone, type="NS", ttl=300, rdata="ns1.gov.example.cn")
    records = [start, DNSRR(rrname=f"vpn.{zone}", type="A", ttl=300, rdata="10.20.1.20"), start]
    asked = bytes(DNS(id=7, rd=0, qd=DNSQR(qname=zone, qtype="AXFR")))
    given = bytes(DNS(id=7, qr=1, aa=1, rd=0, qd=DNSQR(qname=zone, qtype="AXFR"), an=records))
    framed = [len(message).to_bytes(2) + message for message in (asked, given)]
    yield from town.visit(town.moment(), town.outside(), RESOLVER, 53, *framed)


def version_probe(town: Town) -> Iterator[Timed]:
    yield from town.lookup(town.moment(), town.outside(), "version.bind", "TXT", qclass="CH")


def onion(town: Town) -> Iterator[Timed]:
    name = "vpnexample2qhjn4wqqyqexampleexample.onion"
    yield from town.lookup(town.moment(), town.inside("tourism"), name, answers=[], code=3)


def rebinding(town: Town) -> Iterator[Timed]:
    name = "rebind.attacker.example.com"
    answers = [DNSRR(rrname=name, type="A", ttl=1, rdata="192.168.1.1")]
    yield from town.lookup(town.moment(), town.inside("access"), name, answers=answers)


def odd_port(town: Town) -> Iterator[Timed]:
    yield from town.lookup(
        town.moment(),
        town.inside("logistics"),
        "update.example.com",
        answers=[],
        server=town.outside(),
        port=5354,
    )


def plc_from_outside(town: Town) -> Iterator[Timed]:
    write = bytes.fromhex("000100000006010600010057")
    yield from town.visit(town.moment(), town.outside(), "10.20.4.10", 502, write, write)


def remote_desktop(town: Town) -> Iterator[Timed]:
    hello = bytes.fromhex("0300002c27e00000000000436f6f6b69653a206d737473686173683d610d0a0100080003000000")
    yield from town.visit(town.moment(), town.outside(), town.inside("callcentre"), 3389, hello, hello[:19])


def telnet(town: Town) -> Iterator[Timed]:
    yield from town.visit(
        town.moment(), town.outside(), town.inside("access"), 23, b"root\r\n", b"Password: "
    )


def markup_in_a_name(town: Town) -> Iterator[Timed]:
    """A hostile name that must stay inert on every screen."""
    name = "<img-src=x-onerror=alert(1)>.version.bind"
    yield from town.lookup(town.moment(), town.inside("tourism"), name, "NULL")


BURST_A_SECOND = 20


def burst(town: Town) -> Iterator[Timed]:
    """Evenly spaced look-ups of a rare type, each by another client: one alert each, for measuring latency."""
    clients = [network.format(host) for host in range(10, 250) for network in PLATFORMS.values()]
    for step in range(int(town.seconds * BURST_A_SECOND)):
        at = town.start + step / BURST_A_SECOND
        yield from town.lookup(at, clients[step % len(clients)], f"n{step}.tunnel.example", "NULL")


ATTACKS: dict[str, Callable[[Town], Iterator[Timed]]] = {
    "scan-null": scan(""),
    "scan-fin": scan("F"),
    "scan-xmas": scan("FPU"),
    "scan-synfin": scan("SF"),
    "dns-tunnel": tunnel,
    "dns-rare-type": rare_type,
    "dns-zone-transfer": zone_transfer,
    "dns-version": version_probe,
    "dns-onion": onion,
    "dns-rebinding": rebinding,
    "dns-odd-port": odd_port,
    "ot-from-outside": plc_from_outside,
    "rdp-from-outside": remote_desktop,
    "telnet-from-outside": telnet,
    "markup": markup_in_a_name,
}
ON_REQUEST: dict[str, Callable[[Town], Iterator[Timed]]] = {"burst": burst}


def chosen(names: str) -> list[Callable[[Town], Iterator[Timed]]]:
    if names == "all":
        return list(ATTACKS.values())
    known = ATTACKS | ON_REQUEST
    return [known[name] for name in names.split(",") if name and name != "none"]


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("out")
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--start", type=float, default=1_700_000_000.0)
    parser.add_argument(
        "--attacks", default="all", help="all, none, or names: " + ", ".join(ATTACKS | ON_REQUEST)
    )
    parser.add_argument("--quiet-town", action="store_true", help="only the attacks")
    options = parser.parse_args()
    town = Town(options.seed, options.start, options.seconds)
    packets = [] if options.quiet_town else list(everyday(town))
    for attack in chosen(options.attacks):
        packets.extend(attack(town))
    packets.sort(key=lambda timed: timed[0])
    with PcapWriter(options.out, linktype=1, nano=False) as writer:
        for at, packet in packets:
            packet.time = at
            writer.write(packet)


if __name__ == "__main__":
    main()
