import ssl
from datetime import UTC, datetime
from pathlib import Path

import pytest

from analyzer.trust import credentials, prepare_keys
from sensor.errors import IdentityError
from sensor.identity.tls import client_context, renew_context, server_context


def test_nothing_below_tls_1_3_and_both_sides_verify(tmp_path: Path) -> None:
    prepare_keys(tmp_path, ["s"], [], datetime.now(UTC))
    client = client_context(credentials(tmp_path, "sensor/s"))
    server = server_context(credentials(tmp_path, "analyzer"))
    for context in (client, server):
        assert context.minimum_version == ssl.TLSVersion.TLSv1_3
        assert context.verify_mode == ssl.CERT_REQUIRED
    assert client.check_hostname
    assert server.num_tickets == 0


def test_missing_files_are_said_with_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(IdentityError, match=r"sensor/s\.crt") as fault:
        client_context(credentials(tmp_path, "sensor/s"))
    assert fault.value.hint


def test_a_certificate_that_cannot_be_renewed_is_named(tmp_path: Path) -> None:
    prepare_keys(tmp_path, ["s"], [], datetime.now(UTC))
    context = server_context(credentials(tmp_path, "analyzer"))
    credentials(tmp_path, "analyzer").certificate.write_text("none")
    with pytest.raises(IdentityError, match=r"analyzer\.crt"):
        renew_context(context, credentials(tmp_path, "analyzer"))


def test_a_broken_authority_is_named(tmp_path: Path) -> None:
    prepare_keys(tmp_path, ["s"], [], datetime.now(UTC))
    credentials(tmp_path, "analyzer").authority.write_text("none")
    with pytest.raises(IdentityError, match=r"ca\.crt"):
        server_context(credentials(tmp_path, "analyzer"))
