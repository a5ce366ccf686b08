"""The whole way of an alert's packets: wire, ring, order, link, evidence store, download; and what outlives what."""

import json
import shutil
import ssl
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import httpx
import pytest

from analyzer.evidence.wants import GROWN_NS
from sensor._native import Wanted, capture_digest, cut_file
from tests.running import Running, appliance, traffic

SECONDS = 60
NEW_PASSWORD = "a long enough password of these tests"
LARGE = 1 << 30
Found = TypeVar("Found")


def until(look: Callable[[], Found | None]) -> Found:
    deadline = time.monotonic() + SECONDS
    while (found := look()) is None:
        assert time.monotonic() < deadline, "it did not come in time"
        time.sleep(0.2)
    return found


class Investigator:
    """Somebody signed in to the console who may download evidence."""

    def __init__(self, running: Running) -> None:
        trust = ssl.create_default_context(cafile=str(running.data / "keys" / "ca.crt"))
        self.http = httpx.Client(
            base_url=f"{running.url}/api/v1", headers={"Origin": running.url}, verify=trust
        )
        session = self._post("/session", account=running.account, password=running.password)
        self.http.headers["X-CSRF-Token"] = session["csrf"]
        session = self._post("/session/password", current=running.password, new=NEW_PASSWORD)
        self.http.headers["X-CSRF-Token"] = session["csrf"]

    def __enter__(self) -> "Investigator":
        return self

    def __exit__(self, *_: object) -> None:
        self.http.close()

    def _post(self, path: str, **body: str) -> Any:
        answer = self.http.post(path, json=body)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def get(self, path: str) -> Any:
        answer = self.http.get(path)
        assert answer.status_code == 200, answer.text
        return answer.json()


def obtained(who: Investigator) -> dict[str, Any] | None:
    """The first group whose packets have all come, with what is held for it."""
    for group in who.get("/alerts")["items"]:
        held = who.get(f"/alerts/{group['group']}/evidence")
        slices = held["packets"]
        if slices and all(one["state"] == "obtained" for one in slices):
            return {"group": group["group"], **held}
    return None


def settled(who: Investigator) -> dict[str, Any] | None:
    """The same, once the alert has stopped growing."""
    before = obtained(who)
    time.sleep(2 + GROWN_NS / 1e9)
    after = obtained(who)
    return after if before == after else None


def packets(pcap: bytes) -> list[bytes]:
    """The packets alone: a capture that was played has other times."""
    found, at = [], 24
    while at < len(pcap):
        size = int.from_bytes(pcap[at + 8 : at + 12], "little")
        found.append(pcap[at + 16 : at + 16 + size])
        at += 16 + size
    return found


def conversation(data: Path, who: Investigator, group: str) -> list[tuple[str, str, int, int, int]]:
    """The flows that the group's alerts name."""
    events = who.get(f"/alerts/{group}")["events"]
    protocols = {"tcp": 6, "udp": 17}
    return [
        (
            event["source"]["ip"],
            event["destination"]["ip"],
            event["source"]["port"],
            event["destination"]["port"],
            protocols[event["network"]["transport"]],
        )
        for event in events
    ]


def of_file(capture: Path, flows: list[tuple[str, str, int, int, int]]) -> list[bytes]:
    cut = cut_file(str(capture), Wanted(flows=flows, max_bytes=LARGE, seconds=60))
    assert cut.complete
    return packets(cut.pcap)


def as_tshark_sees(pcap: Path, flows: list[tuple[str, str, int, int, int]]) -> int:
    """How many packets an independent judge counts to the conversations."""
    names = {6: "tcp", 17: "udp"}
    rules = [
        f"(ip.addr=={a} && ip.addr=={b} && {names[p]}.port=={s} && {names[p]}.port=={d})"
        for a, b, s, d, p in flows
    ]
    command = ["tshark", "-n", "-r", str(pcap), "-Y", " || ".join(rules)]
    return len(subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines())


def test_an_alerts_packets_outlive_ring_and_sensor(tmp_path: Path) -> None:
    capture = traffic(tmp_path / "attack.pcap", "dns-tunnel", seconds=3)
    data = tmp_path / "data"
    with appliance(data) as running, Investigator(running) as who:
        running.play(capture)
        held = until(lambda: settled(who))
        shutil.rmtree(data / "sensor" / "ring")
        for slice_ in held["packets"]:
            answer = who.http.get(f"/evidence/{slice_['sha256']}.pcap")
            assert answer.status_code == 200, answer.text
            assert "attachment" in answer.headers["Content-Disposition"]
            assert answer.headers["X-Content-Type-Options"] == "nosniff"
            (tmp_path / "got.pcap").write_bytes(answer.content)
            assert capture_digest(str(tmp_path / "got.pcap")) == slice_["sha256"]
            flows = conversation(data, who, held["group"])
            got = packets(answer.content)
            assert len(got) == slice_["packets"] > 0
            assert sorted(got) == sorted(of_file(capture, flows))
            if shutil.which("tshark"):
                assert as_tshark_sees(tmp_path / "got.pcap", flows) == len(got)
            running.starwatch(
                "packets", "get", "--evidence", slice_["sha256"], "-o", str(tmp_path / "cli.pcap")
            )
            assert (tmp_path / "cli.pcap").read_bytes() == answer.content
        trail = json.loads(running.starwatch("--json", "audit", "list"))
        actions = [entry["record"]["action"] if "record" in entry else entry["action"] for entry in trail]
        assert {"evidence.obtain", "evidence.download"} <= set(actions)


def test_an_alert_of_a_submitted_file_gets_its_packets_from_the_file(tmp_path: Path) -> None:
    capture = traffic(tmp_path / "attack.pcap", "dns-tunnel", seconds=3)
    with appliance(tmp_path / "data") as running, Investigator(running) as who:
        running.starwatch("sensor", "submit", str(capture))
        held = until(lambda: obtained(who))
        (slice_,) = held["packets"]
        answer = who.http.get(f"/evidence/{slice_['sha256']}.pcap")
        everything = of_file(capture, [])
        assert packets(answer.content)
        assert all(packet in everything for packet in packets(answer.content))


@pytest.mark.parametrize("path", ["/evidence/" + "0" * 64 + ".pcap", "/files/" + "0" * 64])
def test_what_is_not_held_is_not_found(tmp_path: Path, path: str) -> None:
    with appliance(tmp_path / "data") as running, Investigator(running) as who:
        assert who.http.get(path).status_code == 404
