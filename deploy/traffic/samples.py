# SPDX-License-Identifier: GPL-2.0-only
"""Files that look like what attackers send and can do nothing: headers without code, words without a program."""

import base64
import gzip
import io
import zipfile

EICAR = (r"X5O!P%@AP[4\PZX54(P^)7CC)7}$" + "EICAR-STANDARD-" + "ANTIVIRUS-TEST-FILE!$H+H*").encode()
"""The industry's test file (eicar.org), put together here so that no file of this tree is one."""

PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg=="
)
PDF = (
    b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[]/Count 0>>endobj\n"
    + (b"trailer<</Root 1 0 R>>\n%%EOF\n")
)
WEB_SHELL = b"<?php if (isset($_POST['k'])) { @ev" + b"al($_POST['k']); } ?>\n"


def program(size: int = 4096) -> bytes:
    """A Windows program's headers over nothing: no section, no entry point."""
    start = bytearray(0x80)
    start[:2] = b"MZ"
    start[0x3C:0x40] = (0x80).to_bytes(4, "little")
    start[0x4E:0x73] = b"This program cannot be run in DOS mod"
    header = b"PE\0\0" + bytes.fromhex("4c01000000000000000000000000e0000201") + b"\x0b\x01" + bytes(222)
    return (bytes(start) + header).ljust(size, b"\0")


def linux_program(size: int = 4096) -> bytes:
    """An ELF header (x86-64, executable) with no segment behind it."""
    return (b"\x7fELF\x02\x01\x01" + bytes(9) + bytes.fromhex("02003e0001000000") + bytes(40)).ljust(
        size, b"\0"
    )


def archive(name: str, content: bytes) -> bytes:
    """A zip archive with one member; the same bytes every time."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made:
        made.writestr(zipfile.ZipInfo(name, (2024, 1, 1, 0, 0, 0)), content, zipfile.ZIP_DEFLATED)
    return out.getvalue()


def squeezed(content: bytes) -> bytes:
    return gzip.compress(content, mtime=0)
