import json

from analyzer.store.embedded.schema import schema_of
from sensor.events.catalogue import load_catalogue


def test_every_catalogue_field_is_named_with_its_type() -> None:
    fields = load_catalogue()
    assert json.loads(schema_of(fields)) == [{"name": field.name, "type": field.type} for field in fields]
