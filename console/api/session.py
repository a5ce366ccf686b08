"""Signing in and out, and one's own password."""

from fastapi import APIRouter, Request, Response

from console.accounts import sign_in as accounts
from console.api import models
from console.api.access import DEVICE_COOKIE, SESSION_COOKIE, SignedInAtAll
from console.api.services import origin_of, services_of

router = APIRouter(prefix="/session", tags=["session"])
DEVICE_SECONDS = 400 * 24 * 3600
"""The longest life browsers grant a cookie (RFC 6265bis 5.5)."""


@router.post("")
async def sign_in(request: Request, response: Response, body: models.SignIn) -> models.Session:
    """Open a session. Also answers the cookie by which this browser is known again."""
    services = services_of(request)
    opened = await accounts.sign_in(services.door, body.account, body.password, origin_of(request))
    set_cookies(response, opened)
    return session_of(opened.person, opened.token, services.settings.idle_seconds)


@router.get("")
def read_session(request: Request, person: SignedInAtAll) -> models.Session:
    token = request.cookies[SESSION_COOKIE]
    return session_of(person, token, services_of(request).settings.idle_seconds)


@router.delete("", status_code=204)
async def sign_out(request: Request, response: Response, person: SignedInAtAll) -> None:
    await accounts.sign_out(services_of(request).door, person, origin_of(request))
    response.delete_cookie(SESSION_COOKIE, secure=True, httponly=True, samesite="strict")


@router.post("/password")
async def change_password(
    request: Request, response: Response, person: SignedInAtAll, body: models.PasswordChange
) -> models.Session:
    """Change one's password: every session of the account ends, this browser gets a new one."""
    services = services_of(request)
    opened = await accounts.change_password(services.door, person, body.current, body.new, origin_of(request))
    set_cookies(response, opened)
    return session_of(opened.person, opened.token, services.settings.idle_seconds)
