"""Signing in and out, and one's own password."""

from fastapi import APIRouter, Request, Response

from console.accounts.person import Opened, Origin, Person
from console.accounts.tokens import csrf_of
from console.api import models
from console.api.access import DEVICE_COOKIE, SESSION_COOKIE, SignedInAtAll
from console.api.services import Services, address_of, services_of

router = APIRouter(prefix="/session", tags=["session"])
DEVICE_SECONDS = 400 * 24 * 3600
"""The longest life browsers grant a cookie (RFC 6265bis 5.5)."""
MAX_USER_AGENT = 256


@router.post("")
async def sign_in(request: Request, response: Response, body: models.SignIn) -> models.Session:
    """Open a session. Also answers the cookie by which this browser is known again."""
    services = services_of(request)
    opened = await services.door.sign_in(body.account, body.password, origin_of(request))
    return answered(response, opened, services)


@router.get("")
def read_session(request: Request, person: SignedInAtAll) -> models.Session:
    return described(person, request.cookies[SESSION_COOKIE], services_of(request))


@router.delete("", status_code=204)
async def sign_out(request: Request, response: Response, person: SignedInAtAll) -> None:
    await services_of(request).door.sign_out(person, origin_of(request))
    response.delete_cookie(SESSION_COOKIE, path="/", secure=True, httponly=True, samesite="strict")


@router.post("/password")
async def change_password(
    request: Request, response: Response, person: SignedInAtAll, body: models.PasswordChange
) -> models.Session:
    """Every session of the account ends; this browser gets a new one."""
    services = services_of(request)
    opened = await services.door.change_password(person, body.current, body.new, origin_of(request))
    return answered(response, opened, services)


def origin_of(request: Request) -> Origin:
    agent = "".join(it for it in request.headers.get("user-agent", "") if it.isprintable())
    device = request.cookies.get(DEVICE_COOKIE, "")[:MAX_USER_AGENT]
    return Origin(address_of(request), agent[:MAX_USER_AGENT], device)


def answered(response: Response, opened: Opened, services: Services) -> models.Session:
    """`__Host-` binds a cookie to this host and to HTTPS (RFC 6265bis 4.1.3.2). The session's ends with the browser."""
    for name, value, seconds in (
        (SESSION_COOKIE, opened.token, None),
        (DEVICE_COOKIE, opened.device, DEVICE_SECONDS),
    ):
        response.set_cookie(
            name, value, max_age=seconds, path="/", secure=True, httponly=True, samesite="strict"
        )
    return described(opened.person, opened.token, services)


def described(person: Person, token: str, services: Services) -> models.Session:
    return models.Session(
        account=person.account,
        name=person.name,
        roles=person.roles,
        permissions=sorted(person.permissions),
        must_change_password=person.must_change_password,
        csrf=csrf_of(token),
        idle_seconds=services.settings.idle_seconds,
    )
