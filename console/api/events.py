"""Searching the events."""

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query, Request

from console.accounts.person import Person
from console.api import models
from console.api.access import allowed
from console.api.services import services_of
from console.hunt import search

router = APIRouter(prefix="/events", tags=["events"])
Hunter = Annotated[Person, Depends(allowed("events.read"))]
Moment = Annotated[str, models.Field(max_length=40, description="ns since 1970, ISO 8601, or now-1h; empty: open")]


class EventQuery(models.Request):
    query: Annotated[str, models.Field(max_length=8192, description="Lucene syntax over ECS names")] = ""
    start: Moment = ""
    end: Moment = ""
    kind: Literal["events", "alerts"] = "events"


class PageQuery(EventQuery):
    sort: Literal["newest", "oldest"] = "newest"
    size: Annotated[int, models.Field(ge=1, le=500)] = 50
    after: Annotated[str, models.Field(max_length=1024)] = ""


class HistogramQuery(EventQuery):
    buckets: Annotated[int, models.Field(ge=1, le=500)] = 60


class TermsQuery(EventQuery):
    field: Annotated[str, models.Field(min_length=1, max_length=256)]
    size: Annotated[int, models.Field(ge=1, le=500)] = 10
    fewest: bool = False


@router.get("")
def search_events(request: Request, person: Hunter, query: Annotated[PageQuery, Query()]) -> models.EventPage:
    return models.EventPage.model_validate(search.page(services_of(request).hunt, person.scope, query))


@router.get("/histogram")
def count_events(
    request: Request, person: Hunter, query: Annotated[HistogramQuery, Query()]
) -> models.Histogram:
    """Counts per interval. An open span is closed by the first and last event there is."""
    return models.Histogram.model_validate(search.histogram(services_of(request).hunt, person.scope, query))


@router.get("/terms")
def top_values(request: Request, person: Hunter, query: Annotated[TermsQuery, Query()]) -> models.Terms:
    """Most (or fewest) occurring values of one field."""
    return models.Terms.model_validate(search.terms(services_of(request).hunt, person.scope, query))


@router.get("/fields")
def list_fields(request: Request, person: Hunter) -> list[models.EventField]:
    """The event catalogue: for completion and labels."""
    return [models.EventField.model_validate(item) for item in search.fields(services_of(request).hunt)]
