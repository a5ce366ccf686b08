"""Stand-alone (GPL-2.0-only, as scapy): decode the DNS datagrams of a capture with scapy, one JSON line a message.

Run as a child process: python oracle_scapy.py CAPTURE
"""

import json
import sys

from scapy.layers.dns import DNS  # noqa: TID251
from scapy.layers.inet import UDP  # noqa: TID251
from scapy.utils import PcapReader  # noqa: TID251

ADDRESS_TYPES = {1, 28}


def records(dns: DNS) -> list[list[object]]:
    """[type, ttl, address or ""] of every record but OPT."""
    found = []
    for section in (dns.an, dns.ns, dns.ar):
        for record in section or []:
            if record.type != 41:
                address = str(record.rdata) if record.type in ADDRESS_TYPES else ""
                found.append([record.type, record.ttl, address])
    return found


def main(path: str) -> None:
    for packet in PcapReader(path):
        if packet.haslayer(UDP) and packet.haslayer(DNS):
            dns = packet[DNS]
            name = dns.qd[0].qname.decode("ascii").rstrip(".") or "." if dns.qd else None
            print(
                json.dumps(
                    {
                        "id": dns.id,
                        "answer": bool(dns.qr),
                        "opcode": dns.opcode,
                        "name": name,
                        "type": dns.qd[0].qtype if dns.qd else None,
                        "counts": [dns.ancount, dns.nscount, dns.arcount],
                        "records": records(dns),
                    }
                )
            )


if __name__ == "__main__":
    main(sys.argv[1])
