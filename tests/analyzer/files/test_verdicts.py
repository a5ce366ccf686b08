"""Each hit is told of each sighting once: with new rules, new sightings, replays, and in whatever order."""

import json
from typing import Any

import pytest

from analyzer.files import verdicts
from analyzer.files.sightings import Sighting, row
from analyzer.rulebook.folder import RuleFile
from analyzer.rulebook.yara_rules import PlacedFile, YaraRules, gathered
from analyzer.state import Announcement, File, FileSighting, FileVerdict, KillingPair, Sessions
from analyzer.workers.scanner import Killer, Report
from tests.analyzer.files.parcel import digest, file_event
from tests.corpus import ROOT

SHA = digest(b"x")
PATH = "yara/a.yar"


def rules(*names: str) -> YaraRules:
    content = "".join(f'rule {name} {{ strings: $a = "abc" nocase condition: $a }}\n' for name in names)
    return gathered([PlacedFile(RuleFile(PATH, content.encode()), ROOT)])


def hit(name: str, ruleset: str = PATH) -> dict[str, Any]:
    return {
        "rule": name,
        "ruleset": ruleset,
        "tags": [],
        "strings": [{"name": "$a", "offset": 1, "excerpt": "a"}],
    }


class Court:
    def __init__(self, sessions: Sessions) -> None:
        self.sessions = sessions

    def see(self, number: int, packet_ns: int = 0) -> None:
        context = file_event(number, b"x")
        seen = Sighting(context["event"]["id"], SHA, "", context, packet_ns, packet_ns)
        with self.sessions.begin() as db:
            db.add(row(seen, number))

    def judge(self, report: Report, book: YaraRules) -> None:
        with self.sessions.begin() as db:
            verdicts.record(db, SHA, report, book, 9)
        self.settle(book)

    def settle(self, book: YaraRules) -> None:
        with self.sessions.begin() as db:
            while verdicts.settle(db, book.version, 9):
                pass

    def said(self) -> list[dict[str, Any]]:
        with self.sessions() as db:
            return [json.loads(it.line) for it in db.query(Announcement).order_by(Announcement.number)]

    def hits(self) -> list[tuple[str, str]]:
        return [(it["rule"]["name"], it["starwatch"]["file_event"]) for it in self.said() if "rule" in it]

    def live(self) -> list[bool]:
        with self.sessions() as db:
            return [it.packet_ns > 0 for it in db.query(Announcement).order_by(Announcement.number)]


@pytest.fixture
def court(sessions: Sessions) -> Court:
    return Court(sessions)


def test_every_sighting_is_told_once(court: Court) -> None:
    court.see(1)
    court.judge(Report(hits=[hit("a")]), rules("a"))
    court.see(2)
    court.settle(rules("a"))
    court.settle(rules("a"))
    assert court.hits() == [("a", "sensor-1-e-1"), ("a", "sensor-1-e-2")]
    assert court.said()[0]["yara"]["patterns"] == ['"abc" nocase']


def test_changed_rules_tell_only_what_is_new_and_not_as_live(court: Court) -> None:
    court.see(1, packet_ns=5)
    court.judge(Report(hits=[hit("a")]), rules("a"))
    court.judge(Report(hits=[hit("a"), hit("b")]), rules("a", "b"))
    assert court.hits() == [("a", "sensor-1-e-1"), ("b", "sensor-1-e-1")]
    assert court.live() == [True, False]


def test_quiet_verdicts_settle_without_a_word(court: Court) -> None:
    court.see(1)
    court.judge(Report(), rules("a"))
    with court.sessions() as db:
        assert db.query(FileSighting).one().settled == rules("a").version
        assert db.get_one(FileVerdict, SHA).state == "clean"
    assert court.said() == []


@pytest.mark.parametrize(
    ("report", "state", "kinds"),
    [
        (Report(hits=[hit("a")]), "hit", []),
        (Report(remarks={"archive_bomb": "x"}), "partial", ["archive_bomb"]),
        (Report(hits=[hit("a")], remarks={"archive_encrypted": "x"}), "hit", ["archive_encrypted"]),
        (Report(failure="it died"), "failed", ["file_unscanned"]),
    ],
)
def test_states_and_what_is_wrong(court: Court, report: Report, state: str, kinds: list[str]) -> None:
    court.see(1)
    court.judge(report, rules("a"))
    court.judge(report, rules("a"))
    with court.sessions() as db:
        assert db.get_one(FileVerdict, SHA).state == state
    assert [it["anomaly"]["kind"] for it in court.said() if "anomaly" in it] == kinds


def test_a_killing_pair_is_laid_aside_and_said_once(court: Court) -> None:
    report = Report(hits=[], killers=[Killer(PATH, "SIGFPE")])
    court.judge(report, rules("a"))
    court.judge(report, rules("a"))
    with court.sessions() as db:
        pair = db.query(KillingPair).one()
        digests = verdicts.quarantined(db, SHA)
        assert verdicts.quarantined(db, "") == set()
    assert (pair.path, pair.sample, digests) == (PATH, SHA, {rules("a").files[0].file.sha256})
    (said,) = court.said()
    assert said["anomaly"]["kind"] == "yara_engine_died"
    assert PATH in said["anomaly"]["detail"]


def test_pending_is_what_these_rules_have_not_judged_newest_first(court: Court) -> None:
    with court.sessions.begin() as db:
        for number in range(4):
            db.add(
                File(sha256=str(number), size=1, mime="", received_ns=number, stored=number != 3, sensor="s")
            )
        db.add(FileVerdict(sha256="2", content_version="v", state="clean", hits=[], remarks=[], judged_ns=1))
        db.add(
            FileVerdict(sha256="1", content_version="old", state="clean", hits=[], remarks=[], judged_ns=1)
        )
    with court.sessions() as db:
        assert [it.sha256 for it in verdicts.pending(db, "v", 9)] == ["1", "0"]
        assert verdicts.backlog(db, "v") == 2


def test_sightings_do_not_pile_up(court: Court, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verdicts, "KEPT_SIGHTINGS", 2)
    for number in range(1, 6):
        court.see(number)
    court.judge(Report(), rules("a"))
    court.see(6)
    with court.sessions.begin() as db:
        verdicts.prune(db, 10)
        assert {it.seen_ns for it in db.query(FileSighting)} == {4, 5, 6}
        verdicts.prune(db, verdicts.WAIT_NS + 7)
        assert {it.seen_ns for it in db.query(FileSighting)} == {4, 5}
