"""The rules in force, and what is wrong with those that are not."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request

from console.accounts.person import Person
from console.api import models
from console.api.access import allowed
from console.api.services import actor_of, services_of
from console.situation import appliance

router = APIRouter(prefix="/rules", tags=["rules"])
Reader = Annotated[Person, Depends(allowed("alerts.read"))]
Manager = Annotated[Person, Depends(allowed("rules.manage"))]


@router.get("")
async def list_rules(request: Request, person: Reader) -> models.Rulebook:
    answer = await appliance.rules(services_of(request).control, actor_of(request, person))
    return models.Rulebook.model_validate(answer)


@router.post("/reload")
async def reload_rules(request: Request, person: Manager) -> models.Rulebook:
    """Load the rule folder anew; a broken rule is a fault in the answer, the others are in force."""
    control, actor = services_of(request).control, actor_of(request, person)
    await appliance.reload_rules(control, actor)
    return models.Rulebook.model_validate(await appliance.rules(control, actor))
