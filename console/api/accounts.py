"""Accounts: who may sign in, and with which roles."""

import asyncio
from typing import Annotated

from fastapi import APIRouter, Depends, Request

from console.accounts import manage
from console.accounts.person import Person
from console.api import models
from console.api.access import allowed
from console.api.services import Services, actor_of, services_of

router = APIRouter(prefix="/accounts", tags=["accounts"])
Manager = Annotated[Person, Depends(allowed("accounts.manage"))]


@router.get("")
def list_accounts(request: Request, person: Manager) -> list[models.Account]:
    return [models.Account.model_validate(item) for item in manage.list_accounts(services_of(request).state)]


@router.get("/roles")
def list_roles(request: Request, person: Manager) -> list[models.Role]:
    return [models.Role.model_validate(item) for item in manage.list_roles(services_of(request).roles)]


@router.post("", status_code=201)
async def create_account(request: Request, person: Manager, body: models.NewAccount) -> models.FirstPassword:
    """The first password is made here, shown once, and must be changed at the first sign-in."""
    services, actor = services_of(request), actor_of(request, person)
    door = services.door
    password = await manage.create(door.control, door.passwords, actor, body.account, body.name, body.roles)
    return models.FirstPassword(account=await current(services, body.account), password=password)


@router.post("/{name}/password")
async def reset_password(request: Request, person: Manager, name: models.AccountName) -> models.FirstPassword:
    """A new first password for somebody who forgot theirs; their sessions end."""
    services, actor = services_of(request), actor_of(request, person)
    password = await manage.reset_password(services.control, services.door.passwords, actor, name)
    return models.FirstPassword(account=await current(services, name), password=password)


@router.post("/{name}/disable")
async def disable_account(request: Request, person: Manager, name: models.AccountName) -> models.Account:
    """Its sessions end at once."""
    services = services_of(request)
    await manage.disable(services.control, actor_of(request, person), name)
    return await current(services, name)


@router.post("/{name}/enable")
async def enable_account(request: Request, person: Manager, name: models.AccountName) -> models.Account:
    services = services_of(request)
    await manage.enable(services.control, actor_of(request, person), name)
    return await current(services, name)


@router.post("/{name}/roles")
async def set_roles(
    request: Request, person: Manager, name: models.AccountName, body: models.Roles
) -> models.Account:
    """Its sessions end: what it may do changes with the next sign-in."""
    services = services_of(request)
    await manage.set_roles(services.control, actor_of(request, person), name, body.roles)
    return await current(services, name)


async def current(services: Services, name: str) -> models.Account:
    return models.Account.model_validate(await asyncio.to_thread(manage.read_account, services.state, name))
