"""One browser's stream as Server-Sent Events."""

from collections.abc import AsyncIterator
from typing import Any

from console.accounts.person import Person


async def frames(hub: Any, person: Person, last: str) -> AsyncIterator[str]:
    async for item in hub.follow(person, last):
        yield item
