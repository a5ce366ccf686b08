"""pySigma's opinion of the rules in force, through a real worker."""

import asyncio
from pathlib import Path

from analyzer.rulebook import shipped
from analyzer.workers import Outcome, Workers, validation

BROKEN = "title: x\nid: not-a-uuid\nlogsource: {category: dns}\ndetection: {s: {a: b}, condition: s and}\n"


def test_a_broken_rule_is_named(tmp_path: Path) -> None:
    (tmp_path / "sigma").mkdir()
    (tmp_path / "sigma" / "broken.yml").write_text(BROKEN)
    folders = [shipped(), tmp_path]
    outcome = asyncio.run(Workers().run(validation.job(folders)))
    assert outcome.fault == ""
    found = validation.remarks(outcome, folders)
    assert {it["path"] for it in found} == {"sigma/broken.yml"}
    assert all(it["message"] and it["kind"] == "pysigma" for it in found)
    assert len(outcome.lines) == len(list((shipped() / "sigma").rglob("*.yml")))


def test_an_ended_worker_is_a_remark(tmp_path: Path) -> None:
    outcome = Outcome([{"path": str(tmp_path / "sigma/a.yml"), "problems": [{"message": "m"}]}], "was killed")
    found = validation.remarks(outcome, [tmp_path])
    assert [(it["path"], it["message"]) for it in found] == [
        ("sigma/a.yml", "m"),
        ("", "the validator was killed"),
    ]
    assert (
        validation.remarks(Outcome([{"path": "/elsewhere/b.yml", "problems": [{}]}]), [tmp_path])[0]["path"]
        == "b.yml"
    )
