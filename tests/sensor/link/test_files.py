"""Files over the link: behind events, in pieces, from the beginning again after a break."""

import asyncio
import json
from pathlib import Path
from typing import Any, cast

import pytest
from websockets.asyncio.client import ClientConnection

from sensor._native import Events
from sensor.errors import LinkError
from sensor.extract import Vault, Waiting
from sensor.extract.index import place
from sensor.link.files import CHUNK_BYTES, FileDesk
from sensor.outbox.batch import unpack
from tests.sensor.extract.parts import batch, digest

pytestmark = pytest.mark.anyio

LARGE = bytes(range(256)) * (3 * CHUNK_BYTES // 256) + b"rest"


class Wire:
    """What would have been sent."""

    def __init__(self) -> None:
        self.messages: list[Any] = []

    async def send(self, message: str | bytes) -> None:
        if isinstance(message, str):
            self.messages.append(json.loads(message))
        else:
            meta, content = unpack(message)
            self.messages.append((json.loads(meta)["file"], content))


def vault_with(folder: Path, *contents: bytes) -> None:
    for content in contents:
        Vault(folder, max_bytes=1 << 30).keep("e", cast(Events, batch(content)))


async def steps(desk: FileDesk, wire: Wire) -> int:
    """Until there is nothing to send; how many messages that were."""
    count = 0
    while await desk.step(cast(ClientConnection, wire)):
        count += 1
    return count


async def test_a_wanted_file_goes_in_pieces_and_waits_no_more(tmp_path: Path) -> None:
    vault_with(tmp_path, LARGE)
    desk, wire, sha256 = FileDesk(tmp_path), Wire(), digest(LARGE)
    assert await steps(desk, wire) == 1
    assert wire.messages.pop() == {"offer": {"sha256": sha256, "size": len(LARGE)}}
    desk.want({"sha256": sha256})
    assert await steps(desk, wire) == 4
    assert [meta["offset"] for meta, _ in wire.messages] == [0, CHUNK_BYTES, 2 * CHUNK_BYTES, 3 * CHUNK_BYTES]
    assert b"".join(content for _, content in wire.messages) == LARGE
    assert sha256 in Waiting(tmp_path)
    desk.have({"sha256": sha256})
    assert Waiting(tmp_path).oldest() == []


async def test_a_file_the_analyzer_has_or_refuses_is_not_sent(tmp_path: Path) -> None:
    vault_with(tmp_path, b"one", b"two")
    desk, wire = FileDesk(tmp_path), Wire()
    for content, reason in ((b"one", {}), (b"two", {"reason": "too large"})):
        assert await steps(desk, wire) == 1
        assert wire.messages.pop()["offer"]["sha256"] == digest(content)
        desk.have({"sha256": digest(content), **reason})
    assert await steps(desk, wire) == 0
    assert Waiting(tmp_path).oldest() == []


async def test_after_a_break_a_file_begins_anew(tmp_path: Path) -> None:
    vault_with(tmp_path, LARGE)
    first, wire = FileDesk(tmp_path), Wire()
    await steps(first, wire)
    first.want({"sha256": digest(LARGE)})
    await first.step(cast(ClientConnection, wire))
    first.close()
    second, wire = FileDesk(tmp_path), Wire()
    await steps(second, wire)
    second.want({"sha256": digest(LARGE)})
    await steps(second, wire)
    assert b"".join(content for _, content in wire.messages[1:]) == LARGE
    second.close()


async def test_what_is_gone_or_damaged_is_not_offered(tmp_path: Path) -> None:
    vault_with(tmp_path, b"gone", b"damaged", b"good")
    place(tmp_path, digest(b"gone")).unlink()
    place(tmp_path, digest(b"damaged")).write_bytes(b"something else")
    desk, wire = FileDesk(tmp_path), Wire()
    assert await steps(desk, wire) == 1
    assert wire.messages[0]["offer"]["sha256"] == digest(b"good")
    assert Waiting(tmp_path).oldest() == [digest(b"good")]
    desk.close()


async def test_a_file_removed_while_it_is_sent_is_sent_whole(tmp_path: Path) -> None:
    vault_with(tmp_path, LARGE)
    desk, wire = FileDesk(tmp_path), Wire()
    await steps(desk, wire)
    place(tmp_path, digest(LARGE)).unlink()
    desk.want({"sha256": digest(LARGE)})
    assert await steps(desk, wire) == 4
    desk.close()


@pytest.mark.parametrize("answer", [None, {}, {"sha256": "f" * 64}, ["sha256"]])
async def test_answers_to_nothing_end_the_connection(tmp_path: Path, answer: Any) -> None:
    vault_with(tmp_path, b"one")
    desk = FileDesk(tmp_path)
    with pytest.raises(LinkError):
        desk.want(answer)
    await steps(desk, Wire())
    for heard in (desk.want, desk.have):
        with pytest.raises(LinkError):
            heard(answer)
    desk.close()


async def test_a_new_file_is_noticed_soon(tmp_path: Path) -> None:
    desk, wire = FileDesk(tmp_path), Wire()
    assert await steps(desk, wire) == 0
    vault_with(tmp_path, b"one")
    await asyncio.sleep(0.15)
    assert await steps(desk, wire) == 1
    desk.close()
