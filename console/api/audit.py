"""The audit trail, newest first."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request

from console.accounts.person import Person
from console.api import models
from console.api.access import allowed
from console.api.services import services_of
from console.audit import trail

router = APIRouter(prefix="/audit", tags=["audit"])


class AuditQuery(models.Request):
    after: Annotated[str, models.Field(max_length=32, pattern="^[0-9]*$")] = ""
    limit: Annotated[int, models.Field(ge=1, le=500)] = 100


@router.get("")
def read_audit(
    request: Request,
    person: Annotated[Person, Depends(allowed("audit.read"))],
    query: Annotated[AuditQuery, Query()],
) -> models.AuditPage:
    return models.AuditPage.model_validate(trail.page(services_of(request).ledger, query.after, query.limit))
