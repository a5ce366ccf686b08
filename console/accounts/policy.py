"""What a password must be: long, not the name, not among the most guessed (NIST SP 800-63B 5.1.1.2)."""

import unicodedata
from collections.abc import Sequence
from functools import cache
from importlib.resources import files

from console.errors import ConsoleError

MIN_LENGTH = 12
MIN_NAME = 3
"""Shorter names occur in any text by chance."""


def check_new(password: str, *, names: Sequence[str], current: str | None = None) -> None:
    """Raises ConsoleError with the first rule that is broken."""
    if password == current:
        raise ConsoleError("password_same")
    if len(password) < MIN_LENGTH:
        raise ConsoleError("password_short")
    folded = fold(password)
    if any(len(name) >= MIN_NAME and fold(name) in folded for name in names):
        raise ConsoleError("password_named")
    if is_common(folded):
        raise ConsoleError("password_common")


def fold(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold()


def is_common(folded: str) -> bool:
    """A listed word, also with digits and signs around it, or the same few characters over and over."""
    core = folded.strip("0123456789!@#$%^&*()-_=+.,?~ ")
    return folded in blocklist() or core in blocklist() or core == "" or len(set(folded)) < 5


@cache
def blocklist() -> frozenset[str]:
    text = files("console.accounts").joinpath("blocklist.txt").read_text("utf-8")
    return frozenset(fold(line) for line in text.splitlines() if line and not line.startswith("#"))
