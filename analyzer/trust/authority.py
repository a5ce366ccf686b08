"""The local certificate authority: one ten-year root, short leaves."""

import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.types import CertificatePublicKeyTypes
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from analyzer.errors import TrustError
from sensor.errors import IdentityError
from sensor.identity.key import device_key, read_key, write_private
from sensor.identity.names import sensor_urn

ROOT_LIFE = timedelta(days=3652)
LEAF_LIFE = timedelta(days=398)
"""What browsers accept of a certificate at most (CA/Browser Forum, until 2026)."""
RENEW_BEFORE = timedelta(days=60)
BACKDATE = timedelta(hours=1)
"""Clocks of a sensor and the analyzer may differ by so much on the first day."""


@dataclass(frozen=True, slots=True)
class Authority:
    """The root certificate and its key."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey

    @classmethod
    def open(cls, certificate: Path, key: Path, now: datetime) -> "Authority":
        """Made when both files are missing; TrustError when they do not fit together or have expired."""
        if not certificate.exists() and not key.exists():
            write_private(certificate, pem(make_root(device_key(key), now)))
        try:
            authority = cls(read_certificate(certificate), read_key(key))
        except IdentityError as fault:
            raise TrustError(str(fault), hint=fault.hint) from fault
        authority.check(now)
        return authority

    def check(self, now: datetime) -> None:
        if self.certificate.public_key() != self.key.public_key():
            raise TrustError(
                "ca.crt and ca.key do not belong together", hint="Restore both from the same backup."
            )
        if now >= self.certificate.not_valid_after_utc:
            raise TrustError(
                "the local authority has expired",
                hint="Move keys/ away and set up anew; sensors enrol again.",
            )

    def issue_server(
        self, name: str, public_key: CertificatePublicKeyTypes, hosts: Sequence[str], now: datetime
    ) -> x509.Certificate:
        """For a process that listens: hosts are DNS names and addresses."""
        return self._issue(
            name, public_key, [general_name(host) for host in hosts], ExtendedKeyUsageOID.SERVER_AUTH, now
        )

    def issue_sensor(
        self, request: x509.CertificateSigningRequest, sensor: str, now: datetime
    ) -> x509.Certificate:
        """For a sensor: the id is what the operator says, never what the request says."""
        if not request.is_signature_valid:
            raise TrustError("the signing request is not signed by its own key")
        urn = x509.UniformResourceIdentifier(sensor_urn(sensor))
        return self._issue(sensor, request.public_key(), [urn], ExtendedKeyUsageOID.CLIENT_AUTH, now)

    def _issue(
        self,
        name: str,
        public_key: CertificatePublicKeyTypes,
        names: Sequence[x509.GeneralName],
        usage: x509.ObjectIdentifier,
        now: datetime,
    ) -> x509.Certificate:
        end = min(now + LEAF_LIFE, self.certificate.not_valid_after_utc)
        builder = base(common_name(name), self.certificate.subject, public_key, now - BACKDATE, end)
        builder = (
            builder.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(key_usage(signs_certificates=False), critical=True)
            .add_extension(x509.ExtendedKeyUsage([usage]), critical=False)
            .add_extension(x509.SubjectAlternativeName(names), critical=False)
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(self.key.public_key()), critical=False
            )
        )
        return builder.sign(self.key, hashes.SHA256())


def make_root(key: ec.EllipticCurvePrivateKey, now: datetime) -> x509.Certificate:
    name = common_name("StarWatch local authority")
    builder = base(name, name, key.public_key(), now - BACKDATE, now + ROOT_LIFE)
    return (
        builder.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(key_usage(signs_certificates=True), critical=True)
        .sign(key, hashes.SHA256())
    )


def base(
    subject: x509.Name,
    issuer: x509.Name,
    public_key: CertificatePublicKeyTypes,
    start: datetime,
    end: datetime,
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(public_key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(end)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public_key), critical=False)
    )


def key_usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def common_name(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])


def general_name(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(host.strip("[]")))
    except ValueError:
        return x509.DNSName(host)


def pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.PEM)


def read_certificate(path: Path) -> x509.Certificate:
    try:
        return x509.load_pem_x509_certificate(path.read_bytes())
    except (OSError, ValueError) as fault:
        raise TrustError(
            f"the certificate {path} cannot be read: {fault}", hint="Restore it from the backup of keys/."
        ) from fault
