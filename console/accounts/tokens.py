"""Session and device tokens. Only their digests are ever stored."""

import hashlib
import secrets

TOKEN_BYTES = 32
"""256 bit (ASVS 7.2.3 asks for 128)."""


def new_token() -> str:
    return secrets.token_urlsafe(TOKEN_BYTES)


def digest_of(token: str) -> str:
    """What the analyzer stores. The token is random: a plain digest cannot be guessed back."""
    return hashlib.sha256(token.encode()).hexdigest()


def csrf_of(token: str) -> str:
    """Bound to the session: needs no storage, dies with it, and does not give the token away."""
    return hashlib.sha256(b"starwatch csrf\0" + token.encode()).hexdigest()
