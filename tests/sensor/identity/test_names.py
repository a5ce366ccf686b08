import pytest

from sensor.errors import IdentityError
from sensor.identity.names import sensor_of, sensor_urn


def test_an_id_comes_back_from_its_urn() -> None:
    names = (("DNS", "x"), ("URI", sensor_urn("gate-7")))
    assert sensor_of({"subjectAltName": names}) == "gate-7"


@pytest.mark.parametrize(
    "names",
    [
        (),
        (("DNS", "urn:starwatch:sensor:a"),),
        (("URI", "urn:starwatch:console:a"),),
        (("URI", "urn:starwatch:sensor:a"), ("URI", "urn:starwatch:sensor:b")),
        (("URI", "urn:starwatch:sensor:"),),
        (("URI", "urn:starwatch:sensor:../a"),),
    ],
)
def test_other_certificates_name_no_sensor(names: tuple[tuple[str, str], ...]) -> None:
    with pytest.raises(IdentityError):
        sensor_of({"subjectAltName": names})


def test_no_certificate_names_no_sensor() -> None:
    with pytest.raises(IdentityError):
        sensor_of(None)


@pytest.mark.parametrize("sensor", ["", "A", "a_b", "-a", "a-", "a" * 64, "a\n", "数"])
def test_ids_are_labels(sensor: str) -> None:
    with pytest.raises(IdentityError, match="no sensor id"):
        sensor_urn(sensor)
