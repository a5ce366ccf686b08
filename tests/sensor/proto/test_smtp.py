"""Mail through the whole decoder: EICAR attached, the corpus's sessions, how many the throughput capture has."""

import base64
import hashlib
from pathlib import Path

import pytest

from tests.corpus import corpus
from tests.sensor.decoded import Event, events_of
from tests.sensor.proto.conversation import CLIENT, SERVER, Talk, capture

EICAR = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"
BACK, FORTH = False, True


def of(events: tuple[Event, ...], dataset: str) -> list[Event]:
    return [event for event in events if event["event"]["dataset"] == f"starwatch.{dataset}"]


def letter() -> bytes:
    coded = base64.encodebytes(EICAR).replace(b"\n", b"\r\n")
    return (
        b"From: a@x.example\r\nSubject: hi\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n"
        b"Content-Transfer-Encoding: base64\r\n"
        b"Content-Disposition: attachment; filename*=GBK''%D6%D0.com\r\n\r\n" + coded + b"--b--\r\n"
    )


def test_eicar_attached(tmp_path: Path) -> None:
    turns = [
        (BACK, b"220 mx ready\r\n"),
        (FORTH, b"EHLO a.example\r\n"),
        (BACK, b"250 mx\r\n"),
        (FORTH, b"MAIL FROM:<a@x.example>\r\n"),
        (BACK, b"250 ok\r\n"),
        (FORTH, b"RCPT TO:<b@y.example>\r\n"),
        (BACK, b"250 ok\r\n"),
        (FORTH, b"DATA\r\n"),
        (BACK, b"354 go\r\n"),
        (FORTH, letter() + b".\r\n"),
        (BACK, b"250 queued\r\n"),
    ]
    talk = Talk((CLIENT, 40_000), (SERVER, 2525), turns)
    events = events_of(capture(tmp_path / "mail.pcap", talk.frames()))
    (file,), (mail,) = of(events, "file"), of(events, "smtp")
    assert file["file"]["hash"]["sha256"] == hashlib.sha256(EICAR).hexdigest()
    assert (file["file"]["name"], file["file"]["source"]) == ("中.com", "smtp")
    assert file["email"]["subject"] == "hi"
    assert file["file"]["complete"]
    assert mail["email"]["attachments"][0]["file"]["size"] == len(EICAR)
    assert not of(events, "anomaly")


@pytest.mark.corpus
def test_an_attachment_of_the_corpus() -> None:
    events = events_of(corpus("pcap", "suricata-verify/pcap/mime/smtp-mime-encap-8649-baseline/input.pcap"))
    (file,) = of(events, "file")
    assert (file["file"]["name"], file["file"]["size"]) == ("malware.exe", 30)
