"""TRUST.md D.3-18: guesses are limited, the true user is not locked out on a known device."""

import asyncio
import time

import pytest

from console.accounts.person import Origin
from console.errors import ConsoleError
from tests.console.room import FIRST, OWN, Room

pytestmark = pytest.mark.anyio
CHECKED_AN_HOUR = 100
"""At most so many guesses of one account are looked at in any hour (D.3-18)."""


class Counting:
    """Counts how many passwords were looked at, then does what the door's own hasher does."""

    def __init__(self, room: Room) -> None:
        self.checked = 0
        self._matches = room.services.door.passwords.matches
        room.services.door.passwords.matches = self.matches  # type: ignore[method-assign]

    async def matches(self, stored: str | None, password: str) -> bool:
        self.checked += 1
        return await self._matches(stored, password)


async def guess(room: Room, account: str, address: str, device: str = "") -> str:
    try:
        await room.services.door.sign_in(account, "a wrong guess", Origin(address, "bot", device))
    except ConsoleError as refused:
        return refused.code
    raise AssertionError("a wrong password was accepted")


async def storm(room: Room, accounts: int, addresses: int, guesses: int) -> dict[str, int]:
    """Guesses spread over accounts and addresses; how many were looked at, by account."""
    checked = {}
    for number in range(accounts):
        counting = Counting(room)
        for turn in range(guesses // accounts):
            await guess(room, f"a{number}", f"198.51.{turn % addresses // 250}.{turn % addresses % 250}")
        checked[f"a{number}"] = counting.checked
    return checked


async def test_a_distributed_guesser_gets_few_guesses_looked_at(console: Room) -> None:
    for number in range(2):
        await console.account(f"a{number}", "viewer")
    checked = await storm(console, accounts=2, addresses=50, guesses=400)
    assert all(0 < it <= CHECKED_AN_HOUR for it in checked.values()), checked


@pytest.mark.soak
@pytest.mark.timeout(7200)
async def test_a_hundred_thousand_guesses(console: Room) -> None:
    """The full count: 1e5 guesses over 1,000 addresses and 100 accounts."""
    for number in range(100):
        await console.account(f"a{number}", "viewer")
    checked = await storm(console, accounts=100, addresses=1000, guesses=100_000)
    assert all(0 < it <= CHECKED_AN_HOUR for it in checked.values()), checked


async def test_one_address_is_stopped_sooner(console: Room) -> None:
    await console.account("ann", "viewer")
    counting = Counting(console)
    answers = [await guess(console, "ann", "198.51.100.1") for _ in range(30)]
    assert counting.checked <= 10
    assert answers[-1] == "locked"


async def test_a_locked_account_says_how_long(console: Room) -> None:
    await console.account("ann", "viewer")
    browser = console.browser()
    for _ in range(11):
        answer = await browser.sign_in("ann", "a wrong guess")
    assert (answer.status_code, answer.json()["error"]["code"]) == (429, "locked")
    wait = answer.json()["error"]["retry_after_seconds"]
    assert answer.headers["retry-after"] == str(wait)
    assert (await browser.sign_in("ann", FIRST)).status_code == 429
    console.pass_seconds(wait)
    assert (await browser.sign_in("ann", FIRST)).status_code == 200


async def test_the_true_user_comes_in_from_a_known_device(console: Room) -> None:
    """While strangers have used up the account's guesses, and although the user is at another address."""
    ann = await console.person("ann", "viewer")
    for turn in range(200):
        await guess(console, "ann", f"198.51.100.{turn}")
    stranger = console.browser("203.0.113.1")
    assert (await stranger.sign_in("ann", OWN)).status_code == 429
    assert (await ann.sign_in("ann", OWN)).status_code == 200


async def test_a_stolen_device_cookie_is_limited_too(console: Room) -> None:
    ann = await console.person("ann", "viewer")
    device = ann.http.cookies.get("__Host-starwatch-device") or ""
    counting = Counting(console)
    for turn in range(200):
        await guess(console, "ann", f"198.51.100.{turn}", device)
    for turn in range(200):
        await guess(console, "ann", f"198.51.100.{turn}")
    assert counting.checked <= CHECKED_AN_HOUR


async def test_a_device_of_one_account_is_none_of_anothers(console: Room) -> None:
    ann = await console.person("ann", "viewer")
    await console.account("bob", "viewer")
    for turn in range(200):
        await guess(console, "bob", f"198.51.100.{turn}")
    assert (await ann.sign_in("bob", FIRST)).status_code == 429


async def test_guesses_made_at_once_do_not_pass_together(console: Room) -> None:
    await console.account("ann", "viewer")
    counting = Counting(console)
    await asyncio.gather(*(guess(console, "ann", "198.51.100.1") for _ in range(30)))
    assert counting.checked <= 10


async def test_unknown_accounts_are_limited_like_known_ones(console: Room) -> None:
    await console.account("ann", "viewer")
    known = [await guess(console, "ann", "198.51.100.1") for _ in range(15)]
    unknown = [await guess(console, "nobody", "198.51.100.2") for _ in range(15)]
    assert known == unknown


async def test_guessing_the_current_password_is_limited(console: Room) -> None:
    """Whoever took over a session cannot try passwords through the change of it."""
    ann = await console.person("ann", "viewer")
    answers = [await ann.change_password("a wrong guess", "another choice of words") for _ in range(30)]
    codes = [it.json()["error"]["code"] for it in answers]
    assert codes.count("password_wrong") <= 20
    assert codes[-1] == "locked"


@pytest.mark.slice
async def test_known_and_unknown_accounts_take_the_same_time(console: Room) -> None:
    """Through the whole door: the medians of interleaved tries differ by less than they do among themselves."""
    await console.account("ann", "viewer")
    spans: dict[str, list[float]] = {"ann": [], "nobody": []}
    for turn in range(60):
        console.pass_seconds(120)
        for account, taken in spans.items():
            begun = time.perf_counter()
            assert await guess(console, account, f"198.51.100.{turn}") == "sign_in"
            taken.append(time.perf_counter() - begun)
    known, unknown = (sorted(it) for it in spans.values())
    spread = known[45] - known[15]
    assert abs(known[30] - unknown[30]) <= max(0.001, spread)
