"""The device key: made on the device, never leaves it."""

import os
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from sensor.errors import IdentityError
from sensor.identity.names import sensor_urn

PRIVATE = 0o600


def device_key(path: Path) -> ec.EllipticCurvePrivateKey:
    """The ECDSA P-256 key at `path`; made, readable by its owner only, when it is missing."""
    if not path.exists():
        write_private(path, encode_key(ec.generate_private_key(ec.SECP256R1())))
    return read_key(path)


def read_key(path: Path) -> ec.EllipticCurvePrivateKey:
    """Raises IdentityError when the file is no such key or others could have read it."""
    try:
        if path.stat().st_mode & 0o077:
            raise IdentityError(f"others may read the key {path}", hint=f"Run: chmod 600 {path}")
        key = serialization.load_pem_private_key(path.read_bytes(), password=None)
    except (OSError, ValueError, TypeError, UnsupportedAlgorithm) as fault:
        raise IdentityError(
            f"the key {path} cannot be read: {fault}", hint="Restore it, or delete it and enrol again."
        ) from fault
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise IdentityError(f"the key {path} is not an ECDSA key", hint="Delete it and enrol again.")
    return key


def encode_key(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def write_private(path: Path, content: bytes) -> None:
    """Whole or not at all, durable, and never readable by others, not even for a moment."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(path.name + ".new")
    beside.unlink(missing_ok=True)
    descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def signing_request(key: ec.EllipticCurvePrivateKey, sensor: str) -> x509.CertificateSigningRequest:
    """What the authority is asked to sign: the key and the id, proved by the key's signature (RFC 2986)."""
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, sensor)])
    urn = x509.SubjectAlternativeName([x509.UniformResourceIdentifier(sensor_urn(sensor))])
    builder = x509.CertificateSigningRequestBuilder().subject_name(name).add_extension(urn, critical=False)
    return builder.sign(key, hashes.SHA256())
