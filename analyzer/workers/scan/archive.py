"""Archives, opened by libarchive in memory: nothing is ever written, whatever a member is called or links to."""

import posixpath
from collections.abc import Iterator
from contextlib import contextmanager
from ctypes import c_char_p, c_void_p, cast
from dataclasses import dataclass, field

from libarchive import ffi
from libarchive.entry import ArchiveEntry
from libarchive.exception import ArchiveError
from libarchive.read import ArchiveRead

# By what a file begins with (offset, bytes). Formats are named one by one: among "all" are texts that tell libarchive
# to read other files (mtree), and filters that run programs (lrzip, grzip).
MAGIC = (
    (0, b"PK\x03\x04"),
    (0, b"PK\x05\x06"),
    (0, b"PK\x07\x08"),
    (0, b"Rar!\x1a\x07"),
    (0, b"7z\xbc\xaf\x27\x1c"),
    (0, b"MSCF"),
    (0, b"xar!"),
    (0, b"!<arch>\n"),
    (0, b"070701"),
    (0, b"070702"),
    (0, b"070707"),
    (0, b"\xc7\x71"),
    (2, b"-lh"),
    (257, b"ustar"),
    (0x8001, b"CD001"),
)
# One stream in a coat. It is taken off first and what it held is judged as a whole: a tar inside ends where it says it
# does, and what lies behind that (or behind a block of zeros, which is an empty tar) would never be seen.
COATS = (b"\x1f\x8b", b"BZh", b"\xfd7zXZ\x00", b"\x28\xb5\x2f\xfd", b"\x04\x22\x4d\x18", b"\x1f\x9d", b"LZIP")
FORMATS = ("zip", "rar", "rar5", "7zip", "cab", "xar", "ar", "cpio", "lha", "tar", "iso9660")
FILTERS = ("gzip", "bzip2", "xz", "zstd", "lz4", "compress", "lzip", "lzma")

# An archive in an archive in an archive, each in a coat; deeper is made to exhaust whoever looks.
MAX_DEPTH = 6
MAX_MEMBERS = 1_000
MAX_BYTES = 256 << 20
# As large as a file from the network may be (file_max_mib).
MAX_MEMBER = 64 << 20
# Text packs 10:1, logs 50:1, nothing honest of this size 200:1.
MAX_RATIO = 200
RATIO_FROM = 16 << 20
BLOCK = 64 << 10
MAX_NAME = 512


class LimitError(Exception):
    """Unpacking stops here. kind: of the remark."""

    def __init__(self, kind: str, detail: str) -> None:
        super().__init__(detail)
        self.kind = kind


@dataclass(frozen=True, slots=True)
class Member:
    """name: outer archives first, joined by `!`."""

    name: str
    content: bytes


@dataclass(slots=True)
class Unpacking:
    """One file's unpacking, all depths together. remarks: kind → first detail, kinds as in anomalies.toml."""

    packed: int
    members: int = 0
    unpacked: int = 0
    remarks: dict[str, str] = field(default_factory=dict)

    def walk(self, content: bytes, name: str = "", depth: int = 0) -> Iterator[Member]:
        """Every member of the archive, and theirs. A limit ends it all, a broken archive only itself."""
        try:
            yield from self._walk(content, name, depth)
        except LimitError as limit:
            if depth:
                raise
            self.remark(limit.kind, str(limit))

    def remark(self, kind: str, detail: str) -> None:
        self.remarks.setdefault(kind, detail[:MAX_NAME])

    def _walk(self, content: bytes, name: str, depth: int) -> Iterator[Member]:
        if not is_archive(content):
            return
        if depth == MAX_DEPTH:
            raise LimitError("archive_limit", f"{name}: deeper than {MAX_DEPTH} layers")
        for member in self._members(content, name):
            yield member
            yield from self.walk(member.content, member.name, depth + 1)

    def _members(self, content: bytes, outer: str) -> Iterator[Member]:
        coat = content.startswith(COATS)
        try:
            with opened(content, coat) as entries:
                for entry in entries:
                    yield from self._member(entry, outer, coat)
        except ArchiveError as fault:
            self.remark(*described(fault, outer))

    def _member(self, entry: ArchiveEntry, outer: str, coat: bool) -> Iterator[Member]:
        self.members += 1
        if self.members > MAX_MEMBERS:
            raise LimitError("archive_limit", f"more than {MAX_MEMBERS} members")
        own = text(entry.pathname) or "?"
        name = f"{outer}!{own}" if outer else own
        if escapes(own) or escapes(target(entry, own)):
            self.remark("archive_path_escape", name)
        if not entry.isfile:
            return
        try:
            content = self._read(entry, name, MAX_BYTES if coat else MAX_MEMBER)
        except ArchiveError as fault:
            self.remark(*described(fault, name))
            return
        yield Member(name, content)

    def _read(self, entry: ArchiveEntry, name: str, most: int) -> bytes:
        content = bytearray()
        for block in entry.get_blocks(BLOCK):
            self.unpacked += len(block)
            if self.unpacked > RATIO_FROM and self.unpacked > MAX_RATIO * self.packed:
                raise LimitError("archive_bomb", f"{name}: {self.unpacked} bytes out of {self.packed}")
            if self.unpacked > MAX_BYTES:
                raise LimitError("archive_limit", f"{name}: more than {MAX_BYTES} bytes in all")
            if len(content) + len(block) > most:
                self.remark("archive_limit", f"{name}: only its first {most} bytes were judged")
                break
            content += block
        return bytes(content)


@contextmanager
def opened(content: bytes, coat: bool) -> Iterator[ArchiveRead]:
    """The content as an archive; what wears a coat as a single stream (libarchive's format "raw")."""
    archive = ffi.read_new()
    try:
        for name in FILTERS if coat else ():
            ffi.get_read_filter_function(name)(archive)
        for name in ("raw",) if coat else FORMATS:
            ffi.get_read_format_function(name)(archive)
        ffi.read_open_memory(archive, cast(c_char_p(content), c_void_p), len(content))
        yield ArchiveRead(archive)
    finally:
        ffi.read_free(archive)


def is_archive(content: bytes) -> bool:
    return content.startswith(COATS) or any(content.startswith(magic, at) for at, magic in MAGIC)


def text(name: str | bytes | None) -> str:
    found = name.decode(errors="replace") if isinstance(name, bytes) else name or ""
    return found[:MAX_NAME]


def target(entry: ArchiveEntry, own: str) -> str:
    """What a link points to, seen from the archive's folder; empty when it is none."""
    link = text(entry.linkpath)
    return posixpath.join(posixpath.dirname(own), link) if link and entry.issym else link


def escapes(name: str) -> bool:
    """Absolute, of a drive, or upward out of where it would be unpacked. A bare slash is ar's symbol table."""
    path = posixpath.normpath(name.replace("\\", "/")) if name.strip("/") else ""
    return path.startswith(("/", "../")) or path == ".." or path[1:2] == ":"


def described(fault: ArchiveError, name: str) -> tuple[str, str]:
    message = str(fault.msg)
    locked = "passphrase" in message.lower() or "encrypt" in message.lower()
    return "archive_encrypted" if locked else "archive_malformed", f"{name}: {message}"
