from pathlib import Path

import pytest
from sqlalchemy import select

from analyzer.errors import NotFoundError
from analyzer.evidence.reading import files, held, held_file, slices
from analyzer.evidence.wants import note
from analyzer.state import Evidence, File, FileSighting, FileVerdict, GroupPlatform, close
from analyzer.store.base import Scope
from tests.analyzer.evidence.case import NOON, add_alert, event
from tests.analyzer.state.fresh import fresh_state

SHA256 = "c" * 64


def test_slices_and_files_as_people_read_them(tmp_path: Path) -> None:
    sessions = fresh_state(tmp_path)
    with sessions.begin() as db:
        alert = add_alert(db)
        note(db, alert, [event()], NOON)
        db.add(GroupPlatform(group=alert.group, platform="cloud"))
        db.add(File(sha256=SHA256, size=5, mime="text/html", received_ns=NOON, stored=True, sensor="s"))
        hits = [{"rule": "webshell", "member": "a.php", "strings": [{"offset": 9}, {"offset": 4}]}]
        db.add(
            FileVerdict(
                sha256=SHA256, content_version="v", state="hit", hits=hits, remarks=[], judged_ns=NOON
            )
        )
    with sessions.begin() as db:
        (shown,) = slices(db, "group-a1")
        assert (shown["state"], shown["sensor"], shown["sha256"]) == ("waiting", "edge-1", "")
        known, unknown = files(db, {SHA256: "a.zip", "d" * 64: ""})
        assert (known["name"], known["bytes"], known["stored"]) == ("a.zip", 5, True)
        hit = {"rule": "webshell", "member": "a.php", "offsets": [4, 9]}
        assert (known["verdict"], known["hits"]) == ("hit", [hit])
        assert (unknown["stored"], unknown["verdict"]) == (False, "")
        with pytest.raises(NotFoundError):
            held(db, SHA256)
        row = db.scalars(select(Evidence)).one()
        row.state, row.sha256 = "obtained", SHA256
        assert held(db, SHA256, Scope(platforms=frozenset({"cloud"}))).id == row.id
        with pytest.raises(NotFoundError):
            held(db, SHA256, Scope(platforms=frozenset({"farm"})))
    close(sessions)


def test_a_file_is_held_for_the_platforms_it_passed(tmp_path: Path) -> None:
    sessions = fresh_state(tmp_path)
    with sessions.begin() as db:
        db.add(File(sha256=SHA256, size=5, mime="text/html", received_ns=NOON, stored=True, sensor="s"))
        for number, platforms in enumerate((["cloud", "farm"], "port", None)):
            context = {"platform": {"id": platforms}} if platforms else {}
            db.add(
                FileSighting(
                    event_id=str(number),
                    sha256=SHA256,
                    seen_ns=NOON,
                    context=context,
                    packet_ns=0,
                    parsed_ns=0,
                    told=[],
                )
            )
    with sessions() as db:
        for platform in ("cloud", "farm", "port"):
            assert held_file(db, SHA256, Scope(platforms=frozenset({platform, "x"}))).size == 5
        for others in (frozenset({"trade"}), frozenset[str]()):
            with pytest.raises(NotFoundError):
                held_file(db, SHA256, Scope(platforms=others))
        assert held_file(db, SHA256).size == 5
    close(sessions)
