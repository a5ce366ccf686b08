"""Evidence over HTTP: who sees what is held, who may take it away, and in what dress it leaves."""

import hashlib

import pytest

from analyzer.evidence.vault import place_of
from analyzer.evidence.wants import note
from analyzer.state import Evidence, File
from tests.analyzer.evidence.case import NOON, add_alert, event, pcap
from tests.console.room import Room

pytestmark = pytest.mark.anyio
GROUP = "a1" * 16
PCAP, PAGE = pcap(3), b"<script>alert(1)</script>"
SHA_PCAP, SHA_PAGE = (hashlib.sha256(it).hexdigest() for it in (PCAP, PAGE))


@pytest.fixture
def holding(console: Room) -> Room:
    settings = console.services.settings.analyzer
    for folder, content in ((settings.evidence, PCAP), (settings.files, PAGE)):
        place = place_of(folder, hashlib.sha256(content).hexdigest())
        place.parent.mkdir(parents=True)
        place.write_bytes(content)
    with console.office.sessions.begin() as db:
        alert = add_alert(db, group=GROUP)
        note(db, alert, [event()], NOON)
        db.flush()
        for row in db.query(Evidence):
            row.state, row.sha256, row.bytes, row.packets = "obtained", SHA_PCAP, len(PCAP), 3
        db.add(File(sha256=SHA_PAGE, size=5, mime="text/html", received_ns=NOON, stored=True, sensor="s"))
    return console


async def test_what_is_held_is_listed(holding: Room) -> None:
    viewer = await holding.person("vera", "viewer")
    answer = await viewer.get(f"/alerts/{GROUP}/evidence")
    (slice_,) = answer.json()["packets"]
    assert (slice_["sha256"], slice_["packets"], slice_["state"]) == (SHA_PCAP, 3, "obtained")
    assert (await viewer.get(f"/alerts/{'b2' * 16}/evidence")).status_code == 404


@pytest.mark.parametrize(
    ("path", "content", "kind"),
    [
        (f"/evidence/{SHA_PCAP}.pcap", PCAP, "application/vnd.tcpdump.pcap"),
        (f"/files/{SHA_PAGE}", PAGE, "application/octet-stream"),
    ],
)
async def test_a_download_leaves_as_an_attachment_and_on_record(
    holding: Room, path: str, content: bytes, kind: str
) -> None:
    ann = await holding.person("ann", "security")
    answer = await ann.get(path)
    assert (answer.status_code, answer.content) == (200, content)
    assert answer.headers["Content-Type"] == kind
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    record = holding.office.trail()[-1]
    assert (record.actor.account, record.result) == ("ann", "done")
    assert record.action.endswith(".download")


@pytest.mark.parametrize("path", [f"/evidence/{SHA_PCAP}.pcap", f"/files/{SHA_PAGE}"])
async def test_who_may_not_take_it(holding: Room, path: str) -> None:
    for role in ("sysadmin", "viewer"):
        assert (await (await holding.person(role, role)).get(path)).status_code == 403


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/evidence/" + "0" * 64 + ".pcap", 404),
        ("/files/" + "0" * 64, 404),
        ("/files/..%2f..%2fkeys%2fca.key", 404),
        ("/evidence/" + "A" * 64 + ".pcap", 422),
    ],
)
async def test_what_is_not_there(holding: Room, path: str, status: int) -> None:
    auditor = await holding.person("otto", "auditor")
    assert (await auditor.get(path)).status_code == status


async def test_content_that_has_just_gone_is_said(holding: Room) -> None:
    place_of(holding.services.settings.analyzer.evidence, SHA_PCAP).unlink()
    ann = await holding.person("ann", "security")
    assert (await ann.get(f"/evidence/{SHA_PCAP}.pcap")).status_code == 404
