from pathlib import Path

import pytest
from sqlalchemy import select

from analyzer.errors import NotFoundError
from analyzer.evidence.reading import files, held, slices
from analyzer.evidence.wants import note
from analyzer.state import Evidence, File, FileVerdict, GroupPlatform, close
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
        hits = [{"rule": "webshell"}, {"rule": "webshell"}]
        db.add(
            FileVerdict(
                sha256=SHA256, content_version="v", state="hit", hits=hits, remarks=[], judged_ns=NOON
            )
        )
    with sessions.begin() as db:
        (shown,) = slices(db, "group-a1")
        assert (shown["state"], shown["sensor"], shown["sha256"]) == ("waiting", "edge-1", "")
        known, unknown = files(db, [SHA256, "d" * 64])
        assert (known["bytes"], known["stored"], known["verdict"], known["rules"]) == (
            5,
            True,
            "hit",
            ["webshell"],
        )
        assert (unknown["stored"], unknown["verdict"]) == (False, "")
        with pytest.raises(NotFoundError):
            held(db, SHA256)
        row = db.scalars(select(Evidence)).one()
        row.state, row.sha256 = "obtained", SHA256
        assert held(db, SHA256, Scope(platforms=frozenset({"cloud"}))).id == row.id
        with pytest.raises(NotFoundError):
            held(db, SHA256, Scope(platforms=frozenset({"farm"})))
    close(sessions)
