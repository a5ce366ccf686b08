"""Archives made to exhaust, to escape or to hide: each ends at a named limit, nothing is written (TRUST.md D.3-11)."""

import bz2
import gzip
import io
import lzma
import tarfile
import time
import zipfile
import zlib
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyzer.workers.scan import archive as module
from analyzer.workers.scan.archive import Unpacking, escapes, is_archive

CONTENT = b"what is inside\n" * 10


def zipped(members: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def tarred(*infos: tarfile.TarInfo, mode: str = "w") -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode=mode) as archive:  # type: ignore[call-overload]
        for info in infos:
            archive.addfile(info, io.BytesIO(CONTENT) if info.isfile() else None)
    return buffer.getvalue()


def info(name: str, kind: bytes = tarfile.REGTYPE, link: str = "") -> tarfile.TarInfo:
    made = tarfile.TarInfo(name)
    made.type, made.linkname = kind, link
    made.size = len(CONTENT) if kind == tarfile.REGTYPE else 0
    return made


def unpacked(content: bytes) -> tuple[dict[str, bytes], dict[str, str]]:
    unpacking = Unpacking(packed=len(content))
    members = {member.name: member.content for member in unpacking.walk(content)}
    return members, unpacking.remarks


@pytest.mark.parametrize(
    "made",
    [
        zipped({"a/b.txt": CONTENT}),
        zipped({"a/b.txt": CONTENT}, zipfile.ZIP_STORED),
        zipped({"a/b.txt": CONTENT}, zipfile.ZIP_LZMA),
        tarred(info("a/b.txt")),
        tarred(info("a/b.txt"), mode="w:gz"),
        tarred(info("a/b.txt"), mode="w:xz"),
        tarred(info("a/b.txt"), mode="w:bz2"),
    ],
)
def test_members_come_out(made: bytes) -> None:
    members, remarks = unpacked(made)
    members.pop("data", None)  # the tar itself, when it wore a coat
    assert remarks == {}
    assert {name.removeprefix("data!"): content for name, content in members.items()} == {"a/b.txt": CONTENT}


def test_what_lies_behind_an_empty_tar_is_seen() -> None:
    members, _ = unpacked(gzip.compress(bytes(2_048) + CONTENT))
    assert members["data"].endswith(CONTENT)


@pytest.mark.parametrize("packed", [gzip.compress(CONTENT), bz2.compress(CONTENT), lzma.compress(CONTENT)])
def test_a_single_stream_has_one_member(packed: bytes) -> None:
    members, remarks = unpacked(packed)
    assert (list(members.values()), remarks) == ([CONTENT], {})


def test_archives_in_archives_to_the_depth() -> None:
    inner = zipped({"in.txt": CONTENT})
    members, remarks = unpacked(zipped({"two.zip": zipped({"one.zip": inner})}))
    assert members["two.zip!one.zip!in.txt"] == CONTENT
    assert remarks == {}


def test_d3_11_a_thousand_levels_end_at_the_depth() -> None:
    content = CONTENT
    for level in range(1_000):
        content = zipped({f"{level}": content}, zipfile.ZIP_STORED)
    begun = time.monotonic()
    members, remarks = unpacked(content)
    assert len(members) == module.MAX_DEPTH
    assert list(remarks) == ["archive_limit"]
    assert time.monotonic() - begun < 1


@cache
def bomb() -> bytes:
    """1 GiB of zeros."""
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    block = bytes(1 << 20)
    return b"".join(packer.compress(block) for _ in range(1_024)) + packer.flush()


@pytest.mark.parametrize("wrap", [lambda it: it, lambda it: zipped({"a.gz": it}, zipfile.ZIP_STORED)])
def test_d3_11_a_bomb_is_stopped_early(wrap: Callable[[bytes], bytes]) -> None:
    content = wrap(bomb())
    begun = time.monotonic()
    unpacking = Unpacking(packed=len(content))
    assert sum(len(member.content) for member in unpacking.walk(content)) < 2 * len(content)
    assert list(unpacking.remarks) == ["archive_bomb"]
    assert unpacking.unpacked < 300 << 20
    assert time.monotonic() - begun < 3


def test_d3_11_more_members_than_are_unpacked() -> None:
    members, remarks = unpacked(zipped({str(number): b"" for number in range(module.MAX_MEMBERS + 50)}))
    assert len(members) == module.MAX_MEMBERS
    assert list(remarks) == ["archive_limit"]


def test_a_long_member_is_judged_in_part(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_MEMBER", 100_000)
    members, remarks = unpacked(zipped({"a": b"abcd" * 100_000, "b": CONTENT}, zipfile.ZIP_STORED))
    assert 0 < len(members["a"]) <= 100_000
    assert members["b"] == CONTENT
    assert list(remarks) == ["archive_limit"]


def test_d3_11_names_and_links_that_lead_out_are_said_and_nothing_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for content in (
        zipped({"../../escaped": CONTENT}),
        zipped({"/absolute": CONTENT}),
        zipped({"..\\..\\windows": CONTENT}),
        tarred(info("link", tarfile.SYMTYPE, "../../etc/passwd"), info("link/x")),
        tarred(info("hard", tarfile.LNKTYPE, "/etc/passwd")),
    ):
        assert "archive_path_escape" in unpacked(content)[1], content[:40]
    assert list(tmp_path.iterdir()) == []


def test_d3_11_links_and_devices_are_no_files() -> None:
    kinds = [tarfile.SYMTYPE, tarfile.CHRTYPE, tarfile.BLKTYPE, tarfile.FIFOTYPE, tarfile.DIRTYPE]
    members, remarks = unpacked(tarred(*(info(f"{number}", kind, "0") for number, kind in enumerate(kinds))))
    assert (members, remarks) == ({}, {})


def test_encrypted_members_are_said() -> None:
    content = bytearray(zipped({"a.txt": CONTENT}, zipfile.ZIP_STORED))
    content[6] |= 1  # APPNOTE 4.4.4: bit 0, encrypted
    content[content.index(b"PK\x01\x02") + 8] |= 1
    members, remarks = unpacked(bytes(content))
    assert members == {}
    assert list(remarks) == ["archive_encrypted"]


def test_a_broken_archive_gives_what_was_whole() -> None:
    good = tarred(info("a.txt"), info("b.txt"), mode="w:gz")
    members, remarks = unpacked(good[: len(good) - 20])
    assert set(members) <= {"data", "data!a.txt", "data!b.txt"}
    assert list(remarks) == ["archive_malformed"]


def test_texts_that_name_files_are_no_archives() -> None:
    mtree = b"#mtree\n./passwd type=file contents=/etc/passwd\n"
    assert unpacked(mtree) == ({}, {})
    members, _ = unpacked(gzip.compress(mtree))
    assert list(members.values()) == [mtree]


@pytest.mark.parametrize(
    ("name", "out"),
    [
        ("a/../b", False),
        ("../b", True),
        ("a/../../b", True),
        ("/b", True),
        ("C:\\b", True),
        ("/", False),
        ("", False),
    ],
)
def test_what_leads_out(name: str, out: bool) -> None:
    assert escapes(name) == out


@given(
    st.binary(max_size=300),
    st.sampled_from(
        [b"PK\x03\x04", b"Rar!\x1a\x07\x01\x00", b"7z\xbc\xaf\x27\x1c", b"\x1f\x8b\x08", b"MSCF"]
    ),
)
def test_any_bytes_behind_a_magic_end(tail: bytes, magic: bytes) -> None:
    assert is_archive(magic + tail)
    unpacked(magic + tail)
