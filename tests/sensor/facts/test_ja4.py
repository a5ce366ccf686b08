"""FoxIO's own JA4 values, client by client: captures that mostly begin without a TCP handshake, three behind SOCKS."""

import json
from typing import Any

import pytest

from tests.corpus import corpus
from tests.sensor.decoded import Event, events_of

LINES = 124
FLOOR = 124


def lines() -> list[dict[str, Any]]:
    text = corpus("pcap", "ja4", "expected", "ja4-client.jsonl").read_text(encoding="utf-8")
    return [json.loads(line) for line in text.splitlines()]


def of_line(event: Event, line: dict[str, Any]) -> bool:
    """Whether the event is of the line's connection."""
    source, destination = event["source"], event["destination"]
    ends = [source["ip"], str(source.get("port")), destination["ip"], str(destination.get("port"))]
    return event["event"]["dataset"] == "starwatch.tls" and ends == [
        line[key] for key in ("src", "srcport", "dst", "dstport")
    ]


def problem(line: dict[str, Any]) -> str:
    """Empty when one event has every value of the line."""
    found = [event for event in events_of(corpus("pcap", line["pcap"])) if of_line(event, line)]
    if len(found) != 1:
        return f"{len(found)} events"
    client = found[0]["tls"]["client"]
    wanted = [line.get("JA4.1"), line.get("JA4.2"), line["JA4_r.1"], line.get("domain", "").lower()]
    shown = [client.get(name) for name in ("ja4", "ja4_retry", "ja4_raw", "server_name")]
    shown[-1] = wanted[-1] if shown[-1] is None else shown[-1]
    return "" if wanted == shown else f"{shown} not {wanted}"


@pytest.mark.corpus
def test_every_value_of_every_line(capsys: pytest.CaptureFixture[str]) -> None:
    problems = [(line["pcap"], line["stream"], problem(line)) for line in lines()]
    wrong = [entry for entry in problems if entry[2]]
    text = "\n".join([f"\nJA4: {len(problems) - len(wrong)} of {len(problems)} lines", *map(str, wrong)])
    with capsys.disabled():
        print(text)
    assert len(problems) == LINES
    assert len(problems) - len(wrong) >= FLOOR, text
