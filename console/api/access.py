"""Who may call: written on every route as `Depends(signed_in)` or `Depends(allowed("alerts.judge"))`."""

import hmac
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request

from console.accounts.person import Person
from console.accounts.tokens import csrf_of
from console.api.services import services_of
from console.errors import ConsoleError

SESSION_COOKIE = "__Host-starwatch"
DEVICE_COOKIE = "__Host-starwatch-device"
CSRF_HEADER = "X-CSRF-Token"
BACKGROUND_HEADER = "X-Background"
"""Set by calls no person made (polling): they read, but do not keep an idle session alive."""
SAFE_METHODS = frozenset({"GET", "HEAD"})


@dataclass(frozen=True)
class Access:
    """A route's guard. permission None: any session will do. first_password: also before the first change."""

    permission: str | None = None
    first_password: bool = False

    def __call__(self, request: Request) -> Person:
        token = request.cookies.get(SESSION_COOKIE, "")
        touch = BACKGROUND_HEADER not in request.headers
        person = services_of(request).sessions.person(token, touch=touch)
        if request.method not in SAFE_METHODS:
            check_csrf(token, request.headers.get(CSRF_HEADER, ""))
        if person.must_change_password and not self.first_password:
            raise ConsoleError("password_change_required")
        if self.permission is not None and self.permission not in person.permissions:
            raise ConsoleError("forbidden", detail=self.permission)
        return person


def check_csrf(token: str, sent: str) -> None:
    """A foreign page can make a browser send the cookie, but cannot read this value."""
    if not hmac.compare_digest(csrf_of(token).encode(), sent.encode()):
        raise ConsoleError("csrf")


def allowed(permission: str) -> Access:
    return Access(permission=permission)


signed_in = Access()
signed_in_at_all = Access(first_password=True)
"""Also for somebody who must still change the first password."""

SignedIn = Annotated[Person, Depends(signed_in)]
SignedInAtAll = Annotated[Person, Depends(signed_in_at_all)]
