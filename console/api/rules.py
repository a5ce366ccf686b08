"""The rules in force, and what is wrong with those that are not."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request

from console.accounts.person import Person
from console.api import models
from console.api.access import allowed
from console.api.services import services_of
from console.situation import rulebook

router = APIRouter(prefix="/rules", tags=["rules"])


@router.get("")
async def list_rules(
    request: Request, person: Annotated[Person, Depends(allowed("alerts.read"))]
) -> models.Rulebook:
    return models.Rulebook.model_validate(await rulebook.read(services_of(request).control))
