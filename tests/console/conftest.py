from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.console.room import Room, room


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
async def console(tmp_path: Path) -> AsyncIterator[Room]:
    async with room(tmp_path) as opened:
        yield opened
