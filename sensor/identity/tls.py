"""TLS 1.3, both sides with a certificate of the local authority, nothing less."""

import ssl
from dataclasses import dataclass
from pathlib import Path

from sensor.errors import IdentityError


@dataclass(frozen=True, slots=True)
class Credentials:
    """Files in PEM: who we are, and the one authority we believe."""

    certificate: Path
    key: Path
    authority: Path


def client_context(credentials: Credentials) -> ssl.SSLContext:
    """Verifies the server's chain and its name."""
    context = _context(ssl.PROTOCOL_TLS_CLIENT, credentials)
    context.check_hostname = True
    return context


def server_context(credentials: Credentials) -> ssl.SSLContext:
    """Demands a client certificate; a connection without a valid one ends in the handshake."""
    context = _context(ssl.PROTOCOL_TLS_SERVER, credentials)
    # A resumed session carries the verdict of an earlier handshake; each connection is to be judged anew.
    context.num_tickets = 0
    return context


def _context(protocol: int, credentials: Credentials) -> ssl.SSLContext:
    context = ssl.SSLContext(protocol)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    context.verify_mode = ssl.CERT_REQUIRED
    context.verify_flags |= ssl.VERIFY_X509_STRICT
    renew_context(context, credentials)
    try:
        context.load_verify_locations(cafile=str(credentials.authority))
    except OSError as fault:  # ssl.SSLError is one
        raise IdentityError(
            f"the authority's certificate {credentials.authority} cannot be used: {fault}",
            hint="Restore it from the backup of keys/.",
        ) from fault
    return context


def renew_context(context: ssl.SSLContext, credentials: Credentials) -> None:
    """Connections from now on see the certificate as it is in the file now."""
    try:
        context.load_cert_chain(str(credentials.certificate), str(credentials.key))
    except OSError as fault:  # ssl.SSLError is one
        raise IdentityError(
            f"the certificate {credentials.certificate} and its key cannot be used: {fault}",
            hint="Run the set-up again; it makes what is missing.",
        ) from fault
