"""Argon2id: parameters, bounded concurrency, and the same time for unknown accounts (TRUST.md D.3-18)."""

import asyncio
import statistics
import time
from collections.abc import Iterator

import pytest

from console.accounts.passwords import HASHES_AT_ONCE, LANES, MEMORY_KIB, PASSES, WAITING, Passwords
from console.errors import ConsoleError

pytestmark = pytest.mark.anyio


@pytest.fixture
def passwords() -> Iterator[Passwords]:
    made = Passwords(memory_kib=8, passes=1, lanes=1)
    yield made
    made.close()


def test_parameters_are_the_rfcs() -> None:
    """RFC 9106 section 4, second recommended option; OWASP asks for 19 MiB and 2 passes at least."""
    assert (MEMORY_KIB, PASSES, LANES) == (65536, 3, 4)


async def test_the_hash_names_its_parameters() -> None:
    passwords = Passwords()
    hashed = await passwords.hash("a secret")
    passwords.close()
    assert hashed.startswith("$argon2id$v=19$m=65536,t=3,p=4$")


async def test_right_and_wrong(passwords: Passwords) -> None:
    stored = await passwords.hash("a secret")
    assert await passwords.matches(stored, "a secret")
    assert not await passwords.matches(stored, "another")
    assert stored != await passwords.hash("a secret")


@pytest.mark.parametrize("stored", [None, "", "rubbish", "$argon2id$v=19$m=8", "$2b$12$" + "a" * 53])
async def test_what_is_no_hash_matches_nothing(passwords: Passwords, stored: str | None) -> None:
    assert not await passwords.matches(stored, "the password of nobody")


async def test_the_loop_goes_on_while_it_hashes() -> None:
    passwords = Passwords()
    work = asyncio.create_task(passwords.hash("a secret"))
    ticks = 0
    while not work.done():
        await asyncio.sleep(0.001)
        ticks += 1
    passwords.close()
    assert ticks > 5


async def test_more_than_can_wait_are_told_to_come_back(passwords: Passwords) -> None:
    answers = await asyncio.gather(
        *(passwords.hash("x") for _ in range(HASHES_AT_ONCE + WAITING + 5)), return_exceptions=True
    )
    refused = [it for it in answers if isinstance(it, ConsoleError)]
    assert [it.code for it in refused] == ["busy"] * 5
    assert await passwords.hash("x")


async def timed(passwords: Passwords, stored: str | None, count: int) -> list[float]:
    spans = []
    for _ in range(count):
        begun = time.perf_counter()
        assert not await passwords.matches(stored, "wrong")
        spans.append(time.perf_counter() - begun)
    return spans


async def test_an_unknown_account_costs_the_same_time() -> None:
    """The same work by construction; measured at the real parameters against the spread of one and the same case."""
    passwords = Passwords()
    stored = await passwords.hash("right")
    known, unknown, again = [], [], []
    for _ in range(4):
        known += await timed(passwords, stored, 1)
        unknown += await timed(passwords, None, 1)
        again += await timed(passwords, stored, 1)
    passwords.close()
    noise = abs(statistics.median(known) - statistics.median(again)) + statistics.median(known) * 0.25
    assert abs(statistics.median(known) - statistics.median(unknown)) < noise
