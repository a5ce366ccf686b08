"""The doctor on a real interface, and its driver's answers."""

import json
import subprocess
import sys
import threading
import time
from collections.abc import Iterator

import pytest

from sensor.doctor.driver import look
from tests.corpus import ROOT
from tests.sensor.capture import veth
from tests.sensor.capture.veth import TAP, Namespace, send, udp


@pytest.fixture
def net() -> Iterator[Namespace]:
    yield from veth.namespace()


def doctor(net: Namespace, *options: str) -> subprocess.CompletedProcess[str]:
    words = net.command(sys.executable, "-m", "console.cli", "doctor", "-i", TAP, *options)
    return subprocess.run(words, capture_output=True, text=True, cwd=ROOT, check=False)


def test_a_busy_tap_is_told_well_and_a_silent_one_is_not(net: Namespace) -> None:
    stop = threading.Event()

    def chatter() -> None:
        with net.sender() as sender:
            number = 0
            while not stop.wait(0.01):
                number += send(sender, [udp(number, vlan=42)])

    thread = threading.Thread(target=chatter)
    thread.start()
    time.sleep(0.1)
    done = doctor(net, "--seconds", "1", "--json")
    stop.set()
    thread.join()
    findings = {each["check"]: each for each in json.loads(done.stdout)}
    assert (findings["link"]["verdict"], findings["rate"]["verdict"]) == ("good", "good")
    assert findings["vlans"]["found"][1] == "VLANs seen: 42"
    assert done.returncode == 0, done.stdout
    silent = doctor(net, "--seconds", "0.2")
    assert silent.returncode == 1
    assert "✗ rate" in silent.stdout


def test_an_interface_there_is_not_is_said(net: Namespace) -> None:
    done = subprocess.run(
        net.command(sys.executable, "-m", "console.cli", "doctor", "-i", "nowhere"),
        capture_output=True,
        text=True,
        cwd=ROOT,
        check=False,
    )
    assert done.returncode == 1
    assert "there is no interface nowhere" in done.stderr
    assert "sensor interfaces" in done.stderr


def test_the_driver_says_what_it_does(net: Namespace) -> None:
    with net.entered():
        before = look(TAP)
        net.ip(f"link set {TAP} down")
        assert not look(TAP).up
    assert before.up
    assert set(before.offloads) <= {"GRO", "LRO", "TSO", "GSO"}
    with pytest.raises(OSError, match="No such device"):
        look("nowhere")
