"""How often a password may be guessed (TRUST.md D.3-18). The guess is taken from the budget before it is checked,
so that guesses made at once cannot pass it together.

Of one account at most 100 guesses an hour are checked: 80 from strangers, 20 from devices it has signed in from
before. The true user on a known device therefore still comes in while strangers have used up their share.
"""

import hashlib

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from analyzer.state import Account, Device, LoginAttempt

SECOND = 1_000_000_000
HOUR = 3_600 * SECOND
# Strangers' and known devices' shares of the 100 checked guesses an account may cost in any hour.
STRANGERS = 80
KNOWN_DEVICES = 20
# From one address: enough for a person's typing errors.
PER_ADDRESS = 10
ADDRESS_WINDOW = 900 * SECOND
# Unknown names share this many counters: they are limited like accounts, and cannot fill the table.
UNKNOWN_SUBJECTS = 4_096


def take(db: Session, account: str, address: str, device: str, now_ns: int) -> tuple[int, int]:
    """(attempt, wait): the number of the guess taken, else 0 and the seconds until one is free."""
    db.execute(delete(LoginAttempt).where(LoginAttempt.at_ns <= now_ns - HOUR))
    subject = _subject(db, account)
    known = _is_known(db, account, device)
    if wait := _wait(db, subject, address, known, now_ns):
        return 0, wait
    attempt = LoginAttempt(subject=subject, address=address, known_device=known, at_ns=now_ns)
    db.add(attempt)
    db.flush()
    return attempt.id, 0


def waiting(db: Session, attempt: int, now_ns: int) -> int:
    """Seconds the one who took this guess has to wait for the next; 0 when there is one left."""
    row = db.get(LoginAttempt, attempt)
    return _wait(db, row.subject, row.address, row.known_device, now_ns) if row else 0


def give_back(db: Session, attempt: int, account: str) -> bool:
    """A right password costs nothing. False when there was no such guess of this account."""
    row = db.get(LoginAttempt, attempt)
    if row is None or row.subject != account:
        return False
    db.delete(row)
    return True


def _wait(db: Session, subject: str, address: str, known: bool, now_ns: int) -> int:
    mine = (LoginAttempt.subject == subject, LoginAttempt.known_device == known)
    hourly = KNOWN_DEVICES if known else STRANGERS
    waits = [_until_free(db, mine, hourly, HOUR, now_ns)]
    if not known:
        here = (*mine, LoginAttempt.address == address)
        waits.append(_until_free(db, here, PER_ADDRESS, ADDRESS_WINDOW, now_ns))
    return max(waits)


def _until_free(db: Session, where: tuple[object, ...], budget: int, window: int, now_ns: int) -> int:
    """Whole seconds until fewer than `budget` guesses lie in the window behind."""
    inside = (*where, LoginAttempt.at_ns > now_ns - window)
    if (db.scalar(select(func.count()).select_from(LoginAttempt).where(*inside)) or 0) < budget:  # type: ignore[arg-type]
        return 0
    newest_first = select(LoginAttempt.at_ns).where(*inside).order_by(LoginAttempt.at_ns.desc())  # type: ignore[arg-type]
    blocking = db.scalar(newest_first.offset(budget - 1).limit(1)) or now_ns
    return max(1, -(-(blocking + window - now_ns) // SECOND))


def _subject(db: Session, account: str) -> str:
    if db.get(Account, account) is not None:
        return account
    number = int.from_bytes(hashlib.sha256(account.encode()).digest()[:4]) % UNKNOWN_SUBJECTS
    return f"?{number}"


def _is_known(db: Session, account: str, device: str) -> bool:
    row = db.get(Device, device) if device else None
    return row is not None and row.account == account
