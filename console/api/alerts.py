"""The alert queue: reading it, and judging."""

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query, Request

from console.accounts.person import Person
from console.alerts import judge, queue
from console.api import models
from console.api.access import allowed
from console.api.services import actor_of, services_of

router = APIRouter(prefix="/alerts", tags=["alerts"])
Reader = Annotated[Person, Depends(allowed("alerts.read"))]
Judge = Annotated[Person, Depends(allowed("alerts.judge"))]


class QueueQuery(models.Request):
    """What to list. Several values of one filter are alternatives."""

    status: Annotated[list[models.Verdict], models.Field(max_length=4)] = []
    level: Annotated[list[models.Level], models.Field(max_length=5)] = []
    platform: Annotated[list[str], models.Field(max_length=64)] = []
    rule: Annotated[str, models.Field(max_length=128)] = ""
    text: Annotated[str, models.Field(max_length=256)] = ""
    sort: Literal["newest", "oldest", "level", "score", "count"] = "newest"
    after: Annotated[str, models.Field(max_length=1024)] = ""
    limit: Annotated[int, models.Field(ge=1, le=500)] = 100


@router.get("")
def list_alerts(request: Request, person: Reader, query: Annotated[QueueQuery, Query()]) -> models.AlertPage:
    page = queue.page(services_of(request).queue, person.scope, query.model_dump())
    return models.AlertPage.model_validate(page)


@router.post("/shown", status_code=204)
async def report_shown(request: Request, person: Reader, body: models.ShownAlerts) -> None:
    """The browser says when alerts were first drawn: the last stamp of the latency."""
    shown = [item.model_dump() for item in body.shown]
    await judge.shown(services_of(request).control, actor_of(request, person), shown)


@router.get("/{group}")
def read_alert(request: Request, person: Reader, group: str) -> models.AlertStory:
    services = services_of(request)
    return models.AlertStory.model_validate(queue.story(services.queue, services.store, person.scope, group))


@router.post("/{group}/verdict")
async def give_verdict(
    request: Request, person: Judge, group: str, body: models.Judgement
) -> models.AlertGroup:
    change = body.model_dump()
    answer = await judge.verdict(services_of(request).control, actor_of(request, person), group, change)
    return models.AlertGroup.model_validate(answer)


@router.post("/{group}/undo")
async def undo_verdict(request: Request, person: Judge, group: str, body: models.Undo) -> models.AlertGroup:
    answer = await judge.undo(services_of(request).control, actor_of(request, person), group, body.version)
    return models.AlertGroup.model_validate(answer)


@router.post("/{group}/assignee")
async def assign_alert(
    request: Request, person: Judge, group: str, body: models.Assignment
) -> models.AlertGroup:
    change = body.model_dump()
    answer = await judge.assign(services_of(request).control, actor_of(request, person), group, change)
    return models.AlertGroup.model_validate(answer)
