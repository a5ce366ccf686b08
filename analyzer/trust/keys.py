"""The data folder's keys: what is missing is made, what ends soon is renewed."""

import socket
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey

from analyzer.errors import TrustError
from analyzer.trust.authority import RENEW_BEFORE, Authority, general_name, pem, read_certificate
from sensor.errors import IdentityError
from sensor.identity.key import device_key, signing_request, write_private
from sensor.identity.names import sensor_urn
from sensor.identity.tls import Credentials

LOCAL_HOSTS = ("localhost", "127.0.0.1", "::1")


def prepare_keys(data: Path, sensors: Sequence[str], hosts: Sequence[str], now: datetime) -> list[str]:
    """Make or renew all keys and certificates below DATA/keys; the names of the certificates issued now.

    hosts: names and addresses, besides the local ones, under which analyzer and console are reached.
    Raises TrustError.
    """
    folder = data / "keys"
    authority = Authority.open(folder / "ca.crt", folder / "ca.key", now)
    names = [*dict.fromkeys((*LOCAL_HOSTS, socket.gethostname(), *hosts))]
    issued = [name for name in ("analyzer", "console") if renew_server(authority, folder, name, names, now)]
    issued += [sensor for sensor in sensors if renew_sensor(authority, folder, sensor, now)]
    return issued


def credentials(data: Path, name: str) -> Credentials:
    """Files of `analyzer`, `console` or, as `sensor/<id>`, of a sensor."""
    folder = data / "keys"
    return Credentials(folder / f"{name}.crt", folder / f"{name}.key", folder / "ca.crt")


def renew_server(authority: Authority, folder: Path, name: str, hosts: Sequence[str], now: datetime) -> bool:
    """Whether a new certificate was needed."""
    key = own_key(folder / f"{name}.key")
    path = folder / f"{name}.crt"
    if still_good(authority, path, key.public_key(), [general_name(host) for host in hosts], now):
        return False
    # Names another process asked for stay: the analyzer does not know by which ones the console is reached.
    names = [*dict.fromkeys((*hosts, *names_in(path)))]
    write_private(path, pem(authority.issue_server(name, key.public_key(), names, now)))
    return True


def renew_sensor(authority: Authority, folder: Path, sensor: str, now: datetime) -> bool:
    """Whether a new certificate was needed."""
    key = own_key(folder / "sensor" / f"{sensor}.key")
    path = folder / "sensor" / f"{sensor}.crt"
    urn = x509.UniformResourceIdentifier(sensor_urn(sensor))
    if still_good(authority, path, key.public_key(), [urn], now):
        return False
    write_private(path, pem(authority.issue_sensor(signing_request(key, sensor), sensor, now)))
    return True


def names_in(path: Path) -> list[str]:
    """Hosts a certificate is good for; none when there is no file."""
    return [str(name.value) for name in subject_names(read_certificate(path))] if path.exists() else []


def subject_names(certificate: x509.Certificate) -> x509.SubjectAlternativeName:
    return certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value


def own_key(path: Path) -> EllipticCurvePrivateKey:
    try:
        return device_key(path)
    except IdentityError as fault:
        raise TrustError(str(fault), hint=fault.hint) from fault


def still_good(
    authority: Authority, path: Path, public_key: object, names: Sequence[x509.GeneralName], now: datetime
) -> bool:
    """There, of this authority and key, for all these names, and not about to end."""
    if not path.exists():
        return False
    certificate = read_certificate(path)
    return (
        certificate.public_key() == public_key
        and certificate.issuer == authority.certificate.subject
        and signed_by(certificate, authority)
        and set(names) <= set(subject_names(certificate))
        and now + RENEW_BEFORE < certificate.not_valid_after_utc
    )


def signed_by(certificate: x509.Certificate, authority: Authority) -> bool:
    try:
        certificate.verify_directly_issued_by(authority.certificate)
    except (ValueError, TypeError, InvalidSignature):
        return False
    return True
