"""Searching the events."""

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query, Request
from pydantic import Field

from console.accounts.person import Person
from console.api import models
from console.api.access import allowed
from console.api.services import services_of
from console.hunt.search import Question

router = APIRouter(prefix="/events", tags=["events"])
Hunter = Annotated[Person, Depends(allowed("events.read"))]
Moment = Annotated[str, Field(max_length=40, description="ns since 1970, ISO 8601, now-1h; empty: open")]


class EventQuery(models.Request):
    query: Annotated[str, Field(max_length=8192, description="Lucene syntax over ECS names")] = ""
    start: Moment = ""
    end: Moment = ""
    kind: Literal["events", "alerts"] = "events"

    def question(self, person: Person) -> Question:
        return Question(person.scope, self.kind, self.query, self.start, self.end)


class PageQuery(EventQuery):
    sort: Literal["newest", "oldest"] = "newest"
    size: Annotated[int, Field(ge=1, le=500)] = 50
    after: Annotated[str, Field(max_length=1024, description="`next` of the page before")] = ""


class HistogramQuery(EventQuery):
    buckets: Annotated[int, Field(ge=1, le=500)] = 60


class TermsQuery(EventQuery):
    field: Annotated[str, Field(min_length=1, max_length=256)]
    size: Annotated[int, Field(ge=1, le=500)] = 10
    fewest: bool = False


@router.get("")
def search_events(request: Request, person: Hunter, query: Annotated[PageQuery, Query()]) -> models.EventPage:
    """A wrong search text is 422 `query_syntax` with its place (start, end) and a hint."""
    hunt = services_of(request).hunt
    ascending = query.sort == "oldest"
    page = hunt.page(query.question(person), size=query.size, ascending=ascending, after=query.after)
    return models.EventPage.model_validate(page)


@router.get("/histogram")
def count_events(
    request: Request, person: Hunter, query: Annotated[HistogramQuery, Query()]
) -> models.Histogram:
    """Counts per interval. An open span is closed by the first and last event there is."""
    counts = services_of(request).hunt.histogram(query.question(person), query.buckets)
    return models.Histogram.model_validate(counts)


@router.get("/terms")
def top_values(request: Request, person: Hunter, query: Annotated[TermsQuery, Query()]) -> models.Terms:
    """Most (or fewest) occurring values of one field."""
    hunt = services_of(request).hunt
    counts = hunt.terms(query.question(person), query.field, query.size, fewest=query.fewest)
    return models.Terms.model_validate(counts)


@router.get("/fields")
def list_fields(request: Request, person: Hunter) -> list[models.EventField]:
    """The event catalogue: for completion and labels."""
    return [models.EventField.model_validate(item) for item in services_of(request).hunt.catalogue()]
