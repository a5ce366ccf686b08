"""How the appliance is, and how long it keeps data."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request

from console.accounts.person import Person
from console.api import models
from console.api.access import SignedIn, allowed
from console.api.faults import language_of
from console.api.services import actor_of, services_of
from console.situation import appliance
from console.situation.words import with_words

router = APIRouter(prefix="/status", tags=["status"])
Keeper = Annotated[Person, Depends(allowed("retention.manage"))]


@router.get("")
async def read_status(request: Request, person: SignedIn) -> models.Status:
    answer = await appliance.status(services_of(request).control, actor_of(request, person))
    warnings = with_words(answer["warnings"], language_of(request.headers.get("accept-language", "")))
    return models.Status.model_validate({**answer, "warnings": warnings})


@router.post("/retention")
async def set_retention(request: Request, person: Keeper, body: models.RetentionChange) -> models.Retention:
    """Shortening deletes data for good, so it is asked twice."""
    actor = actor_of(request, person)
    answer = await appliance.set_retention(services_of(request).control, actor, body.days, body.confirm)
    return models.Retention.model_validate(answer)
