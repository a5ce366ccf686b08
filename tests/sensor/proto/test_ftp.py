"""Transfers through the whole decoder: both kinds of data connections, several in one session."""

import hashlib
from pathlib import Path

import pytest

from tests.corpus import corpus
from tests.sensor.decoded import events_of
from tests.sensor.proto.conversation import CLIENT, SERVER, Talk, capture
from tests.sensor.proto.test_smtp import BACK, EICAR, FORTH, of

LOGIN = [(BACK, b"220 ready\r\n"), (FORTH, b"USER bob\r\n"), (BACK, b"331 word\r\n")]


def session(*turns: tuple[bool, bytes]) -> list[bytes]:
    return Talk((CLIENT, 40_000), (SERVER, 2121), [*LOGIN, *turns]).frames()


def passive(command: bytes) -> list[bytes]:
    return session(
        (FORTH, b"PASV\r\n"),
        (BACK, b"227 Passive (10,0,0,2,19,137)\r\n"),
        (FORTH, command + b"\r\n"),
        (BACK, b"150 go\r\n"),
        (BACK, b"226 done\r\n"),
    )


def active(command: bytes) -> list[bytes]:
    return session(
        (FORTH, b"PORT 10,0,0,1,19,137\r\n"),
        (BACK, b"200 ok\r\n"),
        (FORTH, command + b"\r\n"),
        (BACK, b"150 go\r\n"),
        (BACK, b"226 done\r\n"),
    )


PASSIVE = ((CLIENT, 40_001), (SERVER, 5001))
ACTIVE = ((SERVER, 20), (CLIENT, 5001))


@pytest.mark.parametrize(
    ("control", "ends", "from_client", "sender"),
    [
        (passive(b"RETR pub/eicar.com"), PASSIVE, False, "server"),
        (passive(b"STOR eicar.com"), PASSIVE, True, "client"),
        (active(b"RETR eicar.com"), ACTIVE, True, "client"),
        (active(b"STOR eicar.com"), ACTIVE, False, "server"),
    ],
)
def test_eicar_transferred(
    tmp_path: Path,
    control: list[bytes],
    ends: tuple[tuple[str, int], tuple[str, int]],
    from_client: bool,
    sender: str,
) -> None:
    """sender is a side of the data connection: in active mode the server opens it."""
    data = Talk(*ends, [(from_client, EICAR)]).frames()
    # The data connection opens behind the 150, its last turn before the 226 and the ends.
    events = events_of(capture(tmp_path / "ftp.pcap", control[:-3], data, control[-3:]))
    (file,) = of(events, "file")
    assert file["file"]["hash"]["sha256"] == hashlib.sha256(EICAR).hexdigest()
    assert (file["file"]["name"], file["file"]["sender"]) == ("eicar.com", sender)
    assert file["file"]["complete"]
    (channel,) = (event for event in of(events, "ftp") if event["ftp"].get("data_channel"))
    assert channel["ftp"]["data"]["bytes"] == len(EICAR)
    assert channel["ftp"]["user"] == "bob"
    assert channel["network"]["protocol"] == "ftp-data"


def test_a_listing_is_no_file(tmp_path: Path) -> None:
    control = passive(b"LIST")
    data = Talk(*PASSIVE, [(False, b"-rw-r--r-- a\r\n")]).frames()
    events = events_of(capture(tmp_path / "ftp.pcap", control[:-3], data, control[-3:]))
    assert not of(events, "file")
    assert sum(event["ftp"].get("data_channel", False) for event in of(events, "ftp")) == 1


@pytest.mark.corpus
def test_several_transfers_of_one_session() -> None:
    events = events_of(corpus("pcap", "suricata-verify/pcap/ftp/ftp-download-active/input.pcap"))
    channels = [event["ftp"]["command"] for event in of(events, "ftp") if event["ftp"].get("data_channel")]
    assert channels == ["NLST", "RETR", "NLST"]
    (file,) = of(events, "file")
    assert (file["file"]["name"], file["file"]["size"]) == ("index.html", 39)
