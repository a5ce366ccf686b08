"""The audit trail, newest first."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from pydantic import Field

from console.accounts.person import Person
from console.api import models
from console.api.access import allowed
from console.api.services import services_of
from console.audit import trail

router = APIRouter(prefix="/audit", tags=["audit"])
Auditor = Annotated[Person, Depends(allowed("audit.read"))]


class AuditQuery(models.Request):
    after: Annotated[str, Field(pattern="^[0-9]{0,18}$", description="`next` of the page before")] = ""
    limit: Annotated[int, Field(ge=1, le=500)] = 100


@router.get("")
def read_audit(request: Request, person: Auditor, query: Annotated[AuditQuery, Query()]) -> models.AuditPage:
    before = int(query.after) if query.after else None
    return models.AuditPage.model_validate(trail.page(services_of(request).ledger, before, query.limit))
