"""Who a session's token stands for, and whether it still does. The analyzer keeps the rows; a row that is gone is a
session that has ended, from that moment."""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sqlalchemy import select

from analyzer.control.permissions import Roles
from analyzer.state import Account, SignIn
from analyzer.state import Sessions as State
from analyzer.store.base import EVERYTHING
from console.accounts.person import Person
from console.accounts.tokens import digest_of
from console.errors import ConsoleError

NS = 1_000_000_000
MAX_TOKEN = 128
"""Ours have 43 characters."""


@dataclass(frozen=True, slots=True)
class Seen:
    """A session's last act, for the analyzer to remember."""

    token: str
    seen_ns: int


class Sessions:
    """Reads sessions from the state; remembers their last acts between two reports to the analyzer."""

    def __init__(self, state: State, roles: Roles, *, idle_seconds: int, clock_ns: Callable[[], int]) -> None:
        self._state = state
        self._roles = roles
        self._idle_ns = idle_seconds * NS
        self._clock_ns = clock_ns
        self._lock = threading.Lock()
        self._seen: dict[str, int] = {}
        self._unreported: set[str] = set()

    def person(self, token: str, *, touch: bool) -> Person:
        """touch: a person's act, which keeps the session from idling out. ConsoleError when it does not stand."""
        if not token or len(token) > MAX_TOKEN:
            raise ConsoleError("signed_out")
        digest = digest_of(token)
        found = self._find(digest)
        if found is None:
            raise ConsoleError("session_ended")
        if touch:
            self._touch(digest)
        return self._person(*found)

    def stands(self, digest: str) -> bool:
        """Whether the session would be let in now; asking does not keep it alive."""
        return self._find(digest) is not None

    def unreported(self) -> Sequence[Seen]:
        """Acts since the last call that reported() has confirmed."""
        with self._lock:
            return [Seen(token, self._seen[token]) for token in self._unreported]

    def reported(self, seen: Sequence[Seen]) -> None:
        with self._lock:
            for it in seen:
                if self._seen.get(it.token) == it.seen_ns:
                    self._unreported.discard(it.token)
                    self._seen.pop(it.token)

    def _find(self, digest: str) -> tuple[Account, SignIn] | None:
        question = select(Account, SignIn).join(SignIn, SignIn.account == Account.name)
        with self._state() as db:
            row = db.execute(question.where(SignIn.token == digest)).one_or_none()
        if row is None or row.Account.disabled or self._is_over(row.SignIn):
            self._forget(digest)
            return None
        return row.Account, row.SignIn

    def _is_over(self, session: SignIn) -> bool:
        now = self._clock_ns()
        with self._lock:
            seen = max(session.seen_ns, self._seen.get(session.token, 0))
        return now >= session.expires_ns or now - seen >= self._idle_ns

    def _touch(self, digest: str) -> None:
        with self._lock:
            self._seen[digest] = self._clock_ns()
            self._unreported.add(digest)

    def _forget(self, digest: str) -> None:
        with self._lock:
            self._seen.pop(digest, None)
            self._unreported.discard(digest)

    def _person(self, account: Account, session: SignIn) -> Person:
        return Person(
            account=account.name,
            name=account.display_name,
            roles=tuple(account.roles),
            permissions=self._roles.allowed(account.roles),
            must_change_password=account.must_change,
            session=session.token,
            scope=EVERYTHING,
        )
