from collections.abc import Iterator
from pathlib import Path

import pytest

from analyzer.state import Sessions, close
from tests.analyzer.state.fresh import fresh_state


@pytest.fixture
def sessions(tmp_path: Path) -> Iterator[Sessions]:
    opened = fresh_state(tmp_path)
    yield opened
    close(opened)


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"
