"""A control service over real state and a real audit trail, without the rest of an analyzer around it."""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from analyzer.control import load_roles
from analyzer.control.dispatch import Answer, Dispatcher, Request
from analyzer.errors import NotFoundError
from analyzer.ledger import LOCAL, AuditRecord, Ledger, LedgerReader
from analyzer.state import Sessions, close
from tests.analyzer.state.fresh import fresh_state
from tests.corpus import ROOT

SECOND = 1_000_000_000
HASH = "$argon2id$v=19$m=19456,t=2,p=1$c2FsdHNhbHQ$aGFzaGhhc2g"
LOCAL_ACTOR = {"account": LOCAL, "session": "", "address": ""}


@dataclass
class Desk:
    """The services actions need, in memory."""

    default_retention_days: int = 180
    version: str = "v1"
    captures: set[str] = field(default_factory=lambda: {"one.pcap"})
    handed_over: list[str] = field(default_factory=list)

    def status(self) -> Mapping[str, Any]:
        return {"processes": []}

    def rules(self) -> Mapping[str, Any]:
        return {"rules": [], "faults": [], "content_version": self.version}

    def load_rules(self) -> tuple[Mapping[str, Any], Callable[[], None]]:
        return {"content_version": "v2"}, lambda: setattr(self, "version", "v2")

    def retained(self) -> None:
        self.handed_over.append("retention")

    def submit_capture(self, name: str) -> Callable[[], None]:
        if name not in self.captures:
            raise NotFoundError(f"there is no upload {name}")
        return lambda: self.handed_over.append(name)


class Office:
    """Dispatcher, state and trail in one folder; the clock stands until it is moved."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.now_ns = 1_700_000_000 * SECOND
        self.desk = Desk()
        self._signed_in = 0
        self.sessions: Sessions = fresh_state(folder)
        self.ledger = Ledger(folder / "ledger")
        self.record: Callable[[AuditRecord], int] = self.ledger.record
        self.roles = load_roles(ROOT / "rules" / "roles" / "roles.toml")
        self.dispatch = Dispatcher(self.sessions, self._record, self.roles, self.desk, lambda: self.now_ns)

    def _record(self, record: AuditRecord) -> int:
        return self.record(record)

    def close(self) -> None:
        close(self.sessions)
        self.ledger.close()

    def ask(self, action: str, params: Mapping[str, Any] | None = None, actor: Any = None) -> Answer:
        return self.dispatch(Request(action, actor or LOCAL_ACTOR, params or {}, {"pid": 1, "uid": 0}))

    def done(
        self, action: str, params: Mapping[str, Any] | None = None, actor: Any = None
    ) -> Mapping[str, Any]:
        answer = self.ask(action, params, actor)
        assert answer.error is None, answer.error
        return answer.result or {}

    def refusal(self, action: str, params: Mapping[str, Any] | None = None, actor: Any = None) -> str:
        answer = self.ask(action, params, actor)
        assert answer.error is not None
        return answer.error["kind"]

    def account(self, name: str, *roles: str, settled: bool = True) -> dict[str, str]:
        """Create an account and sign it in; answers the actor. settled: its first password has been changed."""
        self.done(
            "account.create", {"account": name, "name": name, "password_hash": HASH, "roles": list(roles)}
        )
        actor = self.sign_in(name)
        if not settled:
            return actor
        fresh = digest(f"{name} settled")
        self.done(
            "account.password",
            {"account": name, "password_hash": HASH, "session": opening(fresh)},
            actor,
        )
        return {**actor, "session": fresh}

    def sign_in(self, name: str, address: str = "192.0.2.1", device: str = "") -> dict[str, str]:
        actor = {"account": name, "session": "", "address": address}
        attempt = self.done("session.attempt", {"account": name, "address": address, "device": device}, actor)
        self._signed_in += 1
        token = digest(f"{name} {self._signed_in}")
        params = {"account": name, "attempt": attempt["attempt"], "session": opening(token, device)}
        self.done("session.open", params, actor)
        return {**actor, "session": token}

    def trail(self) -> list[AuditRecord]:
        """Every record, oldest first."""
        reader = LedgerReader(self.folder / "ledger")
        return [entry.record for entry in reader.span(0, self.ledger.records)]


def digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def opening(token: str, device: str = "") -> dict[str, Any]:
    return {
        "token": token,
        "address": "192.0.2.1",
        "user_agent": "test",
        "lifetime_s": 3_600,
        "device": device,
    }
