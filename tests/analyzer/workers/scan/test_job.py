"""A file with its members before the rules."""

import hashlib
import io
import zipfile
from pathlib import Path

from analyzer.workers.scan.job import MAX_HITS, Job, Judgement, facts, judge
from tests.analyzer.workers.scan.test_engine import ready, rule_file


def job(path: Path, name: str = "", *, careful: bool = False, seconds: float = 20) -> Job:
    return Job(path, name, frozenset(), careful, seconds, 5)


def sample(folder: Path, members: dict[str, bytes]) -> Path:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    path = folder / "sample.zip"
    path.write_bytes(buffer.getvalue())
    return path


def test_a_hit_in_a_member_says_where(tmp_path: Path) -> None:
    engine = ready(
        tmp_path, rule_file(tmp_path, 'rule a { condition: filename == "b.exe" and filetype == "EXE" }')
    )
    found = judge(engine, job(sample(tmp_path, {"dir/b.exe": b"MZ", "c.exe": b"MZ"})), lambda path: None)
    (hit,) = found.hits
    assert (hit["member"], hit["member_sha256"]) == ("dir/b.exe", hashlib.sha256(b"MZ").hexdigest())
    assert (found.members, found.remarks) == (2, {})


def test_careful_names_each_file_first_and_finds_the_same(tmp_path: Path) -> None:
    files = [rule_file(tmp_path, f"rule r{n} {{ condition: true }}", f"{n}.yar") for n in range(3)]
    engine = ready(tmp_path, *files)
    path = tmp_path / "sample"
    path.write_bytes(b"x")
    tried: list[str] = []
    careful = judge(engine, job(path, careful=True), tried.append)
    assert tried == ["0.yar", "1.yar", "2.yar"]
    assert careful.hits == judge(engine, job(path), tried.append).hits
    assert len(tried) == 3


def test_when_time_is_over_the_rest_is_said(tmp_path: Path) -> None:
    engine = ready(tmp_path, rule_file(tmp_path, "rule a { condition: true }"))
    found = judge(engine, job(sample(tmp_path, {"a": b"x"}), seconds=0), lambda path: None)
    assert (found.hits, list(found.remarks)) == ([], ["yara_timeout"])


def test_names_are_only_text() -> None:
    assert facts("..\\..\\A.EXE", b"MZ") == {
        "filename": "A.EXE",
        "filepath": "..\\..\\A.EXE",
        "extension": ".exe",
        "filetype": "EXE",
    }
    assert facts("", b"")["filename"] == ""


def test_hits_are_bounded() -> None:
    judgement = Judgement()
    judgement.add([{"rule": str(number)} for number in range(MAX_HITS * 2)], "", b"")
    judgement.add([{"rule": "more"}], "m", b"")
    assert len(judgement.hits) == MAX_HITS
