"""The client when the analyzer goes away in the middle (its good days are in test_server.py)."""

import asyncio
from pathlib import Path

import pytest

from analyzer.control import AnalyzerAwayError, ControlClient
from analyzer.ledger import LOCAL, Actor


def test_a_connection_that_ends_ends_the_waiting(tmp_path: Path) -> None:
    """It is not known whether the request was carried out, so it is not sent again."""
    path = tmp_path / "control.sock"
    asked: list[bytes] = []

    async def hang_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.append(await reader.readline())
        writer.close()

    async def scene() -> None:
        server = await asyncio.start_unix_server(hang_up, str(path))
        client = ControlClient(path)
        for _ in range(2):
            with pytest.raises(AnalyzerAwayError):
                await client.request("status.read", Actor(LOCAL))
        await client.close()
        server.close()
        await server.wait_closed()

    asyncio.run(scene())
    assert len(asked) == 2
