"""Over real sockets: who gets in, what the window allows, what a stalled inbox does to memory."""

import asyncio
import json
import resource
import ssl
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidMessage, InvalidStatus

from analyzer.inbox import Inbox
from analyzer.inbox.server import REVOCATION_SECONDS
from analyzer.trust import Revocation, credentials, prepare_keys
from analyzer.trust.authority import LEAF_LIFE, read_certificate
from sensor.identity import Credentials, client_context
from sensor.outbox import BatchMeta
from sensor.outbox.batch import WINDOW_BATCHES, pack
from tests.analyzer.inbox.rig import SENSOR, Rig, frame_of, ids, lines, running, until

pytestmark = pytest.mark.anyio


@pytest.fixture
def rig(tmp_path: Path) -> Rig:
    return Rig(tmp_path)


async def opened(
    inbox: Inbox, context: ssl.SSLContext, path: str = "/link", host: str = "localhost"
) -> ClientConnection:
    return await connect(f"wss://{host}:{inbox.port}{path}", ssl=context, compression=None, proxy=None)


def message(rig: Rig, epoch: str, start: int, count: int, width: int = 40) -> bytes:
    return pack(
        BatchMeta(epoch, start, count).encode(), frame_of(lines(epoch, start, count, width), rig.data)
    )


async def test_batches_are_acknowledged_in_order_and_readable(rig: Rig) -> None:
    inbox = rig.inbox()
    try:
        async with await opened(inbox, rig.context()) as connection:
            for start in (0, 2, 0):
                await connection.send(message(rig, "e", start, 2))
            answers = [json.loads(await connection.recv()) for _ in range(3)]
        assert [answer["ack"]["sequence"] for answer in answers] == [0, 2, 0]
        assert inbox.wake.is_set()
        assert ids(inbox.reader().read(0)) == ["e-0", "e-1", "e-2", "e-3"]
        (state,) = inbox.status().sensors
        assert (state.sensor, state.batches, state.events, state.missing) == (SENSOR, 3, 4, 0)
    finally:
        inbox.stop()


async def test_a_bad_batch_is_refused_and_the_connection_goes_on(rig: Rig) -> None:
    inbox = rig.inbox()
    try:
        async with await opened(inbox, rig.context()) as connection:
            await connection.send(pack(BatchMeta("e", 0, 5).encode(), frame_of(lines("e", 0, 2), rig.data)))
            refused = json.loads(await connection.recv())["refused"]
            await connection.send(message(rig, "e", 0, 2))
            assert "ack" in json.loads(await connection.recv())
        assert refused["reason"] == "the batch claims 5 events and has 2 lines"
        assert refused["reason"] in [refusal.reason for refusal in inbox.status().refusals]
    finally:
        inbox.stop()


@pytest.mark.parametrize(
    "garbage", [b"", b"\x00" * 100, "text", '{"pong": {"id": "never asked"}}', "[" * 5000]
)
async def test_who_breaks_the_protocol_is_disconnected(rig: Rig, garbage: bytes | str) -> None:
    inbox = rig.inbox()
    try:
        async with await opened(inbox, rig.context()) as connection:
            await connection.send(garbage)
            with pytest.raises(ConnectionClosed):
                await connection.recv()
        async with await opened(inbox, rig.context()) as connection:
            await connection.send(message(rig, "e", 0, 1))
            assert "ack" in json.loads(await connection.recv())
    finally:
        inbox.stop()


def other_authority(rig: Rig) -> ssl.SSLContext:
    """A certificate of the right form, signed by somebody else; believes our authority."""
    other = Rig(rig.data / "other")
    theirs = credentials(other.data, f"sensor/{SENSOR}")
    return client_context(Credentials(theirs.certificate, theirs.key, rig.data / "keys" / "ca.crt"))


def expired(rig: Rig) -> ssl.SSLContext:
    old = rig.data / "old"
    prepare_keys(old, [SENSOR], [], datetime.now(UTC) - LEAF_LIFE - timedelta(days=1))
    for name in ("ca.crt", "ca.key"):  # the authority in force is the same one
        (rig.data / "keys" / name).write_bytes((old / "keys" / name).read_bytes())
    prepare_keys(rig.data, [SENSOR], [], datetime.now(UTC))
    return client_context(credentials(old, f"sensor/{SENSOR}"))


def without_certificate(rig: Rig) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=str(rig.data / "keys" / "ca.crt"))


def server_certificate(rig: Rig) -> ssl.SSLContext:
    """The console's: of our authority, but not for a client (RFC 5280, 4.2.1.12)."""
    return client_context(credentials(rig.data, "console"))


def tls_1_2(rig: Rig) -> ssl.SSLContext:
    context = rig.context()
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    return context


@pytest.mark.parametrize(
    "context",
    [other_authority, expired, without_certificate, server_certificate, tls_1_2],
    ids=lambda it: it.__name__,
)
async def test_nobody_else_gets_in(rig: Rig, context: Callable[[Rig], ssl.SSLContext]) -> None:
    stranger = context(rig)
    inbox = rig.inbox()
    try:
        with pytest.raises((ssl.SSLError, ConnectionError, InvalidMessage)):
            # In TLS 1.3 the client learns of its refusal only with the first answer.
            await (await opened(inbox, stranger)).recv()
        assert inbox.status().sensors == ()
        async with await opened(inbox, rig.context()):
            await until(lambda: any(state.connected for state in inbox.status().sensors))
    finally:
        inbox.stop()


async def test_a_certificate_without_a_sensor_gets_in_nowhere(rig: Rig) -> None:
    """Signed by us and for a client, but it names no sensor: a wrong SAN."""
    from cryptography.x509.oid import ExtendedKeyUsageOID

    from analyzer.trust.authority import Authority, general_name, pem
    from sensor.identity.key import device_key, write_private

    folder = rig.data / "keys"
    authority = Authority.open(folder / "ca.crt", folder / "ca.key", datetime.now(UTC))
    key = device_key(folder / "odd.key")
    leaf = authority._issue(
        "odd", key.public_key(), [general_name("s-1")], ExtendedKeyUsageOID.CLIENT_AUTH, datetime.now(UTC)
    )
    write_private(folder / "odd.crt", pem(leaf))
    inbox = rig.inbox()
    try:
        with pytest.raises(InvalidStatus) as refused:
            await opened(inbox, client_context(credentials(rig.data, "odd")))
        assert refused.value.response.status_code == 403
        assert "names no sensor" in inbox.status().refusals[-1].reason
    finally:
        inbox.stop()


async def test_the_server_is_verified_by_name(rig: Rig) -> None:
    inbox = rig.inbox(address="127.0.0.2")
    try:
        with pytest.raises(ssl.SSLCertVerificationError):
            await opened(inbox, rig.context(), host="127.0.0.2")
    finally:
        inbox.stop()


async def test_other_paths_are_not_there(rig: Rig) -> None:
    inbox = rig.inbox()
    try:
        with pytest.raises(InvalidStatus) as refused:
            await opened(inbox, rig.context(), path="/")
        assert refused.value.response.status_code == 404
    finally:
        inbox.stop()


async def test_a_second_connection_of_one_identity_is_refused_and_recorded(rig: Rig) -> None:
    inbox = rig.inbox()
    try:
        async with await opened(inbox, rig.context()) as first:
            with pytest.raises(InvalidStatus):
                await opened(inbox, rig.context())
            await first.send(message(rig, "e", 0, 1))
            assert "ack" in json.loads(await first.recv())
        (refusal,) = inbox.status().refusals
        assert (refusal.sensor, refusal.address) == (SENSOR, "127.0.0.1")
        assert "connected already" in refusal.reason
    finally:
        inbox.stop()


async def test_a_revoked_certificate_is_cut_off_and_kept_out(rig: Rig) -> None:
    serial = read_certificate(credentials(rig.data, f"sensor/{SENSOR}").certificate).serial_number
    inbox = rig.inbox()
    try:
        connection = await opened(inbox, rig.context())
        await until(lambda: inbox.status().sensors != ())
        rig.revocations.revoke(Revocation(f"{serial:x}", SENSOR, "stolen", "2026-11-01T00:00:00Z"))
        async with asyncio.timeout(REVOCATION_SECONDS + 1):
            with pytest.raises(ConnectionClosed):
                await connection.recv()
        with pytest.raises(InvalidStatus):
            await opened(inbox, rig.context())
        assert {refusal.reason for refusal in inbox.status().refusals} == {"the certificate is revoked"}
    finally:
        inbox.stop()


async def test_an_unreadable_revocation_list_lets_nobody_in(rig: Rig) -> None:
    (rig.data / "keys" / "revoked.json").write_text("damaged")
    inbox = rig.inbox()
    try:
        with pytest.raises(InvalidStatus):
            await opened(inbox, rig.context())
    finally:
        inbox.stop()


async def test_who_ignores_the_window_is_disconnected(rig: Rig) -> None:
    inbox = rig.inbox(max_bytes=1_000_000)
    big = message(rig, "e", 0, 1, width=10)
    try:
        stall(inbox)
        async with await opened(inbox, rig.context()) as connection:
            with pytest.raises(ConnectionClosed):
                for _ in range(WINDOW_BATCHES + 1):
                    await connection.send(big)
                await connection.recv()
        assert "window" in inbox.status().refusals[-1].reason
    finally:
        inbox.stop()


def stall(inbox: Inbox) -> None:
    """Make it believe, through its real budget check, that there is no room."""
    inbox._journal.commit = lambda arrivals: []  # type: ignore[method-assign]


async def test_a_stalled_inbox_makes_the_sensor_wait_without_growing(rig: Rig) -> None:
    """200 batches of 100 kB wait in the outbox; neither side takes more than the window into memory."""
    outbox = rig.outbox()
    random_line = rig.data / "random"
    random_line.write_bytes(ssl.RAND_bytes(50_000))
    payload = random_line.read_bytes().hex().encode() + b"\n"
    for number in range(200):
        outbox.append(BatchMeta("e", number, 1), payload)
    outbox.sync()
    inbox = rig.inbox(max_bytes=1_000_000)
    try:
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        async with running(rig.link(inbox.port)):
            await until(lambda: inbox.status().obstacle != "")
            durable = inbox.status().durable
            await asyncio.sleep(1.0)
            grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
            assert inbox.status().durable == durable < 30
            assert inbox.status().sensors[0].connected, "pings are answered while batches wait"
            assert grown < 64 * 1024, f"{grown} KiB"
            reader, position = inbox.reader(), 0
            while position < 200:
                for batch in reader.read(position):
                    assert batch.position == position
                    position += 1
                inbox.trim(position)
                await asyncio.sleep(0)
        assert inbox.status().obstacle == ""
    finally:
        inbox.stop()


async def test_no_sensor_may_bear_the_analyzers_name(tmp_path: Path) -> None:
    rig = Rig(tmp_path, ("analyzer",))
    inbox = rig.inbox()
    try:
        with pytest.raises(InvalidStatus):
            await opened(inbox, rig.context("analyzer"))
        assert "own" in inbox.status().refusals[0].reason
    finally:
        inbox.stop()
