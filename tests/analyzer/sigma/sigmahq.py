"""SigmaHQ's rules and regression cases from the corpus, with a log-source table for Windows events as flat JSON."""

import json
import tarfile
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from typing import Any

import yaml

from tests.corpus import corpus

RULES = ("sigma", "sigmahq-rules", "sigmahq-rules.tar.gz")
REGRESSION = ("sigma", "sigmahq-regression", "regression.tar.gz")
THOR = ("sigma", "sigmahq-rules", "logsource-thor.yml")
# Keys our flattening adds: System.Channel and System.EventID choose the log source, EventData answers the fields.
CHANNEL, EVENT_ID = "#channel", "#event_id"
# What the THOR table lacks (SIGMA.md, disagreement 15), from the channels' own names.
MORE_SERVICES = {
    "dns-server": ["DNS Server"],
    "driver-framework": ["Microsoft-Windows-DriverFrameworks-UserMode/Operational"],
    "microsoft-servicebus-client": ["Microsoft-ServiceBus-Client"],
}
# Windows security 4688 as process_creation: SIGMA.md, disagreement 11.
PROCESS_4688 = {
    "Image": "NewProcessName",
    "ParentImage": "ParentProcessName",
    "ProcessId": "NewProcessId",
    "ParentProcessId": "ProcessId",
    "User": "SubjectUserName",
    "LogonId": "SubjectLogonId",
    "IntegrityLevel": "MandatoryLabel",
}


def members(*parts: str) -> Iterator[tuple[str, bytes]]:
    """(name, content) of every file of an archive of the corpus."""
    with tarfile.open(corpus(*parts)) as archive:
        for member in archive:
            content = archive.extractfile(member) if member.isfile() else None
            if content is not None:
                yield member.name, content.read()


@cache
def rules() -> tuple[tuple[str, str], ...]:
    """(path, text) of all rules."""
    found = ((name, content.decode()) for name, content in members(*RULES) if name.endswith(".yml"))
    return tuple(sorted(found))


def everything(documents: Iterable[tuple[str, str]]) -> str:
    """A table that gives every log source some rule names a dataset of its own; no event belongs to any."""
    sources = {json.dumps(named(parsed(text)["logsource"]), sort_keys=True) for _, text in documents}
    datasets = [
        {"name": f"s{number}", "when": {"never": [f"s{number}"]}, "logsources": [json.loads(source)]}
        for number, source in enumerate(sorted(sources))
    ]
    return json.dumps({"datasets": datasets})


def parsed(text: str) -> Any:
    """libyaml where PyYAML has it: ten times faster over thousands of rules."""
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    return loader(text).get_single_data()


def named(source: Mapping[str, Any]) -> dict[str, str]:
    return {key: str(source[key]) for key in ("category", "product", "service") if key in source}


def services() -> dict[str, list[str]]:
    """Windows service → event log channels."""
    channels = defaultdict(list, {name: list(found) for name, found in MORE_SERVICES.items()})
    for entry in thor():
        if entry.get("product") == "windows" and "service" in entry and "category" not in entry:
            sources = (source.removeprefix("WinEventLog:") for source in entry.get("sources", ()))
            channels[entry["service"]].extend(sources)
    return channels


@cache
def thor() -> tuple[dict[str, Any], ...]:
    return tuple(yaml.safe_load(corpus(*THOR).read_text())["logsources"].values())


def windows(channel: str = CHANNEL, event_id: str = EVENT_ID) -> str:
    """The table for Windows events: the categories of a channel by event id, then the channel as a whole."""
    channels = services()
    datasets = [category_dataset(entry, channels, channel, event_id) for entry in merged()]
    datasets += [
        {
            "name": service,
            "when": {channel: names},
            "logsources": [{"product": "windows", "service": service}],
        }
        for service, names in channels.items()
    ]
    table = {
        "datasets": datasets,
        "fields": {"process_4688": PROCESS_4688},
        "metadata": [CHANNEL, EVENT_ID],
    }
    return json.dumps(table)


def merged() -> Iterator[tuple[dict[str, list[str]], str, list[str]]]:
    """(conditions, service, categories): an event belongs to one dataset, so categories of one event are joined."""
    found: dict[tuple[str, str], list[str]] = defaultdict(list)
    for entry in thor():
        if entry.get("product") == "windows" and "category" in entry:
            conditions = {key: as_texts(value) for key, value in entry["conditions"].items()}
            for one in split(conditions):
                found[json.dumps(one, sort_keys=True), entry["rewrite"]["service"]].append(entry["category"])
    # The narrower first: registry_delete (12 and its type) before registry_event (12).
    ordered = sorted(found.items(), key=lambda item: -len(json.loads(item[0][0])))
    for (key, service), categories in ordered:
        conditions = json.loads(key)
        general = found.get((json.dumps({"EventID": conditions["EventID"]}), service), [])
        yield conditions, service, sorted({*categories, *general})


def split(conditions: Mapping[str, list[str]]) -> Iterator[dict[str, list[str]]]:
    for event_id in conditions["EventID"]:
        yield {**conditions, "EventID": [event_id]}


def as_texts(value: object) -> list[str]:
    return [str(item) for item in (value if isinstance(value, list) else [value])]


def category_dataset(
    entry: tuple[dict[str, list[str]], str, list[str]],
    channels: Mapping[str, list[str]],
    channel: str,
    event_id: str,
) -> dict[str, Any]:
    conditions, service, categories = entry
    when = {event_id if key == "EventID" else key: values for key, values in conditions.items()}
    fields = {"fields": "process_4688"} if conditions["EventID"] == ["4688"] else {}
    sources = [{"product": "windows", "category": category, **fields} for category in categories]
    return {
        "name": f"{service} {sorted(conditions.values())}",
        "when": {channel: channels[service], **when},
        "logsources": [*sources, {"product": "windows", "service": service}],
    }


def flatten(record: Mapping[str, Any]) -> dict[str, Any]:
    """An EVTX record as JSON to flat fields: EventData and UserData win, System gives Provider_Name and the like."""
    system = record["Event"]["System"]
    flat: dict[str, Any] = {CHANNEL: system["Channel"], EVENT_ID: plain(system["EventID"])}
    for key, value in system.items():
        attributes = value.get("#attributes", {}) if isinstance(value, dict) else {}
        flat.update({f"{key}_{name}": content for name, content in attributes.items()})
        flat[key] = plain(value)
    for section in ("EventData", "UserData"):
        flat.update(leaves(record["Event"].get(section) or {}))
    return flat


def plain(value: Any) -> Any:
    return value.get("#text") if isinstance(value, dict) else value


def leaves(section: Mapping[str, Any]) -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for key, value in section.items():
        if key == "#attributes":
            continue
        if isinstance(value, dict) and "#text" not in value:
            flat.update(leaves(value))
        else:
            flat[key] = plain(value)
    return flat


def regression_cases() -> Iterator[tuple[str, int | None, list[dict[str, Any]]]]:
    """(rule id, expected count or None for at least one, events) of every case that has its events as JSON."""
    files = dict(members(*REGRESSION))
    for name, content in sorted(files.items()):
        if not name.endswith("/info.yml"):
            continue
        info = yaml.safe_load(content)
        folder, rule = name.rsplit("/", 1)[0], info["rule_metadata"][0]["id"]
        events = files.get(f"{folder}/{rule}.json")
        if events is not None:
            yield rule, info["regression_tests_info"][0].get("match_count"), records(events.decode())


def records(text: str) -> list[dict[str, Any]]:
    """One JSON document after the other, or a list of them."""
    decoder, found, at = json.JSONDecoder(), [], 0
    while at < len(text.rstrip()):
        while text[at].isspace():
            at += 1
        document, at = decoder.raw_decode(text, at)
        found += document if isinstance(document, list) else [document]
    return found
