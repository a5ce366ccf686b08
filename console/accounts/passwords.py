"""Argon2id, away from the event loop and never more at once than the machine bears."""

import asyncio
import secrets
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from argon2 import PasswordHasher, Type
from argon2.exceptions import InvalidHashError, VerificationError

from console.errors import ConsoleError

Answer = TypeVar("Answer")

MEMORY_KIB, PASSES, LANES = 64 * 1024, 3, 4
"""RFC 9106 section 4, the second recommended option (OWASP's table asks for less)."""
HASHES_AT_ONCE = 2
"""Each takes MEMORY_KIB: 128 MiB at most, and two cores keep answering other requests."""
WAITING = 32
"""Behind those; more would wait longer than a person does, so they are told to come back."""


class Passwords:
    """Hashes and checks passwords.

    decoy: the hash an unknown account is checked against, so that it costs the same time.
    """

    def __init__(self, memory_kib: int = MEMORY_KIB, passes: int = PASSES, lanes: int = LANES) -> None:
        self._hasher = PasswordHasher(passes, memory_kib, lanes, type=Type.ID)
        self._threads = ThreadPoolExecutor(HASHES_AT_ONCE, thread_name_prefix="argon2")
        self._waiting = 0
        self._decoy = self._hasher.hash(secrets.token_urlsafe())

    async def hash(self, password: str) -> str:
        return await self._run(self._hasher.hash, password)

    async def matches(self, stored: str | None, password: str) -> bool:
        """stored None: no such account; the answer is no, after the same work."""
        right = await self._run(self._verify, self._decoy if stored is None else stored, password)
        return right and stored is not None

    def close(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _verify(self, stored: str, password: str) -> bool:
        try:
            return self._hasher.verify(stored, password)
        except (VerificationError, InvalidHashError):
            return False

    async def _run(self, work: Callable[..., Answer], *arguments: str) -> Answer:
        if self._waiting >= HASHES_AT_ONCE + WAITING:
            raise ConsoleError("busy", retry_after_seconds=5)
        self._waiting += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, work, *arguments)
        finally:
            self._waiting -= 1
