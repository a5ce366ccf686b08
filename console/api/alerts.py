"""The alert queue: reading it, and judging."""

import asyncio
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Path, Query, Request
from pydantic import Field

from analyzer.alerting.queue import Wanted
from console.accounts.person import Person
from console.alerts import judge, queue
from console.api import models
from console.api.access import allowed
from console.api.services import actor_of, services_of

router = APIRouter(prefix="/alerts", tags=["alerts"])
Reader = Annotated[Person, Depends(allowed("alerts.read"))]
Judge = Annotated[Person, Depends(allowed("alerts.judge"))]
GroupId = Annotated[str, Path(pattern="^[0-9a-f]{1,64}$")]
Sort = Literal["last", "-last", "first", "-first", "level", "-level", "score", "-score", "count", "-count"]


class QueueQuery(models.Request):
    """What to list. Several values of one filter are alternatives; every word of `text` must occur."""

    status: Annotated[list[models.Verdict], Field(max_length=4, default_factory=list)]
    level: Annotated[list[models.Level], Field(max_length=5, default_factory=list)]
    platform: Annotated[str, Field(max_length=64)] = ""
    rule: Annotated[str, Field(max_length=128)] = ""
    text: Annotated[str, Field(max_length=256)] = ""
    sort: Annotated[Sort, Field(description="`-`: descending")] = "-last"
    after: Annotated[str, Field(max_length=1024, description="`next` of the page before")] = ""
    limit: Annotated[int, Field(ge=1, le=500)] = 100


@router.get("")
def list_alerts(request: Request, person: Reader, query: Annotated[QueueQuery, Query()]) -> models.AlertPage:
    wanted = Wanted(scope=person.scope, **query.model_dump())
    return models.AlertPage.model_validate(queue.page(services_of(request).state, wanted))


@router.post("/shown", status_code=204)
async def report_shown(request: Request, person: Reader, body: models.ShownAlerts) -> None:
    """The browser says when alerts were first drawn: the last stamp of the latency."""
    marks = [item.model_dump() for item in body.shown]
    await judge.shown(services_of(request).control, actor_of(request, person), marks)


@router.get("/{group}")
def read_alert(request: Request, person: Reader, group: GroupId) -> models.AlertStory:
    services = services_of(request)
    return models.AlertStory.model_validate(queue.story(services.state, services.store, person.scope, group))


@router.post("/{group}/verdict")
async def give_verdict(
    request: Request, person: Judge, group: GroupId, body: models.Judgement
) -> models.AlertGroup:
    """A false positive needs its reason."""
    services, actor = services_of(request), actor_of(request, person)
    await asyncio.to_thread(queue.must_see, services.state, person.scope, group)
    answer = await judge.verdict(services.control, actor, group, body.verdict, body.reason, body.version)
    return models.AlertGroup.model_validate(answer)


@router.post("/{group}/undo")
async def undo_verdict(
    request: Request, person: Judge, group: GroupId, body: models.Undo
) -> models.AlertGroup:
    """Takes back the newest step that still stands."""
    services, actor = services_of(request), actor_of(request, person)
    await asyncio.to_thread(queue.must_see, services.state, person.scope, group)
    answer = await judge.undo(services.control, actor, group, body.version)
    return models.AlertGroup.model_validate(answer)


@router.post("/{group}/assignee")
async def assign_alert(
    request: Request, person: Judge, group: GroupId, body: models.Assignment
) -> models.AlertGroup:
    services, actor = services_of(request), actor_of(request, person)
    await asyncio.to_thread(queue.must_see, services.state, person.scope, group)
    answer = await judge.assign(services.control, actor, group, body.account, body.version)
    return models.AlertGroup.model_validate(answer)
