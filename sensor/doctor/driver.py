"""What an interface's driver says through SIOCETHTOOL (linux/ethtool.h)."""

import array
import fcntl
import socket
import struct
from dataclasses import dataclass

SIOCETHTOOL, SIOCGIFFLAGS = 0x8946, 0x8913
GET_RINGS, GET_TSO, GET_GSO, GET_FLAGS, GET_GRO = 0x10, 0x1E, 0x23, 0x25, 0x2B
LRO_FLAG = 1 << 15
IFF_UP, IFF_RUNNING = 0x1, 0x40
NAME_BYTES = 16


@dataclass(frozen=True, slots=True)
class Driver:
    """offloads: those switched on that merge packets. ring: (entries now, most); None: the driver does not say."""

    up: bool
    offloads: tuple[str, ...]
    ring: tuple[int, int] | None


def look(interface: str) -> Driver:
    """Raises OSError when there is no such interface."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        number = any_socket.fileno()
        flags = interface_flags(number, interface)
        return Driver(
            flags & IFF_UP != 0 and flags & IFF_RUNNING != 0,
            offloads(number, interface),
            ring(number, interface),
        )


def interface_flags(number: int, interface: str) -> int:
    request = struct.pack(f"{NAME_BYTES}s24x", interface.encode())
    flags: int = struct.unpack_from("H", fcntl.ioctl(number, SIOCGIFFLAGS, request), NAME_BYTES)[0]
    return flags


def offloads(number: int, interface: str) -> tuple[str, ...]:
    asked = (("GRO", GET_GRO, ~0), ("LRO", GET_FLAGS, LRO_FLAG), ("TSO", GET_TSO, ~0), ("GSO", GET_GSO, ~0))
    return tuple(
        name for name, command, mask in asked if (ask(number, interface, command, 2) or (0, 0))[1] & mask
    )


def ring(number: int, interface: str) -> tuple[int, int] | None:
    """ethtool_ringparam: command, four maxima, four present sizes; receive is the first of each."""
    answer = ask(number, interface, GET_RINGS, 9)
    return (answer[5], answer[1]) if answer is not None else None


def ask(number: int, interface: str, command: int, words: int) -> tuple[int, ...] | None:
    """The structure the driver fills, as 32-bit words; None when it does not know the command."""
    buffer = array.array("I", [command] + [0] * (words - 1))
    request = struct.pack(f"{NAME_BYTES}sP16x", interface.encode(), buffer.buffer_info()[0])
    try:
        fcntl.ioctl(number, SIOCETHTOOL, request)
    except OSError:
        return None
    return tuple(buffer)
