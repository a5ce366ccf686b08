"""The event contract's files: well formed, complete, and every mistake in them is named."""

import pytest

from sensor.events.catalogue import (
    CatalogueError,
    load_anomalies,
    load_catalogue,
    parse_anomalies,
    parse_catalogue,
)

FIELD = {"name": '"a.b"', "type": '"long"', "in": '["dns"]', "zh": '"甲"', "meaning": '"A number."'}
KIND = {"name": '"odd"', "layer": '"network"', "zh": '"怪"', "meaning": '"Odd."'}


def toml(table: str, entry: dict[str, str], **changed: str | None) -> str:
    merged = {key: value for key, value in (entry | changed).items() if value is not None}
    return f"[[{table}]]\n" + "".join(f"{key} = {value}\n" for key, value in merged.items())


def test_a_field_is_read_with_its_defaults() -> None:
    (field,) = parse_catalogue(toml("field", FIELD))
    assert (field.name, field.type, field.many, field.ecs) == ("a.b", "long", False, True)
    assert field.belongs_to("dns")
    assert not field.belongs_to("flow")


def test_a_star_means_every_dataset() -> None:
    (field,) = parse_catalogue(toml("field", FIELD, **{"in": '["*"]'}))
    assert field.belongs_to("anything")


@pytest.mark.parametrize(
    ("changed", "complaint"),
    [
        ({"name": None}, "without a name"),
        ({"type": '"number"'}, "type is 'number'"),
        ({"in": '"dns"'}, "`in` is not a list"),
        ({"in": "[]"}, "`in` is not a list"),
        ({"many": '"yes"'}, "many is neither"),
        ({"zh": '" "'}, "zh is missing"),
        ({"meaning": None}, "meaning is missing"),
        ({"labels": "1"}, "unknown key labels"),
    ],
)
def test_a_wrong_field_is_named(changed: dict[str, str | None], complaint: str) -> None:
    with pytest.raises(CatalogueError, match=complaint):
        parse_catalogue(toml("field", FIELD, **changed))


def test_a_doubled_name_is_refused() -> None:
    with pytest.raises(CatalogueError, match="named twice"):
        parse_anomalies(toml("kind", KIND) * 2)


def test_an_unknown_layer_is_refused() -> None:
    with pytest.raises(CatalogueError, match="layer is 'session'"):
        parse_anomalies(toml("kind", KIND, layer='"session"'))


def test_the_sensor_finds_an_anomaly_unless_said() -> None:
    (kind,) = parse_anomalies(toml("kind", KIND))
    assert kind.origin == "sensor"
    (kind,) = parse_anomalies(toml("kind", KIND, origin='"analyzer"'))
    assert kind.origin == "analyzer"
    with pytest.raises(CatalogueError, match="origin is 'console'"):
        parse_anomalies(toml("kind", KIND, origin='"console"'))


def test_the_shipped_fields_are_well_formed() -> None:
    names = [field.name for field in load_catalogue()]
    assert {"@timestamp", "event.id", "dns.question.name", "network.community_id"} <= set(names)


def test_no_field_is_also_an_object() -> None:
    names = {field.name for field in load_catalogue()}
    parents = {name.rsplit(".", depth)[0] for name in names for depth in range(1, name.count(".") + 1)}
    assert not names & parents


def test_the_shipped_anomalies_are_well_formed() -> None:
    assert {"dns_malformed", "dns_name_loop", "dns_too_many_records"} <= {
        kind.name for kind in load_anomalies()
    }
