"""The supervisor, over small real processes."""

import asyncio
import json
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from console import appliance as module
from console.appliance import Appliance, ApplianceError, Part, hold, parts, states_path

GOOD = "import json,time,sys; print(json.dumps({'ready': NAME, 'url': 'x'}), flush=True); time.sleep(60)"
DIES = "import sys; sys.exit(3)"


@pytest.fixture
def script(monkeypatch: pytest.MonkeyPatch) -> Callable[[dict[str, str]], None]:
    """Gives each part's name the Python text it runs."""

    def choose(texts: dict[str, str]) -> None:
        monkeypatch.setattr(
            module,
            "command",
            lambda _data, part: [sys.executable, "-c", texts[part.name].replace("NAME", repr(part.name))],
        )

    return choose


def start(data: Path, names: list[str], lines: list[str]) -> Appliance:
    return Appliance(data, [Part(name, []) for name in names], say=lines.append)


async def nothing_more(_: Appliance) -> None:
    """What the real callback does is the browser tests' matter."""


def states(data: Path) -> dict[str, dict[str, object]]:
    read: dict[str, dict[str, object]] = json.loads(states_path(data).read_text())
    return read


def test_parts_start_with_the_analyzer_and_end_with_the_capture() -> None:
    assert [part.name for part in parts()] == ["analyzer", "console", "link", "capture"]
    assert "--replay" in parts(Path("town.pcap"))[-1].arguments


def test_runs_in_order_and_stops_cleanly(tmp_path: Path, script: Callable[[dict[str, str]], None]) -> None:
    script({"one": GOOD, "two": GOOD})
    seen: list[list[str]] = []

    async def scenario() -> None:
        supervisor = start(tmp_path, ["one", "two"], [])

        async def started(running: Appliance) -> None:
            seen.append([process.state for process in running.processes])
            running.stop()

        await supervisor.run(started)

    asyncio.run(scenario())
    assert seen == [["running", "running"]]
    assert {state["state"] for state in states(tmp_path).values()} == {"stopped"}
    for state in states(tmp_path).values():
        with pytest.raises(ProcessLookupError):
            os.kill(int(str(state["pid"])), 0)


def test_starts_again_what_died(tmp_path: Path, script: Callable[[dict[str, str]], None]) -> None:
    script({"one": GOOD})
    lines: list[str] = []

    async def scenario() -> None:
        supervisor = start(tmp_path, ["one"], lines)

        async def started(running: Appliance) -> None:
            os.kill(running.processes[0].pid, signal.SIGKILL)
            asyncio.get_running_loop().create_task(wait_for_second_life(running))

        async def wait_for_second_life(running: Appliance) -> None:
            while running.processes[0].restarts == 0:  # noqa: ASYNC110 - the supervisor has no event for it
                await asyncio.sleep(0.02)
            await running.processes[0].ready.wait()
            running.stop()

        await asyncio.wait_for(supervisor.run(started), 30)

    asyncio.run(scenario())
    assert states(tmp_path)["one"]["restarts"] == 1
    assert any("ended with code -9" in line for line in lines)


def test_says_which_process_does_not_get_ready(
    tmp_path: Path, script: Callable[[dict[str, str]], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    script({"one": DIES})
    monkeypatch.setattr(module, "READY_SECONDS", 1.0)
    with pytest.raises(ApplianceError, match="one did not get ready") as caught:
        asyncio.run(start(tmp_path, ["one"], []).run(nothing_more))
    assert "one.jsonl" in caught.value.hint


def test_one_appliance_a_folder(tmp_path: Path) -> None:
    with hold(tmp_path), pytest.raises(ApplianceError, match=f"process {os.getpid()}"):
        hold(tmp_path)
    hold(tmp_path).close()
