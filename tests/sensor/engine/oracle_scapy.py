"""Prints what scapy sees in a capture: [[protocol, source, destination, source port, destination port, packets], …].

Stand-alone, run as a child process: python oracle_scapy.py FILE.
"""

import json
import sys
from collections import Counter

# A stand-alone script: the product never imports scapy.
from scapy.layers.inet import IP, TCP, UDP  # noqa: TID251
from scapy.layers.inet6 import IPv6  # noqa: TID251
from scapy.utils import PcapReader  # noqa: TID251


def main(path: str) -> None:
    seen: Counter[tuple[str, str, str, int, int]] = Counter()
    with PcapReader(path) as reader:
        for packet in reader:
            network = packet.getlayer(IP) or packet.getlayer(IPv6)
            transport = packet.getlayer(TCP) or packet.getlayer(UDP)
            if network is None or transport is None:
                continue
            name = "tcp" if packet.haslayer(TCP) else "udp"
            seen[name, network.src, network.dst, transport.sport, transport.dport] += 1
    print(json.dumps([[*key, count] for key, count in seen.items()]))


if __name__ == "__main__":
    main(sys.argv[1])
