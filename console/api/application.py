"""The API as one application: every router, listed."""

from fastapi import APIRouter, FastAPI
from fastapi.routing import APIRoute

from console.api import accounts, alerts, audit, events, evidence, models, rules, session, status, stream
from console.api.faults import answer_faults

PREFIX = "/api/v1"
ROUTERS: tuple[APIRouter, ...] = (
    session.router,
    alerts.router,
    evidence.router,
    events.router,
    rules.router,
    status.router,
    audit.router,
    accounts.router,
    stream.router,
)
PROBLEM = {"model": models.Problem, "description": "Refused, with a stable code"}


def operation_id(route: APIRoute) -> str:
    """The function's name: what the generated client calls it."""
    return route.name


def api_application() -> FastAPI:
    """Routes and faults only: serves nothing until app.py gives it services. No documentation pages."""
    app = FastAPI(
        title="StarWatch",
        version="1",
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        generate_unique_id_function=operation_id,
    )
    for router in ROUTERS:
        app.include_router(router, prefix=PREFIX, responses={"4XX": PROBLEM, "5XX": PROBLEM, 422: PROBLEM})
    answer_faults(app)
    return app
