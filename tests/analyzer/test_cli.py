"""The command line over a data folder: readings from files, exit codes that say whose turn it is."""

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from analyzer.cli import alerts_app, audit_app, plain
from analyzer.ledger import Actor, AuditRecord, Ledger
from analyzer.state import close
from tests.analyzer.control.groups import add_group
from tests.analyzer.state.fresh import fresh_state


@pytest.fixture
def data(tmp_path: Path) -> Path:
    folder = tmp_path / "analyzer"
    folder.mkdir()
    sessions = fresh_state(folder)
    add_group(sessions, "g1")
    close(sessions)
    ledger = Ledger(folder / "ledger")
    ledger.record(AuditRecord(5, "test", Actor("li"), "thing", "[red]x\x1b[2J", "done"))
    ledger.close()
    return tmp_path


def run(app: Any, data: Path, *arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(app, arguments, obj=data)
    return result.exit_code, result.output


def test_alerts(data: Path) -> None:
    code, output = run(alerts_app, data, "list", "--json")
    assert (code, [it["group"] for it in json.loads(output)["items"]]) == (0, ["g1"])
    code, output = run(alerts_app, data, "show", "g1")
    assert (code, json.loads(output)["group"]["group"]) == (0, "g1")
    assert "g1" in run(alerts_app, data, "list")[1]


def test_exit_codes(data: Path) -> None:
    assert run(alerts_app, data, "show", "ghost")[0] == 1
    assert run(alerts_app, data, "list", "--status", "closed")[0] == 2
    code, output = run(alerts_app, data, "verdict", "g1", "escalated")
    assert code == 3
    assert "starwatch up" in output


def test_the_audit_trail(data: Path) -> None:
    code, output = run(audit_app, data, "list", "--json")
    assert (code, json.loads(output)[0]["actor"]["account"]) == (0, "li")
    assert "\x1b[2J" not in run(audit_app, data, "list")[1]


def test_text_from_the_network_is_text() -> None:
    assert plain("a\x1b[2Jb\u202e") == r"a?\[2Jb?"
