"""Verdicts: with a version, with a reason, and with a way back."""

import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from analyzer.alerting import judge, queue
from analyzer.errors import ConflictError, InvalidError, NotFoundError
from analyzer.state import Sessions, close
from tests.analyzer.control.groups import add_group
from tests.analyzer.state.fresh import fresh_state

WHO: dict[str, Any] = {"account": "li", "now_ns": 5}


def judged(sessions: Sessions, verdict: str, version: int, reason: str = "") -> dict[str, Any]:
    with sessions.begin() as db:
        judge.verdict(db, "g1", verdict, reason, version, **WHO)
        return queue.read_group(db, "g1")


def test_a_verdict_and_its_history(tmp_path: Path) -> None:
    sessions = fresh_state(tmp_path)
    add_group(sessions, "g1")
    found = judged(sessions, "false_positive", 1, "our scanner")
    assert (found["status"], found["verdict"], found["reason"]) == ("false_positive",) * 2 + ("our scanner",)
    assert found["version"] == 2
    with sessions() as db:
        (change,) = queue.read_history(db, "g1")
    assert (change["account"], change["action"], change["reason"]) == ("li", "verdict", "our scanner")
    assert change["before"]["status"] == "open"
    close(sessions)


def test_what_is_refused(tmp_path: Path) -> None:
    sessions = fresh_state(tmp_path)
    add_group(sessions, "g1")
    with sessions() as db:
        for verdict, reason, fault in [
            ("guilty", "", InvalidError),
            ("false_positive", "  ", InvalidError),
            ("escalated", "x" * 1_001, InvalidError),
        ]:
            with pytest.raises(fault):
                judge.verdict(db, "g1", verdict, reason, 1, **WHO)
        with pytest.raises(ConflictError, match="version 1, not 2"):
            judge.verdict(db, "g1", "escalated", "", 2, **WHO)
        with pytest.raises(NotFoundError):
            judge.verdict(db, "g2", "escalated", "", 1, **WHO)
        with pytest.raises(ConflictError, match="nothing to take back"):
            judge.undo(db, "g1", 1, **WHO)
    close(sessions)


STEPS = st.lists(
    st.sampled_from(["open", "acknowledged", "escalated", "false_positive", "assign", "undo"]), max_size=12
)


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
def test_undo_walks_back_through_every_step(tmp_path: Path, steps: list[str]) -> None:
    """Against a stack of what was seen before each step that still stands."""
    sessions = fresh_state(Path(tempfile.mkdtemp(dir=tmp_path)))
    add_group(sessions, "g1")
    stack: list[dict[str, Any]] = []
    with sessions.begin() as db:
        for version, step in enumerate(steps, 1):
            now = seen(queue.read_group(db, "g1"))
            if step == "undo" and not stack:
                break
            if step == "undo":
                judge.undo(db, "g1", version, **WHO)
                assert seen(queue.read_group(db, "g1")) == stack.pop()
            else:
                stack.append(now)
                act(db, step, version)
    close(sessions)


def act(db: Any, step: str, version: int) -> None:
    if step == "assign":
        judge.assign(db, "g1", f"somebody {version}", version, **WHO)
    else:
        judge.verdict(db, "g1", step, f"reason {version}", version, **WHO)


def seen(group: dict[str, Any]) -> dict[str, Any]:
    return {key: group[key] for key in ("status", "verdict", "reason", "assignee")}
