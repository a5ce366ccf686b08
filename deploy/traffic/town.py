#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Writes a capture of a small district's platforms going about their day, and of attacks on them.

usage: town.py OUT.pcap [--seconds 60] [--seed 1] [--start 1700000000] [--attacks all|none|NAME,NAME…]
               [--tunnel vxlan|erspan]

The same arguments always give the same bytes.
"""

import argparse

import mail
import network
import secure
import transfer
import web
from mirror import TUNNELS
from scapy.utils import PcapWriter
from scene import Timed, Town

AREAS = (network, web, secure, mail, transfer)
ATTACKS = {name: attack for area in AREAS for name, attack in area.ATTACKS.items()}
KNOWN = ATTACKS | network.ON_REQUEST


def chosen(names: str) -> list[network.Attack]:
    if names == "all":
        return list(ATTACKS.values())
    return [KNOWN[name] for name in names.split(",") if name and name != "none"]


def options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("out")
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--start", type=float, default=1_700_000_000.0)
    parser.add_argument("--attacks", default="all", help="all, none, or names: " + ", ".join(KNOWN))
    parser.add_argument("--quiet-town", action="store_true", help="only the attacks")
    parser.add_argument(
        "--tunnel", choices=sorted(TUNNELS), help="as a switch or a cloud mirrors it to the sensor"
    )
    return parser.parse_args()


def day(town: Town, attacks: list[network.Attack], quiet_town: bool) -> list[Timed]:
    makers = [*([] if quiet_town else [area.everyday for area in AREAS]), *attacks]
    packets = [timed for maker in makers for timed in maker(town)]
    return sorted(packets, key=lambda timed: timed[0])


def main() -> None:
    asked = options()
    town = Town(asked.seed, asked.start, asked.seconds)
    wrap = TUNNELS.get(asked.tunnel, lambda packet, _: packet)
    with PcapWriter(asked.out, linktype=1, nano=False) as writer:
        for number, (at, packet) in enumerate(day(town, chosen(asked.attacks), asked.quiet_town)):
            out = wrap(packet, number)
            out.time = at
            writer.write(out)


if __name__ == "__main__":
    main()
