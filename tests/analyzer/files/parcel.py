"""A sensor that offers and sends files over a raw connection, and file events as a sensor writes them."""

import hashlib
import json
import ssl
from pathlib import Path
from typing import Any

from websockets.asyncio.client import ClientConnection, connect

from sensor.outbox import BatchMeta
from sensor.outbox.batch import pack
from tests.analyzer.inbox.rig import frame_of

CHUNK = 256 << 10
NOON = 1_790_000_000 * 1_000_000_000
# Assembled here, so that no scanner takes this file for the test file.
EICAR = b"X5O!P%@AP[4\\PZX54(P^)7CC)7}" + b"$EICAR-STANDARD-" + b"ANTIVIRUS-TEST-FILE!$H+H*"


def digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def file_event(number: int, content: bytes, name: str = "a.bin", epoch: str = "e") -> dict[str, Any]:
    """What a sensor says of a file a server sent to a client."""
    return {
        "@timestamp": "2026-09-21T12:53:20.000000Z",
        "starwatch": {"time_ns": NOON + number},
        "event": {
            "id": f"sensor-1-{epoch}-{number}",
            "kind": "event",
            "category": ["file"],
            "type": ["info"],
            "dataset": "starwatch.file",
        },
        "observer": {"id": "sensor-1"},
        "platform": {"id": ["computing"]},
        "source": {"ip": "10.20.1.7", "port": 40_000},
        "destination": {"ip": "198.51.100.9", "port": 80},
        "network": {"transport": "tcp", "protocol": "http", "community_id": "1:abc"},
        "file": {
            "name": name,
            "size": len(content),
            "mime_type": "text/plain",
            "hash": {"sha256": digest(content)},
            "source": "http",
            "sender": "server",
            "complete": True,
        },
    }


def batch(folder: Path, first: int, events: list[dict[str, Any]], packet: int = 0) -> bytes:
    """A message with these events; packet: 0 as of a file, else live."""
    lines = b"".join(json.dumps(event).encode() + b"\n" for event in events)
    meta = BatchMeta("e", first, len(events), packet, packet)
    return pack(meta.encode(), frame_of(lines, folder))


def pieces(content: bytes) -> list[bytes]:
    about = {"sha256": digest(content), "size": len(content)}
    return [
        pack(json.dumps({"file": {**about, "offset": at}}).encode(), content[at : at + CHUNK])
        for at in range(0, len(content), CHUNK)
    ]


def linked(port: int, context: ssl.SSLContext) -> connect:
    return connect(f"wss://localhost:{port}/link", ssl=context, compression=None, proxy=None)


async def answer(connection: ClientConnection) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(await connection.recv())
    return found


async def offer(connection: ClientConnection, content: bytes) -> dict[str, Any]:
    await connection.send(json.dumps({"offer": {"sha256": digest(content), "size": len(content)}}))
    return await answer(connection)


async def send(connection: ClientConnection, content: bytes) -> dict[str, Any]:
    """Offer a file and send it; the last answer."""
    said = await offer(connection, content)
    if "have" in said:
        return said
    assert said == {"want": {"sha256": digest(content)}}
    for piece in pieces(content):
        await connection.send(piece)
    return await answer(connection)
