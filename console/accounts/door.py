"""Signing in and out. The analyzer counts guesses and keeps sessions; the password is checked here."""

import asyncio
from dataclasses import dataclass
from typing import Any

from analyzer.control.client import ControlClient
from analyzer.ledger import Actor
from analyzer.state import Account
from analyzer.state import Sessions as State
from console.accounts.passwords import Passwords
from console.accounts.person import Opened, Origin, Person
from console.accounts.policy import check_new
from console.accounts.sessions import Sessions
from console.accounts.tokens import digest_of, new_token
from console.errors import ConsoleError

NOBODY = Actor(account="")
"""Who asks before anybody has signed in."""


@dataclass(frozen=True, slots=True)
class Door:
    """lifetime_s: how long a session lasts at most."""

    control: ControlClient
    state: State
    passwords: Passwords
    sessions: Sessions
    lifetime_s: int

    async def sign_in(self, account: str, password: str, origin: Origin) -> Opened:
        """A new session, whatever cookie came along. An unknown account costs the same steps as a wrong password."""
        name = account.strip().lower()
        attempt = await self._take_guess(name, origin)
        await self._check(name, password, attempt, origin, "sign_in")
        token, device = new_token(), origin.device or new_token()
        opening = self._opening(token, device, origin)
        params = {"account": name, "attempt": attempt, "session": opening}
        await self.control.request("session.open", Actor(name, address=origin.address), params)
        return self._opened(token, device)

    async def sign_out(self, person: Person, origin: Origin) -> None:
        await self.control.request(
            "session.close", person.acting_from(origin.address), {"token": person.session}
        )

    async def change_password(self, person: Person, current: str, new: str, origin: Origin) -> Opened:
        """Every session of the account ends; the answer is a new one."""
        attempt = await self._take_guess(person.account, origin)
        await self._check(person.account, current, attempt, origin, "password_wrong")
        check_new(new, names=(person.account, person.name), current=current)
        token, device = new_token(), origin.device or new_token()
        params = {
            "account": person.account,
            "password_hash": await self.passwords.hash(new),
            "session": self._opening(token, device, origin),
        }
        await self.control.request("account.password", person.acting_from(origin.address), params)
        return self._opened(token, device)

    async def _take_guess(self, account: str, origin: Origin) -> int:
        """From the budget, before the password is looked at: guesses made at once cannot pass it together."""
        device = digest_of(origin.device) if origin.device else ""
        params = {"account": account, "address": origin.address, "device": device}
        taken = await self.control.request("session.attempt", NOBODY, params)
        if not taken["attempt"]:
            raise ConsoleError("locked", retry_after_seconds=int(taken["wait_s"]))
        return int(taken["attempt"])

    async def _check(self, account: str, password: str, attempt: int, origin: Origin, code: str) -> None:
        stored = await asyncio.to_thread(self._hash_of, account)
        if not await self.passwords.matches(stored, password):
            params = {"account": account, "address": origin.address, "attempt": attempt}
            await self.control.request("session.fail", Actor(account, address=origin.address), params)
            raise ConsoleError(code)

    def _hash_of(self, name: str) -> str | None:
        with self.state() as db:
            account = db.get(Account, name)
            return None if account is None or account.disabled else account.password_hash

    def _opening(self, token: str, device: str, origin: Origin) -> dict[str, Any]:
        return {
            "token": digest_of(token),
            "device": digest_of(device),
            "address": origin.address,
            "user_agent": origin.user_agent,
            "lifetime_s": self.lifetime_s,
        }

    def _opened(self, token: str, device: str) -> Opened:
        return Opened(self.sessions.person(token, touch=True), token, device)
