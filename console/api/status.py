"""How the appliance is."""

from fastapi import APIRouter, Request

from console.api import models
from console.api.access import SignedIn
from console.api.services import services_of
from console.situation import status

router = APIRouter(prefix="/status", tags=["status"])


@router.get("")
async def read_status(request: Request, person: SignedIn) -> models.Status:
    return models.Status.model_validate(await status.read(services_of(request).control))
