"""Faults of the console.

ConsoleError             a request is refused: the code is the contract, its words are in api/messages.toml
├── SignInError              account and password do not belong together (which of the two is never said)
├── SessionError             no session, or it ended
├── PermissionError_         the account may not do this
└── PasswordPolicyError      a new password is too weak
"""

from typing import Any


class ConsoleError(Exception):
    """A refusal with a stable code; `details` travel to the client beside the message."""

    def __init__(self, code: str, **details: Any) -> None:
        super().__init__(code)
        self.code = code
        self.details = details
