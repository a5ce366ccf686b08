"""A network namespace with a tap in it, for tests of live capture: `gen0` sends, `tap0` is listened on."""

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import pytest

TAP, SENDER = "tap0", "gen0"
SET_UP = (
    "link set lo up",
    f"link add {TAP} type veth peer name {SENDER}",
    f"link set {TAP} mtu 9000 addrgenmode none",
    f"link set {SENDER} mtu 9000 addrgenmode none",
    f"link set {TAP} up",
    f"link set {SENDER} up",
)


@dataclass(frozen=True, slots=True)
class Namespace:
    """name: as `ip netns` knows it."""

    name: str

    def ip(self, command: str) -> None:
        subprocess.run(["ip", "-n", self.name, *command.split()], check=True, capture_output=True)

    def command(self, *words: str) -> list[str]:
        """What runs `words` inside."""
        return ["ip", "netns", "exec", self.name, *words]

    @contextmanager
    def entered(self) -> Iterator[None]:
        """This thread is inside; sockets opened there stay there."""
        home = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
        there = os.open(f"/run/netns/{self.name}", os.O_RDONLY)
        try:
            os_setns(there)
            yield
        finally:
            os_setns(home)
            os.close(home)
            os.close(there)

    def sender(self, interface: str = SENDER) -> socket.socket:
        """A raw socket that sends frames as they are."""
        with self.entered():
            sender = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
            sender.bind((interface, 0))
            return sender


def os_setns(descriptor: int) -> None:
    """setns(2); Python has it from 3.12 on."""
    import ctypes

    if ctypes.CDLL(None, use_errno=True).setns(descriptor, 0x40000000):
        raise OSError(ctypes.get_errno(), "setns")


def namespace() -> Iterator[Namespace]:
    """Made, given, taken away. Where the kernel or the rights do not allow it the test is skipped, in CI it fails."""
    made = Namespace(f"starwatch-{os.getpid()}-{time.monotonic_ns() % 1_000_000}")
    reason = refusal(made.name)
    if reason:
        (pytest.fail if os.environ.get("CI") else pytest.skip)(f"no network namespace: {reason}")
    try:
        for command in SET_UP:
            made.ip(command)
        quiet(made)
        yield made
    finally:
        subprocess.run(["ip", "netns", "delete", made.name], check=False)


def quiet(made: Namespace) -> None:
    """No packet but the test's own: IPv6 would announce itself."""
    subprocess.run(
        made.command("sysctl", "-qw", "net.ipv6.conf.all.disable_ipv6=1"), check=False, capture_output=True
    )


def refusal(name: str) -> str:
    """Why it cannot be made, empty when it was."""
    if not shutil.which("ip"):
        return "iproute2 is not installed"
    done = subprocess.run(["ip", "netns", "add", name], check=False, capture_output=True, text=True)
    return done.stderr.strip() if done.returncode else ""


def udp(number: int, *, port: int = 0, payload: bytes = b"abcd", vlan: int = 0, ttl: int = 64) -> bytes:
    """Frame number `number`: no two are alike. 10.0.0.1 → 10.0.0.2, source port 1000 + `port`."""
    tag = b"\x81\x00" + (0x6000 | vlan).to_bytes(2, "big") if vlan else b""
    body = (1000 + port).to_bytes(2, "big") + b"\x00\x50" + (8 + len(payload)).to_bytes(2, "big") + b"\0\0"
    length = (28 + len(payload)).to_bytes(2, "big")
    head = b"\x45\0" + length + (number & 0xFFFF).to_bytes(2, "big") + b"\0\0" + bytes([ttl, 17]) + b"\0\0"
    addresses = bytes([10, 0, number >> 16 & 0xFF, 1, 10, 0, 0, 2])
    return bytes(12) + tag + b"\x08\x00" + head + addresses + body + payload


def send(sender: socket.socket, frames: Iterable[bytes], pause: float = 0.0) -> int:
    """How many were sent; each is tried until there is room for it."""
    sent = 0
    for frame in frames:
        sender.send(frame)
        sent += 1
        if pause:
            time.sleep(pause)
    return sent
