"""The analyzer's events of files are in the catalogue, repeatable, and bounded."""

import json
from typing import Any

import pytest

from analyzer.files import events
from sensor.events.catalogue import load_anomalies, load_catalogue
from tests.analyzer.files.parcel import digest, file_event

FOUND = {
    "rule": "odd",
    "id": "an id",
    "ruleset": "yara/odd.yar",
    "tags": ["a"],
    "member": "x!y",
    "member_sha256": "00",
    "strings": [{"name": "$a", "offset": 7, "excerpt": "abc", "pattern": '"abc"'}],
}
CONTEXT = events.context_of(file_event(1, b"x"), digest(b"x"))


def leaves(value: Any, name: str = "") -> dict[str, Any]:
    if not isinstance(value, dict):
        return {name: value}
    return {
        leaf: it
        for key, inner in value.items()
        for leaf, it in leaves(inner, f"{name}.{key}".strip(".")).items()
    }


@pytest.mark.parametrize(
    ("made", "dataset"),
    [
        (events.hit(FOUND, "s-e-1", CONTEXT, "v"), "yara"),
        (events.anomaly("yara_timeout", digest(b"x"), "why", CONTEXT, 5), "anomaly"),
    ],
)
def test_every_field_is_in_the_catalogue(made: dict[str, Any], dataset: str) -> None:
    known = {field.name for field in load_catalogue() if field.belongs_to(dataset)}
    assert set(leaves(made)) - known == set()


def test_the_kinds_used_are_in_the_catalogue() -> None:
    assert {kind.name for kind in load_anomalies() if kind.layer == "files"} == {
        "yara_engine_died",
        "yara_timeout",
        "file_unscanned",
        "file_too_large",
        "archive_bomb",
        "archive_limit",
        "archive_encrypted",
        "archive_malformed",
        "archive_path_escape",
    }


def test_ids_repeat_and_differ_where_they_must() -> None:
    first = events.hit(FOUND, "s-e-1", CONTEXT, "v")["event"]["id"]
    assert first == events.hit(FOUND, "s-e-1", CONTEXT, "w")["event"]["id"]
    others = [
        events.hit(FOUND, "s-e-2", CONTEXT, "v"),
        events.hit({**FOUND, "member": ""}, "s-e-1", CONTEXT, "v"),
        events.hit({**FOUND, "rule": "other"}, "s-e-1", CONTEXT, "v"),
    ]
    assert len({first, *(it["event"]["id"] for it in others)}) == 4


@pytest.mark.parametrize(
    ("sender", "address"), [("server", "10.20.1.7"), ("client", "198.51.100.9"), ("", "")]
)
def test_the_receiver_is_the_victim(sender: str, address: str) -> None:
    event = file_event(1, b"x")
    event["file"]["sender"] = sender
    assert events.receiver(events.context_of(event, digest(b"x"))) == address


def test_an_endless_event_keeps_who_and_what() -> None:
    event = {**file_event(1, b"x"), "url": {"full": "x" * 1_000_000}}
    kept = events.context_of(event, digest(b"x"))
    assert len(json.dumps(kept)) < 2_000
    assert (kept["source"]["ip"], kept["file"]["hash"]["sha256"]) == ("10.20.1.7", digest(b"x"))
