"""What each check says of what was seen."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from sensor.capture.nic import Nic
from sensor.doctor.driver import Driver

Verdict = Literal["good", "note", "bad"]
CLOCK = Path("/sys/devices/system/clocksource/clocksource0/current_clocksource")
BOTH_WAYS = 0.8
"""Part of TCP conversations that must have packets of both sides; some ends always answer nobody."""
MANY_DUPLICATES = 0.05
FEW = 20
"""Fewer conversations say nothing about both directions."""


@dataclass(frozen=True, slots=True)
class Finding:
    """check: its name. found, mend: (Chinese, English); mend is empty when nothing is to be done."""

    check: str
    verdict: Verdict
    found: tuple[str, str]
    mend: tuple[str, str] = ("", "")


@dataclass(frozen=True, slots=True)
class Seen:
    """One interface over some seconds. counts: of the tap. flows: the flow events of what was captured."""

    interface: str
    seconds: float
    driver: Driver
    before: Nic
    after: Nic
    counts: Mapping[str, int]
    flows: tuple[Mapping[str, Any], ...]


def judge(seen: Seen) -> Iterator[Finding]:
    """In the order somebody would mend them."""
    for check in (link, rate, directions, duplicates, vlans, losses, offloads, rings, clock):
        yield check(seen)


def link(seen: Seen) -> Finding:
    if seen.driver.up:
        return Finding(
            "link",
            "good",
            ("接口已启用并有链路，可设为混杂模式", "up, with a link; promiscuous mode was possible"),
        )
    return Finding(
        "link",
        "bad",
        ("接口未启用或无链路", "switched off, or without a link"),
        (
            f"执行 ip link set {seen.interface} up，检查网线或光模块",
            f"ip link set {seen.interface} up; look at the cable",
        ),
    )


def rate(seen: Seen) -> Finding:
    packets = seen.counts["wire"] / seen.seconds
    found = (f"每秒 {packets:,.0f} 包", f"{packets:,.0f} packets a second")
    if seen.counts["wire"]:
        return Finding("rate", "good", found)
    return Finding(
        "rate",
        "bad",
        found,
        ("检查镜像口配置和接线", "nothing arrives: look at the mirror port and the cable"),
    )


def directions(seen: Seen) -> Finding:
    talks = [flow for flow in seen.flows if flow["network"]["transport"] == "tcp"]
    both = sum(1 for flow in talks if flow["source"]["packets"] and flow["destination"]["packets"])
    found = (
        f"{len(talks)} 个 TCP 会话中 {both} 个双向可见",
        f"{both} of {len(talks)} TCP conversations seen both ways",
    )
    if len(talks) < FEW:
        return Finding(
            "directions",
            "note",
            found,
            ("流量太少，无法判断", "too little traffic to tell; try again when busy"),
        )
    if both >= BOTH_WAYS * len(talks):
        return Finding("directions", "good", found)
    return Finding(
        "directions",
        "bad",
        found,
        (
            "镜像口须同时复制收发两个方向；分光器两路都要监听（-i A -i B）",
            "mirror rx and tx; of a tap listen on both ports (-i A -i B)",
        ),
    )


def duplicates(seen: Seen) -> Finding:
    share = seen.counts["duplicate"] / max(seen.counts["wire"], 1)
    found = (f"重复包 {share:.1%}", f"{share:.1%} duplicates")
    if share <= MANY_DUPLICATES:
        return Finding("duplicates", "good", found)
    return Finding(
        "duplicates",
        "note",
        found,
        (
            "已自动去重；镜像端口时只取一个方向或一个 VLAN 可减轻负载",
            "they are removed; mirror each packet once to save the load",
        ),
    )


def vlans(seen: Seen) -> Finding:
    ids = sorted({flow["network"]["vlan"]["id"] for flow in seen.flows if "vlan" in flow["network"]}, key=int)
    named = ", ".join(ids[:20]) or "-"
    return Finding("vlans", "good", (f"见到的 VLAN：{named}", f"VLANs seen: {named}"))


def losses(seen: Seen) -> Finding:
    dropped, errors = seen.after.dropped - seen.before.dropped, seen.after.errors - seen.before.errors
    ours = seen.counts["dropped"] + seen.counts["shed"]
    found = (
        f"网卡丢弃 {dropped}，错误 {errors}，采集丢弃 {ours}",
        f"{dropped} dropped by the card, {errors} broken, {ours} dropped by capture",
    )
    if dropped == errors == ours == 0:
        return Finding("losses", "good", found)
    return Finding(
        "losses",
        "bad",
        found,
        (
            "增大网卡环形缓冲（ethtool -G）与 capture_ring_mib，增加 readers；错误多则换线",
            "larger rings (ethtool -G, capture_ring_mib), more readers; errors: change the cable",
        ),
    )


def offloads(seen: Seen) -> Finding:
    named = ", ".join(seen.driver.offloads) or "-"
    merged = seen.counts["merged"]
    found = (f"合并卸载：{named}；合并包 {merged}", f"offloads on: {named}; {merged} merged packets seen")
    if not merged and "LRO" not in seen.driver.offloads and "GRO" not in seen.driver.offloads:
        return Finding("offloads", "good", found)
    return Finding(
        "offloads",
        "note",
        found,
        (
            f"ethtool -K {seen.interface} gro off lro off tso off gso off",
            f"packet sizes are not those of the wire: ethtool -K {seen.interface} gro off lro off tso off gso off",
        ),
    )


def rings(seen: Seen) -> Finding:
    if seen.driver.ring is None or not seen.driver.ring[1]:
        return Finding("rings", "good", ("驱动没有接收环", "the driver has no receive ring"))
    now, most = seen.driver.ring
    found = (f"接收环 {now}/{most}", f"receive ring {now} of {most}")
    if now == most:
        return Finding("rings", "good", found)
    return Finding(
        "rings",
        "note",
        found,
        (f"ethtool -G {seen.interface} rx {most}", f"ethtool -G {seen.interface} rx {most}"),
    )


def clock(_: Seen) -> Finding:
    try:
        source = CLOCK.read_text().strip()
    except OSError:
        return Finding("clock", "note", ("无法读取时钟源", "the clock source cannot be read"))
    verdict: Verdict = "note" if source in ("acpi_pm", "jiffies") else "good"
    mend = ("", "") if verdict == "good" else ("改用 tsc 时钟源", "a slow clock: choose tsc")
    return Finding("clock", verdict, (f"时钟源 {source}", f"clock source {source}"), mend)
