"""Accounts: who may sign in, and with which roles."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request

from console.accounts import manage
from console.accounts.person import Person
from console.api import models
from console.api.access import allowed
from console.api.services import actor_of, services_of

router = APIRouter(prefix="/accounts", tags=["accounts"])
Manager = Annotated[Person, Depends(allowed("accounts.manage"))]


@router.get("")
def list_accounts(request: Request, person: Manager) -> list[models.Account]:
    return [models.Account.model_validate(item) for item in manage.accounts(services_of(request).state)]


@router.get("/roles")
def list_roles(request: Request, person: Manager) -> list[models.Role]:
    return [models.Role.model_validate(item) for item in manage.roles(services_of(request).state)]


@router.post("", status_code=201)
async def create_account(request: Request, person: Manager, body: models.NewAccount) -> models.CreatedAccount:
    """The first password is made here, shown once, and must be changed at the first sign-in."""
    services = services_of(request)
    created = await manage.create(services.door, actor_of(request, person), body.model_dump())
    return models.CreatedAccount.model_validate(created)


@router.post("/{name}/disable")
async def disable_account(request: Request, person: Manager, name: models.AccountName) -> models.Account:
    """Its sessions end at once."""
    answer = await manage.disable(services_of(request).control, actor_of(request, person), name)
    return models.Account.model_validate(answer)


@router.post("/{name}/enable")
async def enable_account(request: Request, person: Manager, name: models.AccountName) -> models.Account:
    answer = await manage.enable(services_of(request).control, actor_of(request, person), name)
    return models.Account.model_validate(answer)


@router.post("/{name}/roles")
async def set_roles(
    request: Request, person: Manager, name: models.AccountName, body: models.Roles
) -> models.Account:
    """Its sessions end: what it may do changes with the next sign-in."""
    roles = list(body.roles)
    answer = await manage.set_roles(services_of(request).control, actor_of(request, person), name, roles)
    return models.Account.model_validate(answer)
