"""`starwatch packets get`: packets out of this machine's ring, or the evidence of an alert out of the analyzer."""

import re
import time
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated

import typer

from analyzer.control import ask
from analyzer.errors import InvalidError
from analyzer.evidence.vault import place_of
from analyzer.ledger import LOCAL, Actor
from analyzer.settings import load_settings as load_analyzer
from console.hunt.moments import parse_moment
from sensor._native import Wanted, ring_epochs
from sensor.capture.slice import Slice, Slicer
from sensor.settings import load_settings

FAILED = 1
SECONDS = 600.0
"""Somebody waits for it at the command line, and may stop waiting."""
Flow = tuple[str, str, int, int, int]
PROTOCOLS = {"any": 0, "icmp": 1, "tcp": 6, "udp": 17, "icmp6": 58, "sctp": 132}
END = r"(\[(?P<v6{0}>[^]]+)\]|(?P<v4{0}>[^:,\[\]]+))(:(?P<port{0}>[0-9]{{1,5}}))?"
FLOW = re.compile(r"(?P<protocol>[a-z0-9]+):" + END.format(1) + "," + END.format(2))
"""tcp:10.0.0.1:4000,10.0.0.2:80 or udp:[2001:db8::1]:53,[2001:db8::2]:53; ports may be left out."""
packets_app = typer.Typer(no_args_is_help=True, help="Packets of the past. 历史数据包。")


@packets_app.callback()
def packets() -> None:
    """One command is a group too: without this Typer would leave its name out."""


@packets_app.command()
def get(
    context: typer.Context,
    output: Annotated[Path, typer.Option("--output", "-o", help="The pcap to write. 输出文件。")],
    flow: Annotated[
        list[str] | None, typer.Option(help="PROTOCOL:ADDRESS[:PORT],ADDRESS[:PORT], an IPv6 in []. 会话。")
    ] = None,
    host: Annotated[list[str] | None, typer.Option(help="Everything of an address. 主机。")] = None,
    community_id: Annotated[str | None, typer.Option(help="Of the conversation. 会话标识。")] = None,
    start: Annotated[str, typer.Option("--from", help="now-15m, ISO 8601 or ns. 起始时间。")] = "",
    end: Annotated[str, typer.Option("--to", help="The same. 结束时间。")] = "",
    side: Annotated[str, typer.Option(help="both, source or destination of the flow. 方向。")] = "both",
    epoch: Annotated[str, typer.Option(help="Of an event; the newest live one if not said. 批次。")] = "",
    max_mib: Annotated[int, typer.Option(min=1, max=1 << 16, help="Largest pcap. 最大兆字节。")] = 1024,
    evidence: Annotated[str, typer.Option(help="SHA-256 of an alert's packets instead. 证据哈希。")] = "",
) -> None:
    """Packets as a pcap file: from the sensor's ring here, or an alert's from the evidence store. 提取数据包。

    Exit code 1 when there are none, or not all of them.
    """
    data = context.obj
    if evidence:
        output.write_bytes(stored(data, evidence))
        return
    now_ns = time.time_ns()
    settings = load_settings(data)
    chosen = epoch or newest(settings.ring)
    moments = (parse_moment(start, now_ns), parse_moment(end, now_ns))
    try:
        wanted = Wanted(
            epoch=chosen,
            first_ns=-(1 << 63) if moments[0] is None else moments[0],
            last_ns=(1 << 63) - 1 if moments[1] is None else moments[1],
            flows=[*map(parse_flow, flow or ()), *((it, "", 0, 0, 0) for it in host or ())],
            community_id=community_id,
            sides=side,
            max_bytes=max_mib << 20,
            seconds=SECONDS,
        )
    except ValueError as fault:
        raise InvalidError(str(fault)) from fault
    found = Slicer(settings.ring, settings.captures).cut(chosen, wanted)
    output.write_bytes(found.pcap)
    report(found)


def stored(data: Path, sha256: str) -> bytes:
    """Recorded in the audit trail like a download in the console."""
    settings = load_analyzer(data)
    ask(settings.control_socket, "evidence.download", Actor(LOCAL), {"sha256": sha256})
    return place_of(settings.evidence, sha256).read_bytes()


def newest(ring: Path) -> str:
    epochs = ring_epochs(str(ring))
    return epochs[-1] if epochs else ""


def report(found: Slice) -> None:
    typer.echo(f"{found.count} packets, {found.reason or 'complete'}", err=True)
    if not found.complete or not found.count:
        raise typer.Exit(FAILED)


def parse_flow(text: str) -> Flow:
    """Raises InvalidError."""
    parts = FLOW.fullmatch(text)
    if parts is None or parts["protocol"] not in PROTOCOLS:
        raise InvalidError(
            f"not a flow: {text}",
            hint=f"write tcp:10.0.0.1:4000,10.0.0.2:80; protocols: {', '.join(PROTOCOLS)}",
        )
    ends = [(parts[f"v6{end}"] or parts[f"v4{end}"], int(parts[f"port{end}"] or 0)) for end in (1, 2)]
    (source, source_port), (destination, destination_port) = ends
    try:
        for address in (source, destination):
            ip_address(address)
    except ValueError as fault:
        raise InvalidError(str(fault)) from fault
    if max(source_port, destination_port) > 65_535:
        raise InvalidError(f"not a port: {max(source_port, destination_port)}")
    return source, destination, source_port, destination_port, PROTOCOLS[parts["protocol"]]
