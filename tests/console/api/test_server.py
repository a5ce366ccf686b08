"""The process as browsers meet it: HTTPS on a socket, a ready line, an orderly end (a child process, real keys)."""

import json
import signal
import ssl
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest

from analyzer.trust import prepare_keys
from console.api.server import tls, use_renewed
from console.settings import load_settings
from tests.corpus import ROOT

SCRIPT = """
import asyncio, sys, threading
from pathlib import Path
from analyzer.control.hub import Hub
from analyzer.control.server import ControlServer
from console.app import run
from console.settings import load_settings
from tests.analyzer.control.desk import Office

data = Path(sys.argv[1])
settings = load_settings(data)
settings.analyzer.ledger.parent.mkdir(parents=True)
office = Office(settings.analyzer.ledger.parent)

async def analyzer(ready):
    server = ControlServer(settings.analyzer.control_socket, office.dispatch, Hub(asyncio.get_running_loop()))
    await server.start()
    ready.set()
    await asyncio.Event().wait()

ready = threading.Event()
threading.Thread(target=lambda: asyncio.run(analyzer(ready)), daemon=True).start()
ready.wait()
run(settings)
"""


@dataclass
class Served:
    url: str
    authority: Path
    process: subprocess.Popen[str]

    def client(self) -> httpx.Client:
        return httpx.Client(base_url=self.url, verify=ssl.create_default_context(cafile=self.authority))


@contextmanager
def serving(folder: Path) -> Iterator[Served]:
    (folder / "settings.toml").write_text("[console]\nport = 0\n")
    prepare_keys(folder, [], [], datetime.now(UTC))
    process = subprocess.Popen(
        [sys.executable, "-c", SCRIPT, str(folder)], stdout=subprocess.PIPE, text=True, cwd=ROOT
    )
    assert process.stdout is not None
    ready = json.loads(process.stdout.readline())
    assert ready["ready"] == "console"
    try:
        yield Served(ready["url"], folder / "keys" / "ca.crt", process)
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serving(tmp_path_factory.mktemp("served")) as running:
        yield running


def test_https_with_the_appliances_own_certificate(served: Served) -> None:
    with served.client() as client:
        answer = client.get("/api/v1/session")
    assert answer.status_code == 401
    assert "server" not in answer.headers


def test_forwarded_addresses_and_old_tls_are_not_believed(served: Served) -> None:
    old = ssl.create_default_context(cafile=served.authority)
    with pytest.warns(DeprecationWarning):
        old.maximum_version = ssl.TLSVersion.TLSv1_1
    with httpx.Client(base_url=served.url, verify=old) as client, pytest.raises(httpx.ConnectError):
        client.get("/api/v1/session")


def test_weak_ciphers_are_not_offered(served: Served) -> None:
    weak = ssl.create_default_context(cafile=served.authority)
    weak.maximum_version = ssl.TLSVersion.TLSv1_2
    weak.set_ciphers("AES128-SHA:AES256-SHA256:ECDHE-RSA-AES128-SHA")
    with httpx.Client(base_url=served.url, verify=weak) as client, pytest.raises(httpx.ConnectError):
        client.get("/api/v1/session")


def test_a_renewed_certificate_is_used_and_a_broken_one_is_not(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    prepare_keys(tmp_path, [], [], datetime.now(UTC))
    settings = load_settings(tmp_path)
    context = tls(settings)
    before = served_by(context)
    settings.certificate.unlink()
    prepare_keys(tmp_path, [], [], datetime.now(UTC))
    use_renewed(context, settings)
    renewed = served_by(context)
    assert renewed != before
    settings.certificate.write_text("none")
    use_renewed(context, settings)
    assert served_by(context) == renewed
    assert "cannot be read again" in caplog.text


def served_by(server: ssl.SSLContext) -> bytes | None:
    """The certificate a browser meets in a handshake, in memory."""
    client = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    client.check_hostname, client.verify_mode = False, ssl.CERT_NONE
    up, down = ssl.MemoryBIO(), ssl.MemoryBIO()
    sides = (client.wrap_bio(down, up), server.wrap_bio(up, down, server_side=True))
    for side in sides * 3:
        with suppress(ssl.SSLWantReadError):
            side.do_handshake()
    return sides[0].getpeercert(binary_form=True)


def test_plain_http_gets_nothing(served: Served) -> None:
    with pytest.raises(httpx.HTTPError):
        httpx.get(served.url.replace("https:", "http:") + "/api/v1/session")


@pytest.mark.parametrize("number", [signal.SIGTERM, pytest.param(signal.SIGINT, marks=pytest.mark.slice)])
def test_it_stops_when_told(tmp_path: Path, number: signal.Signals) -> None:
    with serving(tmp_path) as running:
        running.process.send_signal(number)
        assert running.process.wait(10) == 0
