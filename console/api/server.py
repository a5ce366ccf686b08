"""HTTPS by uvicorn: TLS 1.2 or newer, the peer's own address, a line when ready."""

import asyncio
import logging
import signal
import socket
import ssl
from collections.abc import Callable, Generator
from contextlib import contextmanager

import uvicorn
from starlette.types import ASGIApp

from console.settings import ConsoleSettings

CIPHERS = "ECDHE+AESGCM:ECDHE+CHACHA20"
"""For TLS 1.2: forward secrecy and AEAD only (RFC 9325 4.2); TLS 1.3 has its own."""
MAX_CONNECTIONS = 512
"""Each costs a descriptor and some 50 kB; a district's SOC has a few dozen browsers."""
GRACE_SECONDS = 3
KEEP_ALIVE_SECONDS = 30
RENEWED_SECONDS = 3600
"""How soon a certificate that the analyzer renewed is served."""

log = logging.getLogger(__name__)


def tls(settings: ConsoleSettings) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers(CIPHERS)
    context.options |= ssl.OP_NO_RENEGOTIATION
    context.load_cert_chain(settings.certificate, settings.key)
    return context


def use_renewed(context: ssl.SSLContext, settings: ConsoleSettings) -> None:
    """Connections from now on see the certificate as it is in the file now; what cannot be read changes nothing."""
    try:
        context.load_cert_chain(settings.certificate, settings.key)
    except OSError as fault:  # ssl.SSLError is one
        log.warning("the certificate cannot be read again: %s", fault)


class Server(uvicorn.Server):
    """ready: called with the port once browsers can come. leaving: called first when it stops, so that streams end."""

    def __init__(
        self, config: uvicorn.Config, ready: Callable[[int], None], leaving: Callable[[], None]
    ) -> None:
        super().__init__(config)
        self._ready = ready
        self._leaving = leaving

    @contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        """A stop that was asked for is no failure: uvicorn itself would die of the signal in the end."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, self._stop)
        yield

    def _stop(self) -> None:
        self.should_exit = True

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if not self.should_exit:
            self._ready(self.servers[0].sockets[0].getsockname()[1])

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._leaving()
        await super().shutdown(sockets)


def serve(
    app: ASGIApp, settings: ConsoleSettings, ready: Callable[[int], None], leaving: Callable[[], None]
) -> None:
    """Until SIGTERM or SIGINT. Headers that claim another address or scheme are not believed."""
    context = tls(settings)

    async def renew() -> None:
        use_renewed(context, settings)

    config = uvicorn.Config(
        app,
        host=settings.address,
        port=settings.port,
        ssl_context_factory=lambda _config, _default: context,
        callback_notify=renew,
        timeout_notify=RENEWED_SECONDS,
        ws="none",
        log_config=None,
        access_log=False,
        proxy_headers=False,
        server_header=False,
        limit_concurrency=MAX_CONNECTIONS,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=GRACE_SECONDS,
    )
    asyncio.run(Server(config, ready, leaving).serve())
