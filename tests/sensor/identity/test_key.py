from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519

from sensor.errors import IdentityError
from sensor.identity.key import device_key, read_key, signing_request, write_private
from tests.sensor.packets import names


def test_a_key_is_made_once_and_private(tmp_path: Path) -> None:
    path = tmp_path / "sensor" / "s.key"
    made = device_key(path)
    assert isinstance(made.curve, ec.SECP256R1)
    assert path.stat().st_mode & 0o777 == 0o600
    assert device_key(path).private_numbers() == made.private_numbers()
    assert names(path.parent) == ["s.key"]


def test_a_key_others_may_read_is_refused(tmp_path: Path) -> None:
    device_key(tmp_path / "k")
    (tmp_path / "k").chmod(0o640)
    with pytest.raises(IdentityError, match="others may read") as fault:
        read_key(tmp_path / "k")
    assert "chmod 600" in fault.value.hint


def test_what_is_no_key_is_refused(tmp_path: Path) -> None:
    other = ed25519.Ed25519PrivateKey.generate().private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    for name, content in {"text": b"no key", "empty": b"", "ed25519": other}.items():
        write_private(tmp_path / name, content)
        with pytest.raises(IdentityError):
            device_key(tmp_path / name)


def test_a_leftover_does_not_keep_its_permissions(tmp_path: Path) -> None:
    (tmp_path / "k.new").write_bytes(b"left")
    (tmp_path / "k.new").chmod(0o666)
    write_private(tmp_path / "k", b"content")
    assert (tmp_path / "k").stat().st_mode & 0o777 == 0o600


def test_a_request_proves_the_key(tmp_path: Path) -> None:
    key = device_key(tmp_path / "k")
    request = signing_request(key, "s-1")
    assert request.is_signature_valid
    assert request.public_key() == key.public_key()
