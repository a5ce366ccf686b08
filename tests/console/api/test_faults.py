"""Every refusal has a code, words in two languages, and no inner workings."""

import ast
import json
from typing import Any

import pytest
from starlette.requests import Request

from analyzer import errors
from console.api.faults import CODES, HTTP_CODES, language_of, messages, problem
from tests.console.room import Room
from tests.corpus import ROOT

anyio = pytest.mark.anyio


def codes_in_the_sources() -> set[str]:
    """First arguments of every ConsoleError(…) and of what answers a code."""
    found: set[str] = set()
    for path in (ROOT / "console").glob("**/*.py"):
        if "web" in path.relative_to(ROOT).parts:
            continue
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "ConsoleError" and node.args:
                texts = (it.value for it in ast.walk(node.args[0]) if isinstance(it, ast.Constant))
                found |= {it for it in texts if isinstance(it, str)}
    return found


def test_every_code_that_is_raised_has_its_words() -> None:
    raised = codes_in_the_sources() | {code for _, code in CODES} | set(HTTP_CODES.values())
    assert raised <= set(messages())
    assert len(raised) > 15


def test_every_message_says_what_to_do_in_both_languages() -> None:
    for code, message in messages().items():
        assert 400 <= message.status < 600, code
        for text in (message.en, message.hint_en):
            assert text.isascii() and text.endswith("."), code
        for text in (message.zh, message.hint_zh):
            assert not text.isascii() and text.endswith("。"), code


def test_every_fault_of_the_analyzer_has_a_code() -> None:
    for fault in vars(errors).values():
        if isinstance(fault, type) and issubclass(fault, errors.AnalyzerError):
            assert any(issubclass(fault, kind) for kind, _ in CODES)


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("", "zh"),
        ("en", "en"),
        ("en-GB,en;q=0.9", "en"),
        ("zh-CN,zh;q=0.9,en;q=0.8", "zh"),
        ("en;q=0.5, zh;q=0.9", "zh"),
        ("fr, de", "zh"),
        ("fr, en;q=0.1", "en"),
        ("en;q=0", "zh"),
        ("en;q=x", "zh"),
        ("*" * 10_000, "zh"),
        ("zh, en", "zh"),
        ("en, zh", "en"),
    ],
)
def test_language_of(header: str, language: str) -> None:
    assert language_of(header) == language


def request(language: str = "en") -> Request:
    headers = [(b"accept-language", language.encode())]
    return Request({"type": "http", "headers": headers, "request_id": "abc"})


def body(code: str, details: dict[str, Any], language: str = "en") -> dict[str, Any]:
    answer = problem(request(language), code, details)
    error: dict[str, Any] = json.loads(bytes(answer.body))["error"]
    return error


def test_a_problem_speaks_the_readers_language() -> None:
    assert body("forbidden", {})["message"] == messages()["forbidden"].en
    assert body("forbidden", {}, "zh-CN")["hint"] == messages()["forbidden"].hint_zh


def test_details_stand_beside_the_message() -> None:
    error = body("query_syntax", {"start": 3, "end": 5, "detail": "odd"})
    assert (error["start"], error["end"], error["detail"], error["request"]) == (3, 5, "odd", "abc")


def test_a_wait_is_also_a_header() -> None:
    assert problem(request(), "locked", {"retry_after_seconds": 7}).headers["retry-after"] == "7"


@anyio
async def test_a_wrong_body_is_named_without_its_values(console: Room) -> None:
    """A password may be among them."""
    secret = {"account": "ann", "password": 1234567890123, "extra": "secret-value"}
    answer = await console.browser().post("/session", secret)
    assert (answer.status_code, answer.json()["error"]["code"]) == (422, "invalid")
    assert "body.password" in answer.json()["error"]["detail"]
    assert "1234567890123" not in answer.text
    assert "secret-value" not in answer.text


@anyio
@pytest.mark.parametrize(
    "content", [b"", b"{", b"[]", b"\xff\xfe", b"null", b'{"account": "' + b"a" * 70 + b'"}']
)
async def test_any_body_is_answered(console: Room, content: bytes) -> None:
    headers = {"content-type": "application/json"}
    answer = await console.browser().http.post("/api/v1/session", content=content, headers=headers)
    assert answer.status_code == 422
    assert answer.json()["error"]["code"] == "invalid"


@anyio
async def test_deep_json_is_answered(console: Room) -> None:
    content = b"[" * 30_000
    headers = {"content-type": "application/json"}
    answer = await console.browser().http.post("/api/v1/session", content=content, headers=headers)
    assert answer.status_code == 422


@anyio
@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/api/v1/nothing", 404, "not_found"),
        ("GET", "/api/", 404, "not_found"),
        ("PUT", "/api/v1/session", 405, "method"),
        ("OPTIONS", "/api/v1/session", 405, "method"),
        ("GET", "/openapi.json", 404, "not_found"),
        ("GET", "/docs", 404, "not_found"),
    ],
)
async def test_what_is_not_served(console: Room, method: str, path: str, status: int, code: str) -> None:
    answer = await console.browser().http.request(method, path)
    assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)


@anyio
async def test_a_fault_of_our_own_shows_no_traceback(
    console: Room, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """The client gets an id, the log the reason under the same id."""
    ann = await console.person("ann", "auditor")

    def broken(*_: object) -> None:
        raise RuntimeError("inner workings")

    monkeypatch.setattr("console.audit.trail.page", broken)
    answer = await ann.get("/audit")
    assert (answer.status_code, answer.json()["error"]["code"]) == (500, "internal")
    assert "inner workings" not in answer.text
    assert answer.json()["error"]["request"] in caplog.text
    assert "inner workings" in caplog.text
    assert answer.headers["content-security-policy"]


@anyio
async def test_an_analyzer_that_is_away_is_said(console: Room) -> None:
    """Reading the lists still works; a change is refused, and nothing pretends to have happened."""
    ann = await console.person("ann", "security")
    await console.services.control.close()
    console.services.settings.analyzer.control_socket.unlink()
    answer = await ann.get("/status")
    assert (answer.status_code, answer.json()["error"]["code"]) == (503, "analyzer_unavailable")
    assert (await ann.get("/alerts")).status_code == 200
