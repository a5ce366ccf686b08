"""Which interfaces there are, and what arrives on them: for whoever has to choose one."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from sensor.capture.nic import Nic, read_nics

SECONDS = 2.0
HOW_TO_CHOOSE = """Choose the one a switch's mirror port or a tap is plugged into: it receives much and sends nothing.
Then: make up IF=NAME, or starwatch sensor run -i NAME; starwatch doctor -i NAME says whether it sees all.
选择接在交换机镜像口或分光器上的接口：只收不发、流量大。
然后运行 make up IF=接口名；starwatch doctor -i 接口名 可检查是否看全。"""


@dataclass(frozen=True, slots=True)
class Rate:
    """Received a second; packets_sent tells a host's own interface from a tap, which never sends."""

    name: str
    packets: float
    bits: float
    packets_sent: float


def measure(
    seconds: float = SECONDS,
    *,
    read: Callable[[], Mapping[str, Nic]] = read_nics,
    pause: Callable[[float], None] = time.sleep,
) -> list[Rate]:
    """The busiest first."""
    before = read()
    pause(seconds)
    after = read()
    rates = [rate(name, before[name], nic, seconds) for name, nic in after.items() if name in before]
    return sorted(rates, key=lambda each: -each.packets)


def rate(name: str, before: Nic, now: Nic, seconds: float) -> Rate:
    return Rate(
        name,
        (now.packets - before.packets) / seconds,
        (now.bytes - before.bytes) * 8 / seconds,
        (now.sent - before.sent) / seconds,
    )


def described(rates: Sequence[Rate]) -> str:
    """As a table for people, with how to choose."""
    rows = [
        f"{each.name:<16} {each.packets:>12,.0f} {each.bits / 1e6:>12,.2f} {each.packets_sent:>12,.0f}"
        for each in rates
    ]
    head = f"{'interface 接口':<14} {'packets/s 包':>11} {'Mbit/s':>12} {'sent/s 发送':>10}"
    return "\n".join([head, *rows, "", HOW_TO_CHOOSE])
