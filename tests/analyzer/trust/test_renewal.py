"""An analyzer that runs for years: renewed before the end, served at once, failures told and not fatal."""

import ssl
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509

from analyzer.trust.authority import LEAF_LIFE, RENEW_BEFORE
from analyzer.trust.keys import credentials, prepare_keys
from analyzer.trust.renewal import Renewal
from sensor.identity import client_context

# Of today: the handshakes below judge the certificates by the machine's clock. Certificates hold whole seconds.
TODAY = datetime.now(UTC).replace(microsecond=0)


class Clock:
    def __init__(self) -> None:
        self.now = TODAY

    def __call__(self) -> datetime:
        return self.now


def made(data: Path) -> tuple[Renewal, Clock]:
    clock = Clock()
    return Renewal(data, ["s"], [], clock), clock


def served(data: Path, server: ssl.SSLContext) -> int:
    """Serial number of the certificate a sensor meets in a handshake, in memory."""
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    client = client_context(credentials(data, "sensor/s")).wrap_bio(
        to_client, to_server, server_hostname="localhost"
    )
    other = server.wrap_bio(to_server, to_client, server_side=True)
    for side in (client, other) * 3:
        with suppress(ssl.SSLWantReadError):
            side.do_handshake()
    certificate = client.getpeercert(binary_form=True)
    assert certificate is not None
    return x509.load_der_x509_certificate(certificate).serial_number


def test_what_is_good_stays(tmp_path: Path) -> None:
    keys, clock = made(tmp_path)
    before = served(tmp_path, keys.context)
    clock.now += timedelta(days=1)
    keys.renew()
    assert served(tmp_path, keys.context) == before
    assert keys.fault == ""


def test_what_was_renewed_is_served(tmp_path: Path) -> None:
    keys, _ = made(tmp_path)
    before = served(tmp_path, keys.context)
    # Not by a clock a year ahead: what it issued would not be valid yet in the handshake.
    (tmp_path / "keys" / "analyzer.crt").unlink()
    keys.renew()
    assert served(tmp_path, keys.context) != before


def test_days_left_follow_the_renewal(tmp_path: Path) -> None:
    keys, clock = made(tmp_path)
    clock.now += LEAF_LIFE - RENEW_BEFORE
    assert keys.days_left()["sensor/s"] == RENEW_BEFORE.days
    keys.renew()
    assert keys.days_left()["analyzer"] == LEAF_LIFE.days
    assert set(keys.days_left()) == {"ca", "analyzer", "console", "sensor/s"}


def test_a_failure_is_told_and_what_is_in_use_goes_on(tmp_path: Path) -> None:
    keys, _ = made(tmp_path)
    before = served(tmp_path, keys.context)
    good = (tmp_path / "keys" / "ca.key").read_bytes()
    (tmp_path / "keys" / "ca.key").write_text("no key")
    keys.renew()
    assert "ca.key" in keys.fault
    assert served(tmp_path, keys.context) == before
    (tmp_path / "keys" / "ca.key").write_bytes(good)
    keys.renew()
    assert keys.fault == ""


def test_names_the_console_asked_for_outlive_a_renewal(tmp_path: Path) -> None:
    prepare_keys(tmp_path, ["s"], ["soc.example"], TODAY)
    keys, clock = made(tmp_path)
    clock.now += LEAF_LIFE - RENEW_BEFORE
    keys.renew()
    assert prepare_keys(tmp_path, ["s"], ["soc.example"], clock.now) == []
