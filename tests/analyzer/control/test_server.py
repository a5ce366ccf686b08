"""The control service over its real socket: hostile lines, slow subscribers, a peer that leaves."""

import asyncio
import json
import os
import socket
import stat
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from analyzer.control import hub as hub_module
from analyzer.control.base import Push
from analyzer.control.client import RESYNC, AnalyzerAwayError, ControlClient, ask
from analyzer.control.hub import Hub
from analyzer.control.lines import MAX_REQUEST
from analyzer.control.server import ControlServer
from analyzer.errors import ConflictError, ForbiddenError, InvalidError, NotFoundError
from analyzer.ledger import LOCAL, Actor
from tests.analyzer.control.desk import HASH, Office
from tests.analyzer.control.groups import add_group

ME = Actor(LOCAL)


@asynccontextmanager
async def serving(office: Office) -> AsyncIterator[tuple[Path, Hub]]:
    path = office.folder / "run" / "control.sock"
    hub = Hub(asyncio.get_running_loop())
    server = ControlServer(path, office.dispatch, hub)
    await server.start()
    try:
        yield path, hub
    finally:
        await server.stop()


async def until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not holds():  # noqa: ASYNC110 - what is waited for happens in another thread
            await asyncio.sleep(0.01)


async def raw(path: Path, line: bytes) -> dict[str, Any]:
    reader, writer = await asyncio.open_unix_connection(str(path))
    writer.write(line)
    answer = json.loads(await reader.readline())
    writer.close()
    return dict(answer)


def test_only_its_own_user_reaches_it(office: Office) -> None:
    async def scene() -> None:
        async with serving(office) as (path, _):
            assert stat.S_IMODE(path.stat().st_mode) == 0o600
            assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
        assert not path.exists()

    asyncio.run(scene())


@pytest.mark.parametrize(
    "line",
    [
        b"\n",
        b"not json\n",
        b"[]\n",
        b'"x"\n',
        b"{}\n",
        b'{"id":1,"action":5}\n',
        b'{"id":1,"action":"status.read"}\n',
        b'{"id":1,"action":"status.read","actor":[]}\n',
        b'{"id":1,"action":"status.read","actor":{"account":"\\ud800"}}\n',
        b'{"id":1,"action":"account.create","actor":{"account":"@local"},"params":7}\n',
        b'{"a":' + b"[" * 100_000 + b"\n",
        b"\xff\xfe\n",
        b'{"id":1,"action":"x","pad":"' + b"y" * MAX_REQUEST + b'"}\n',
    ],
)
def test_hostile_lines_are_answered(office: Office, line: bytes) -> None:
    async def scene() -> None:
        async with serving(office) as (path, _):
            answer = await raw(path, line)
            assert (answer["ok"], answer["error"]["kind"]) == (False, "invalid")
            client = ControlClient(path)
            assert await client.request("status.read", ME)
            await client.close()

    asyncio.run(scene())


def test_refusals_come_back_as_what_they_are(office: Office) -> None:
    async def scene() -> None:
        async with serving(office) as (path, _):
            client = ControlClient(path)
            stranger = Actor("nobody", "", "192.0.2.1")
            with pytest.raises(ForbiddenError):
                await client.request("status.read", stranger)
            with pytest.raises(NotFoundError):
                await client.request("account.disable", ME, {"account": "ghost"})
            with pytest.raises(InvalidError, match="missing"):
                await client.request("account.disable", ME)
            with pytest.raises(ConflictError) as caught:
                await client.request("retention.set", ME, {"days": 10})
            assert "confirm=10" in caught.value.hint
            await client.close()

    asyncio.run(scene())


def test_many_requests_at_once_get_their_own_answers(office: Office) -> None:
    async def scene() -> None:
        async with serving(office) as (path, _):
            client = ControlClient(path)
            params = [
                {"account": f"a{number}", "name": "A", "password_hash": HASH, "roles": ["viewer"]}
                for number in range(20)
            ]
            made = await asyncio.gather(*(client.request("account.create", ME, it) for it in params))
            assert [it["account"] for it in made] == [it["account"] for it in params]
            await client.close()

    asyncio.run(scene())


def test_the_process_is_named_by_the_kernel(office: Office) -> None:
    async def scene() -> None:
        async with serving(office) as (path, _):
            await asyncio.to_thread(ask, path, "rules.reload", ME)

    asyncio.run(scene())
    assert office.trail()[-1].process == {"pid": os.getpid(), "uid": os.getuid()}


def test_a_change_reaches_subscribers_at_once(office: Office) -> None:
    async def scene() -> None:
        add_group(office.sessions, "g1")
        async with serving(office) as (path, _), asyncio.timeout(10):
            client = ControlClient(path)
            pushes = client.subscribe()
            assert (await anext(pushes)).kind == RESYNC
            await client.request("alert.verdict", ME, {"group": "g1", "verdict": "escalated", "version": 1})
            push = await anext(pushes)
            assert (push.kind, push.data["group"], push.data["status"]) == ("group", "g1", "escalated")
            await client.close()

    asyncio.run(scene())


def test_a_subscriber_comes_back_after_a_restart(office: Office) -> None:
    async def scene() -> None:
        client = ControlClient(office.folder / "run" / "control.sock")
        pushes = client.subscribe(pause=lambda: 0.0)
        async with asyncio.timeout(20):
            async with serving(office):
                assert (await anext(pushes)).kind == RESYNC
            waiting = asyncio.ensure_future(anext(pushes))
            await asyncio.sleep(0.2)
            async with serving(office) as (_, hub):
                assert (await waiting).kind == RESYNC
                hub.publish(Push("alert", {"n": 1}))
                assert (await anext(pushes)).data == {"n": 1}

    asyncio.run(scene())


def test_a_subscriber_that_does_not_read_is_cut_off(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its socket fills, then its queue; it is disconnected, and its next connection begins with RESYNC."""
    monkeypatch.setattr(hub_module, "MAX_WAITING", 50)

    async def scene() -> None:
        async with serving(office) as (path, hub), asyncio.timeout(20):
            with socket.socket(socket.AF_UNIX) as stuck:
                stuck.connect(str(path))
                stuck.sendall(b'{"id":1,"subscribe":true}\n')
                await until(lambda: hub.subscribers == 1)
                for number in range(2_000):
                    hub.publish(Push("alert", {"n": number, "pad": "x" * 1_000}))
                    await asyncio.sleep(0)
                (subscriber,) = hub._subscribers
                assert subscriber.lost

    asyncio.run(scene())


def test_a_peer_that_leaves_does_not_take_its_request_with_it(office: Office) -> None:
    async def scene() -> None:
        async with serving(office) as (path, _):
            _, writer = await asyncio.open_unix_connection(str(path))
            document = {"id": 1, "action": "rules.reload", "actor": {"account": LOCAL}, "params": {}}
            writer.write(json.dumps(document).encode() + b"\n")
            await writer.drain()
            writer.close()
            await until(lambda: office.ledger.records == 1)

    asyncio.run(scene())
    assert [it.action for it in office.trail()] == ["rules.reload"]


def test_without_an_analyzer_it_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(AnalyzerAwayError) as caught:
        ask(tmp_path / "none.sock", "status.read", ME)
    assert "starwatch up" in caught.value.hint

    async def scene() -> None:
        with pytest.raises(AnalyzerAwayError):
            await ControlClient(tmp_path / "none.sock").request("status.read", ME)

    asyncio.run(scene())
