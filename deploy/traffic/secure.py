# SPDX-License-Identifier: GPL-2.0-only
"""TLS by hand: hellos, certificates and records as they lie on the wire; what is encrypted is random bytes."""

import datetime
from collections.abc import Iterator, Sequence

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID
from network import Attack
from scene import BACK, FORTH, SITES, Timed, Town, Turn

MODERN = (0x1301, 0x1302, 0x1303, 0xC02B, 0xC02F, 0xC02C, 0xC030)
TLS10, TLS12, TLS13 = 0x0301, 0x0303, 0x0304
HANDSHAKE, CHANGE, ALERT, DATA, HEARTBEAT = 22, 20, 21, 23, 24


def counted(content: bytes, size: int) -> bytes:
    """The content behind its length in `size` bytes."""
    return len(content).to_bytes(size, "big") + content


def word(value: int) -> bytes:
    return value.to_bytes(2, "big")


def record(kind: int, content: bytes, version: int = TLS12) -> bytes:
    return bytes([kind]) + word(version) + counted(content, 2)


def message(kind: int, content: bytes) -> bytes:
    return bytes([kind]) + counted(content, 3)


def extension(number: int, content: bytes) -> bytes:
    return word(number) + counted(content, 2)


def client_hello(
    town: Town, name: str, ciphers: Sequence[int], version: int, offered: Sequence[int]
) -> bytes:
    extensions = [
        extension(0, counted(b"\0" + counted(name.encode(), 2), 2)) if name else b"",
        extension(10, counted(word(29) + word(23), 2)),
        extension(13, counted(word(0x0403) + word(0x0804) + word(0x0401), 2)),
        extension(16, counted(counted(b"h2", 1) + counted(b"http/1.1", 1), 2)),
        extension(43, counted(b"".join(map(word, offered)), 1)) if offered else b"",
    ]
    suites = b"".join(map(word, ciphers))
    body = word(min(version, TLS12)) + town.random.randbytes(32) + counted(b"", 1) + counted(suites, 2)
    return message(1, body + b"\1\0" + counted(b"".join(extensions), 2))


def server_hello(town: Town, cipher: int, version: int) -> bytes:
    chosen = extension(43, word(version)) if version == TLS13 else b""
    body = word(min(version, TLS12)) + town.random.randbytes(32) + counted(b"", 1) + word(cipher) + b"\0"
    return message(2, body + counted(chosen, 2))


def certificate(town: Town, subject: str, issuer: str, serial: int) -> bytes:
    """DER. The key is the town's own, so the same town makes the same certificate."""
    key = Ed25519PrivateKey.from_private_bytes(town.random.randbytes(32))
    day = datetime.datetime(2023, 11, 1, tzinfo=datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, subject)]))
        .issuer_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, issuer)]))
        .public_key(key.public_key())
        .serial_number(serial)
        .not_valid_before(day)
        .not_valid_after(day + datetime.timedelta(days=3650))
        .sign(key, None)
    )
    return made.public_bytes(Encoding.DER)


def session(
    town: Town,
    name: str,
    *,
    version: int = TLS13,
    cipher: int = 0x1301,
    ciphers: Sequence[int] = MODERN,
    chain: Sequence[bytes] = (),
) -> list[Turn]:
    """A whole handshake and a little data. chain: DER certificates, shown below TLS 1.3 only."""
    offered = (TLS13, TLS12) if version == TLS13 else ()
    outer = min(version, TLS12)
    hello = record(HANDSHAKE, client_hello(town, name, ciphers, version, offered), TLS10)
    reply = server_hello(town, cipher, version)
    change = record(CHANGE, b"\1", outer)
    if version == TLS13:
        back = record(HANDSHAKE, reply, outer) + change + record(DATA, town.random.randbytes(900), outer)
        forth = change + record(DATA, town.random.randbytes(53), outer)
    else:
        shown = message(11, counted(b"".join(counted(each, 3) for each in chain), 3))
        back = record(HANDSHAKE, reply + shown + message(14, b""), outer)
        forth = record(HANDSHAKE, message(16, town.random.randbytes(66)), outer) + change
        forth += record(HANDSHAKE, town.random.randbytes(40), outer)
    turns = [(FORTH, hello), (BACK, back), (FORTH, forth)]
    if version != TLS13:
        turns.append((BACK, change + record(HANDSHAKE, town.random.randbytes(40), outer)))
    return [
        *turns,
        (FORTH, record(DATA, town.random.randbytes(300), outer)),
        (BACK, record(DATA, town.random.randbytes(1200), outer)),
    ]


def everyday(town: Town) -> Iterator[Timed]:
    for _ in range(int(town.seconds * 2)):
        name = town.random.choice(SITES)
        yield from town.talk(town.moment(), town.inside(), town.outside(), 443, session(town, name))


def obsolete(town: Town) -> Iterator[Timed]:
    """TLS 1.0, still spoken by an old gateway."""
    chain = [certificate(town, "old.gov.example.cn", "District CA", 4711)]
    turns = session(
        town, "old.gov.example.cn", version=TLS10, cipher=0x0035, ciphers=(0x0035, 0x002F), chain=chain
    )
    yield from town.talk(town.moment(), town.outside(), "10.20.1.81", 443, turns)


def weak(town: Town) -> Iterator[Timed]:
    """RC4 with MD5 under TLS 1.2."""
    chain = [certificate(town, "meter.factory.example.cn", "District CA", 4712)]
    turns = session(
        town, "meter.factory.example.cn", version=TLS12, cipher=0x0004, ciphers=(0x0004, 0x0005), chain=chain
    )
    yield from town.talk(town.moment(), town.inside("factory"), "10.20.4.90", 443, turns)


def team_server(town: Town) -> Iterator[Timed]:
    """The certificate a well-known command server shows when nobody changed it."""
    chain = [certificate(town, "Major Cobalt Strike", "Major Cobalt Strike", 146473198)]
    turns = session(town, "", version=TLS12, cipher=0xC02F, chain=chain)
    yield from town.talk(town.moment(), town.inside("callcentre"), town.outside(), 50050, turns)


def self_made(town: Town) -> Iterator[Timed]:
    """A certificate that signs itself, on a port of its own, outside."""
    chain = [certificate(town, "localhost", "localhost", 1)]
    turns = session(town, "", version=TLS12, cipher=0xC030, chain=chain)
    yield from town.talk(town.moment(), town.inside("logistics"), town.outside(), 4782, turns)


def heartbleed(town: Town) -> Iterator[Timed]:
    """A heartbeat that asks for 16 KiB and brings three bytes (CVE-2014-0160)."""
    turns = session(town, "vpn.gov.example.cn", version=TLS12, cipher=0xC02F)[:2]
    turns += [
        (FORTH, record(HEARTBEAT, b"\x01\x40\x00")),
        (BACK, record(HEARTBEAT, b"\x02\x40\x00" + bytes(1200))),
    ]
    yield from town.talk(town.moment(), town.outside(), "10.20.1.82", 443, turns)


ATTACKS: dict[str, Attack] = {
    "tls-obsolete": obsolete,
    "tls-weak-cipher": weak,
    "tls-team-server": team_server,
    "tls-self-made": self_made,
    "tls-heartbleed": heartbleed,
}
