"""Every refusal as JSON: {"error": {code, message, hint, request, …}}, in the reader's language."""

import logging
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from sqlalchemy.exc import OperationalError
from starlette.exceptions import HTTPException

from analyzer.control.client import AnalyzerAwayError
from analyzer.errors import (
    AnalyzerError,
    ConflictError,
    ForbiddenError,
    InvalidError,
    NotFoundError,
    QuerySyntaxError,
    StoreError,
)
from analyzer.store.lucene_faults import chinese
from console.errors import ConsoleError

log = logging.getLogger(__name__)

CODES: tuple[tuple[type[AnalyzerError], str], ...] = (
    (QuerySyntaxError, "query_syntax"),
    (ForbiddenError, "forbidden"),
    (InvalidError, "invalid"),
    (NotFoundError, "not_found"),
    (ConflictError, "conflict"),
    (AnalyzerAwayError, "analyzer_unavailable"),
    (StoreError, "store_unavailable"),
    (AnalyzerError, "failed"),
)
"""The analyzer's faults in the console's words; the first that fits."""

HTTP_CODES = {404: "not_found", 405: "method", 413: "too_large"}
"""What the framework itself refuses; anything else of it is `invalid`."""

MAX_DETAILS = 5
"""Wrong places of one request that are named; more help nobody."""


@dataclass(frozen=True, slots=True)
class Message:
    status: int
    en: str
    zh: str
    hint_en: str
    hint_zh: str


@cache
def messages() -> Mapping[str, Message]:
    text = files("console.api").joinpath("messages.toml").read_text("utf-8")
    return {code: Message(**entry) for code, entry in tomllib.loads(text).items()}


def language_of(header: str) -> str:
    """`zh` or `en` of an Accept-Language header (RFC 9110 12.5.4); Chinese unless English is preferred."""
    ranked = [ranked_language(part) for part in header.split(",")[:20]]
    known = [
        (weight, -place, name)
        for place, (weight, name) in enumerate(ranked)
        if name in ("zh", "en") and weight
    ]
    return max(known)[2] if known else "zh"


def ranked_language(part: str) -> tuple[float, str]:
    tag, _, weight = part.strip().lower().partition(";q=")
    try:
        return float(weight or 1), tag.partition("-")[0]
    except ValueError:
        return 0.0, ""


def problem(request: Request, code: str, details: Mapping[str, Any]) -> JSONResponse:
    message = messages()[code]
    english = language_of(request.headers.get("accept-language", "")) == "en"
    error = {
        "code": code,
        "message": message.en if english else message.zh,
        "hint": message.hint_en if english else message.hint_zh,
        "request": request.scope.get("request_id", ""),
        **details,
    }
    wait = details.get("retry_after_seconds")
    headers = {"Retry-After": str(wait)} if wait is not None else None
    return JSONResponse({"error": error}, status_code=message.status, headers=headers)


async def refused(request: Request, error: ConsoleError) -> JSONResponse:
    return problem(request, error.code, error.details)


async def refused_by_analyzer(request: Request, error: AnalyzerError) -> JSONResponse:
    code = next(code for kind, code in CODES if isinstance(error, kind))
    if isinstance(error, QuerySyntaxError):
        return problem(
            request, code, place_of(error, language_of(request.headers.get("accept-language", "")))
        )
    detail = f"{error}: {error.hint}" if error.hint else str(error)
    return problem(request, code, {"detail": detail})


def place_of(error: QuerySyntaxError, language: str) -> dict[str, Any]:
    """The search language says more exactly what is wrong than the code's own words."""
    message, hint = chinese(error) if language == "zh" and error.code else (str(error), error.hint)
    return {"message": message, "hint": hint, "start": error.start, "end": error.end}


async def malformed(request: Request, error: RequestValidationError) -> JSONResponse:
    """Names the wrong places, never repeats the values: a password may be among them."""
    places = [f"{'.'.join(map(str, item['loc']))}: {item['msg']}" for item in error.errors()[:MAX_DETAILS]]
    return problem(request, "invalid", {"detail": "; ".join(places)})


async def not_served(request: Request, error: HTTPException) -> JSONResponse:
    return problem(request, HTTP_CODES.get(error.status_code, "invalid"), {})


async def failed(request: Request, error: Exception) -> JSONResponse:
    """The last resort (ASVS 16.5.4): the log gets the traceback, the client gets the id to find it by."""
    log.error("request %s failed", request.scope.get("request_id"), exc_info=error)
    return problem(request, "internal", {})


async def state_unreadable(request: Request, error: OperationalError) -> JSONResponse:
    """The analyzer has not made the state yet, or is putting it in order."""
    log.warning("request %s: the state cannot be read: %s", request.scope.get("request_id"), error.orig)
    return problem(request, "analyzer_unavailable", {})


def answer_faults(app: FastAPI) -> None:
    app.exception_handler(ConsoleError)(refused)
    app.exception_handler(AnalyzerError)(refused_by_analyzer)
    app.exception_handler(OperationalError)(state_unreadable)
    app.exception_handler(RequestValidationError)(malformed)
    app.exception_handler(HTTPException)(not_served)
    app.exception_handler(Exception)(failed)
