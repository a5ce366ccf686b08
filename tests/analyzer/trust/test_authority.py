from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID
from cryptography.x509.verification import PolicyBuilder, Store, VerificationError

from analyzer.errors import TrustError
from analyzer.trust.authority import LEAF_LIFE, ROOT_LIFE, Authority, read_certificate
from sensor.identity import device_key, signing_request

NOW = datetime(2026, 11, 1, tzinfo=UTC)


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority.open(tmp_path / "ca.crt", tmp_path / "ca.key", NOW)


def test_the_root_is_made_once_and_lasts_ten_years(authority: Authority, tmp_path: Path) -> None:
    again = Authority.open(tmp_path / "ca.crt", tmp_path / "ca.key", NOW)
    assert again.certificate == authority.certificate
    assert authority.certificate.not_valid_after_utc == NOW + ROOT_LIFE
    assert (tmp_path / "ca.key").stat().st_mode & 0o777 == 0o600
    constraints = authority.certificate.extensions.get_extension_for_class(x509.BasicConstraints)
    assert constraints.critical
    assert constraints.value == x509.BasicConstraints(ca=True, path_length=0)


def test_a_server_certificate_holds_before_an_independent_verifier(authority: Authority) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    hosts = ["localhost", "127.0.0.1", "::1", "[2001:db8::1]"]
    leaf = authority.issue_server("console", key.public_key(), hosts, NOW)
    trusting = PolicyBuilder().store(Store([authority.certificate]))
    policy, late = trusting.time(NOW), trusting.time(NOW + LEAF_LIFE + timedelta(seconds=1))
    assert policy.build_server_verifier(x509.DNSName("localhost")).verify(leaf, [])
    with pytest.raises(VerificationError):
        policy.build_server_verifier(x509.DNSName("other")).verify(leaf, [])
    with pytest.raises(VerificationError):
        late.build_server_verifier(x509.DNSName("localhost")).verify(leaf, [])
    with pytest.raises(VerificationError):
        policy.build_client_verifier().verify(leaf, [])


def test_a_sensor_certificate_names_what_the_operator_said(authority: Authority, tmp_path: Path) -> None:
    request = signing_request(device_key(tmp_path / "k"), "asked-for")
    leaf = authority.issue_sensor(request, "given", NOW)
    names = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert list(names) == [x509.UniformResourceIdentifier("urn:starwatch:sensor:given")]
    usage = leaf.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    assert list(usage) == [ExtendedKeyUsageOID.CLIENT_AUTH]


def test_a_leaf_never_outlives_its_root(tmp_path: Path) -> None:
    old = Authority.open(tmp_path / "ca.crt", tmp_path / "ca.key", NOW - ROOT_LIFE + timedelta(days=10))
    leaf = old.issue_server("a", ec.generate_private_key(ec.SECP256R1()).public_key(), ["a"], NOW)
    assert leaf.not_valid_after_utc == old.certificate.not_valid_after_utc


def test_what_does_not_fit_together_is_refused(authority: Authority, tmp_path: Path) -> None:
    device_key(tmp_path / "other.key")
    with pytest.raises(TrustError, match="do not belong together"):
        Authority.open(tmp_path / "ca.crt", tmp_path / "other.key", NOW)
    with pytest.raises(TrustError, match="expired"):
        Authority.open(tmp_path / "ca.crt", tmp_path / "ca.key", NOW + ROOT_LIFE)
    (tmp_path / "ca.key").unlink()
    with pytest.raises(TrustError, match=r"ca\.key"):
        Authority.open(tmp_path / "ca.crt", tmp_path / "ca.key", NOW)


def test_a_damaged_certificate_is_said(tmp_path: Path) -> None:
    (tmp_path / "x.crt").write_text("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")
    with pytest.raises(TrustError, match=r"x\.crt") as fault:
        read_certificate(tmp_path / "x.crt")
    assert fault.value.hint
