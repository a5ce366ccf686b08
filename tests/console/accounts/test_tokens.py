"""Tokens: random enough, and only their digests are kept."""

import re

from console.accounts.tokens import TOKEN_BYTES, csrf_of, digest_of, new_token


def test_tokens_are_256_random_bits() -> None:
    made = {new_token() for _ in range(1000)}
    assert len(made) == 1000
    assert TOKEN_BYTES * 8 >= 256
    assert all(re.fullmatch(r"[A-Za-z0-9_-]{43}", it) for it in made)


def test_digest_and_csrf_token_differ_and_do_not_hold_the_token() -> None:
    token = new_token()
    assert len({token, digest_of(token), csrf_of(token)}) == 3
    assert token not in digest_of(token) + csrf_of(token)
    assert csrf_of(token) == csrf_of(token) != csrf_of(new_token())
