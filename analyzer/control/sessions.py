"""Sessions: opened after the console checked the password, closed by their owner, ended with the account's rights.

A session is named by the SHA-256 of its token; the token never leaves browser and console.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, select

from analyzer.control import lockout
from analyzer.control.base import ANYONE, SIGNED_IN, Action, Call, Outcome, Push
from analyzer.errors import ConflictError, ForbiddenError, InvalidError, NotFoundError
from analyzer.state import Account, Device, SignIn

DIGEST = re.compile(r"[0-9a-f]{64}")
SECOND = 1_000_000_000
# However busy, a person signs in once a day (ASVS 7.3.2).
MAX_LIFETIME_S = 24 * 3_600
# More open at once than a person has browsers; the oldest ends.
MAX_SESSIONS = 16
# A device not seen for this long is a stranger again.
DEVICE_NS = 400 * 24 * 3_600 * SECOND
MAX_USER_AGENT = 256


@dataclass(frozen=True, slots=True)
class Attempt:
    """device: digest of the device cookie, empty without one."""

    account: str
    address: str
    device: str = ""


@dataclass(frozen=True, slots=True)
class Failure:
    """attempt: what session.attempt answered."""

    account: str
    address: str
    attempt: int


@dataclass(frozen=True, slots=True)
class Opening:
    """token, device: digests. lifetime_s: absolute. address and user_agent as the browser has them."""

    token: str
    address: str
    user_agent: str
    lifetime_s: int
    device: str = ""


@dataclass(frozen=True, slots=True)
class SignInGiven:
    """attempt: what session.attempt answered; a session cannot be opened without a guess taken from the budget."""

    account: str
    attempt: int
    session: Opening


@dataclass(frozen=True, slots=True)
class Token:
    token: str


@dataclass(frozen=True, slots=True)
class Seen:
    """When sessions were last used; ns since 1970."""

    token: str
    seen_ns: int


@dataclass(frozen=True, slots=True)
class Touch:
    sessions: tuple[Seen, ...]


def attempt(call: Call, given: Attempt) -> Outcome:
    """May this password be checked? {attempt, wait_s}: attempt 0 means not before wait_s seconds have passed."""
    number, wait = lockout.take(call.db, given.account, given.address, given.device, call.now_ns)
    return Outcome({"attempt": number, "wait_s": wait}, given.account)


def fail(call: Call, given: Failure) -> Outcome:
    """The password was wrong, the account unknown or disabled: the guess stays taken."""
    locked_s = lockout.waiting(call.db, given.attempt, call.now_ns)
    return Outcome(
        {"wait_s": locked_s}, given.account, after={"address": given.address, "locked_s": locked_s}
    )


def open_(call: Call, given: SignInGiven) -> Outcome:
    account = call.db.get(Account, given.account)
    if account is None or account.disabled:
        raise ForbiddenError("the account is disabled or does not exist")
    if not lockout.give_back(call.db, given.attempt, account.name):
        raise ConflictError("no guess was taken for this sign-in, or it has expired")
    account.signed_in_ns = call.now_ns
    session = open_session(call, account, given.session)
    shown = {key: session[key] for key in ("address", "user_agent", "expires_ns")}
    return Outcome(session, account.name, after={**shown, "session": session["token"]})


def close(call: Call, given: Token) -> Outcome:
    row = call.db.get(SignIn, given.token)
    if row is None or row.account != call.actor.account:
        raise NotFoundError("there is no such session")
    call.db.delete(row)
    return Outcome(
        {}, row.account, {"session": row.token}, None, [_ended(row.account, [row.token], "closed")]
    )


def touch(call: Call, given: Touch) -> Outcome:
    """The console tells now and then which sessions were used, so that idle time survives its restart."""
    for seen in given.sessions:
        row = call.db.get(SignIn, seen.token)
        if row is not None:
            row.seen_ns = max(row.seen_ns, min(seen.seen_ns, call.now_ns))
    return Outcome({})


def open_session(call: Call, account: Account, given: Opening) -> dict[str, Any]:
    """Add the session (and the device it comes from); answers its row."""
    if not DIGEST.fullmatch(given.token) or (given.device and not DIGEST.fullmatch(given.device)):
        raise InvalidError("session: token and device are SHA-256 digests in lower-case hex")
    if not 0 < given.lifetime_s <= MAX_LIFETIME_S:
        raise InvalidError(f"session: lifetime_s is 1 to {MAX_LIFETIME_S}")
    if call.db.get(SignIn, given.token) is not None:
        raise ConflictError("session: this token is taken")
    _make_room(call, account.name)
    row = SignIn(
        token=given.token,
        account=account.name,
        created_ns=call.now_ns,
        seen_ns=call.now_ns,
        expires_ns=call.now_ns + given.lifetime_s * SECOND,
        address=given.address,
        user_agent=given.user_agent[:MAX_USER_AGENT],
    )
    call.db.add(row)
    _remember_device(call, account.name, given.device)
    return {
        "token": row.token,
        "account": row.account,
        "created_ns": str(row.created_ns),
        "expires_ns": str(row.expires_ns),
        "address": row.address,
        "user_agent": row.user_agent,
    }


def end_all(call: Call, account: str, reason: str) -> Sequence[Push]:
    """End every session of the account; the push makes the console drop them at once."""
    tokens = list(call.db.scalars(select(SignIn.token).where(SignIn.account == account)))
    call.db.execute(delete(SignIn).where(SignIn.account == account))
    return [_ended(account, tokens, reason)]


def _ended(account: str, tokens: Sequence[str], reason: str) -> Push:
    return Push("session", {"account": account, "sessions": list(tokens), "reason": reason})


def _make_room(call: Call, account: str) -> None:
    call.db.execute(delete(SignIn).where(SignIn.expires_ns <= call.now_ns))
    newest_first = select(SignIn).where(SignIn.account == account).order_by(SignIn.created_ns.desc())
    for row in call.db.scalars(newest_first.offset(MAX_SESSIONS - 1)):
        call.db.delete(row)


def _remember_device(call: Call, account: str, digest: str) -> None:
    call.db.execute(delete(Device).where(Device.seen_ns <= call.now_ns - DEVICE_NS))
    if not digest:
        return
    row = call.db.get(Device, digest)
    if row is None:
        call.db.add(Device(digest=digest, account=account, created_ns=call.now_ns, seen_ns=call.now_ns))
    elif row.account == account:
        row.seen_ns = call.now_ns


SESSION_ACTIONS = (
    # Taking a guess decides nothing yet: session.open or session.fail, which follow, are recorded.
    Action("session.attempt", ANYONE, Attempt, attempt, "account", "account", audited=False),
    Action("session.fail", ANYONE, Failure, fail, "account", "account", failure=True),
    Action("session.open", ANYONE, SignInGiven, open_, "account", "account"),
    Action("session.close", SIGNED_IN, Token, close, "account", ""),
    # How long ago somebody clicked: a mark of the road, several a minute for each person.
    Action("session.touch", ANYONE, Touch, touch, "session", "", audited=False),
)
