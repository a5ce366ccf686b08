//! Formats that begin with a signature.

use crate::kind::Kind;

/// Offset, signature, format. The first row that fits speaks; longer signatures stand before their beginnings.
pub(crate) const TABLE: &[(usize, &[u8], Kind)] = &[
    (0, b"\x7fELF", Kind::new("application/x-elf", "elf")),
    (0, b"%PDF-", Kind::new("application/pdf", "pdf")),
    (
        0,
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
        Kind::new("application/x-ole-storage", "ole"),
    ),
    (0, b"{\\rtf", Kind::new("application/rtf", "rtf")),
    (
        0,
        b"L\0\0\0\x01\x14\x02\0\0\0\0\0\xc0\0\0\0\0\0\0F",
        Kind::new("application/x-ms-shortcut", "lnk"),
    ),
    (0, b"ITSF", Kind::new("application/vnd.ms-htmlhelp", "chm")),
    (
        0,
        b"MSCF",
        Kind::new("application/vnd.ms-cab-compressed", "cab"),
    ),
    (
        0,
        b"\xe4\x52\x5c\x7b\x8c\xd8\xa7\x4d",
        Kind::new("application/onenote", "one"),
    ),
    // Fat Mach-O and Java classes share the number; a class's version (at 6) is above any count of architectures.
    (
        0,
        b"\xca\xfe\xba\xbe\0\0\0",
        Kind::new("application/x-mach-binary", "mach-o"),
    ),
    (
        0,
        b"\xca\xfe\xba\xbe",
        Kind::new("application/java-vm", "class"),
    ),
    (
        0,
        b"\xcf\xfa\xed\xfe",
        Kind::new("application/x-mach-binary", "mach-o"),
    ),
    (
        0,
        b"\xce\xfa\xed\xfe",
        Kind::new("application/x-mach-binary", "mach-o"),
    ),
    (
        0,
        b"dex\n0",
        Kind::new("application/vnd.android.dex", "dex"),
    ),
    (0, b"\0asm", Kind::new("application/wasm", "wasm")),
    (
        0,
        b"\x1bLua",
        Kind::new("application/x-lua-bytecode", "lua"),
    ),
    (0, b"FWS", Kind::new("application/x-shockwave-flash", "swf")),
    (0, b"CWS", Kind::new("application/x-shockwave-flash", "swf")),
    (0, b"ZWS", Kind::new("application/x-shockwave-flash", "swf")),
    // Archives and compression.
    (0, b"Rar!\x1a\x07", Kind::new("application/vnd.rar", "rar")),
    (
        0,
        b"7z\xbc\xaf\x27\x1c",
        Kind::new("application/x-7z-compressed", "7z"),
    ),
    (0, b"\x1f\x8b", Kind::new("application/gzip", "gzip")),
    (0, b"BZh", Kind::new("application/x-bzip2", "bzip2")),
    (0, b"\xfd7zXZ\0", Kind::new("application/x-xz", "xz")),
    (
        0,
        b"\x28\xb5\x2f\xfd",
        Kind::new("application/zstd", "zstd"),
    ),
    (
        0,
        b"\x04\x22\x4d\x18",
        Kind::new("application/x-lz4", "lz4"),
    ),
    (0, b"LZIP", Kind::new("application/x-lzip", "lzip")),
    (
        0,
        b"\x1f\x9d",
        Kind::new("application/x-compress", "compress"),
    ),
    (0, b"\x60\xea", Kind::new("application/x-arj", "arj")),
    (2, b"-lh", Kind::new("application/x-lzh-compressed", "lzh")),
    (
        7,
        b"**ACE**",
        Kind::new("application/x-ace-compressed", "ace"),
    ),
    (257, b"ustar", Kind::new("application/x-tar", "tar")),
    (
        0,
        b"!<arch>\ndebian",
        Kind::new("application/vnd.debian.binary-package", "deb"),
    ),
    (0, b"!<arch>\n", Kind::new("application/x-archive", "ar")),
    (
        0,
        b"\xed\xab\xee\xdb",
        Kind::new("application/x-rpm", "rpm"),
    ),
    (0, b"xar!", Kind::new("application/x-xar", "xar")),
    (
        0,
        b"hsqs",
        Kind::new("application/vnd.squashfs", "squashfs"),
    ),
    (0, b"070701", Kind::new("application/x-cpio", "cpio")),
    // Disks, databases, captures.
    (0, b"QFI\xfb", Kind::new("application/x-qemu-disk", "qcow2")),
    (0, b"KDMV", Kind::new("application/x-vmdk", "vmdk")),
    (0, b"vhdxfile", Kind::new("application/x-vhdx", "vhdx")),
    (
        0,
        b"SQLite format 3\0",
        Kind::new("application/vnd.sqlite3", "sqlite"),
    ),
    (
        0,
        b"regf",
        Kind::new("application/x-ms-registry", "registry"),
    ),
    (
        0,
        b"\xd4\xc3\xb2\xa1",
        Kind::new("application/vnd.tcpdump.pcap", "pcap"),
    ),
    (
        0,
        b"\xa1\xb2\xc3\xd4",
        Kind::new("application/vnd.tcpdump.pcap", "pcap"),
    ),
    (
        0,
        b"\x4d\x3c\xb2\xa1",
        Kind::new("application/vnd.tcpdump.pcap", "pcap"),
    ),
    (
        0,
        b"\x0a\x0d\x0d\x0a",
        Kind::new("application/x-pcapng", "pcapng"),
    ),
    (
        0,
        b"MDMP\x93\xa7",
        Kind::new("application/x-dmp", "minidump"),
    ),
    // Pictures, sound, film, fonts.
    (0, b"\x89PNG\r\n\x1a\n", Kind::new("image/png", "png")),
    (0, b"\xff\xd8\xff", Kind::new("image/jpeg", "jpeg")),
    (0, b"GIF87a", Kind::new("image/gif", "gif")),
    (0, b"GIF89a", Kind::new("image/gif", "gif")),
    (8, b"WEBP", Kind::new("image/webp", "webp")),
    (0, b"BM", Kind::new("image/bmp", "bmp")),
    (
        0,
        b"\0\0\x01\0",
        Kind::new("image/vnd.microsoft.icon", "ico"),
    ),
    (0, b"II*\0", Kind::new("image/tiff", "tiff")),
    (0, b"MM\0*", Kind::new("image/tiff", "tiff")),
    (0, b"8BPS", Kind::new("image/vnd.adobe.photoshop", "psd")),
    (0, b"ID3", Kind::new("audio/mpeg", "mp3")),
    (0, b"\xff\xfb", Kind::new("audio/mpeg", "mp3")),
    (0, b"OggS", Kind::new("application/ogg", "ogg")),
    (0, b"fLaC", Kind::new("audio/flac", "flac")),
    (8, b"WAVE", Kind::new("audio/wav", "wav")),
    (8, b"AVI ", Kind::new("video/x-msvideo", "avi")),
    (4, b"ftyp", Kind::new("video/mp4", "mp4")),
    (
        0,
        b"\x1a\x45\xdf\xa3",
        Kind::new("video/x-matroska", "matroska"),
    ),
    (0, b"FLV\x01", Kind::new("video/x-flv", "flv")),
    (0, b"\0\0\x01\xba", Kind::new("video/mpeg", "mpeg")),
    (
        0,
        b"\x30\x26\xb2\x75\x8e\x66\xcf\x11",
        Kind::new("video/x-ms-asf", "asf"),
    ),
    (0, b"wOFF", Kind::new("font/woff", "woff")),
    (0, b"wOF2", Kind::new("font/woff2", "woff2")),
    (0, b"OTTO", Kind::new("font/otf", "otf")),
    (0, b"\0\x01\0\0\0", Kind::new("font/ttf", "ttf")),
    // Keys and mail.
    (
        0,
        b"-----BEGIN ",
        Kind::new("application/x-pem-file", "pem"),
    ),
    (
        0,
        b"%!PS",
        Kind::new("application/postscript", "postscript"),
    ),
    (
        0,
        b"!BDN",
        Kind::new("application/vnd.ms-outlook-pst", "pst"),
    ),
];

const EXECUTABLE: Kind = Kind::new("application/vnd.microsoft.portable-executable", "exe");
const LIBRARY: Kind = Kind::new("application/vnd.microsoft.portable-executable", "dll");

pub(crate) fn of(head: &[u8]) -> Option<Kind> {
    if head.starts_with(b"MZ") {
        return Some(portable(head));
    }
    let fits = |offset: usize, signature: &[u8]| {
        head.get(offset..)
            .is_some_and(|rest| rest.starts_with(signature))
    };
    let row = TABLE
        .iter()
        .find(|(offset, signature, _)| fits(*offset, signature));
    row.map(|(_, _, kind)| *kind)
}

/// Characteristics of the COFF header (PE format 3.3.2): 0x2000 is a library. DOS programs count as executables.
fn portable(head: &[u8]) -> Kind {
    let at = head
        .get(60..64)
        .and_then(|bytes| bytes.try_into().ok())
        .map_or(0, |bytes| u32::from_le_bytes(bytes) as usize);
    let header = head.get(at..).unwrap_or_default();
    let flags = header.get(22..24).unwrap_or_default();
    if header.starts_with(b"PE\0\0") && flags.get(1).is_some_and(|high| high & 0x20 != 0) {
        LIBRARY
    } else {
        EXECUTABLE
    }
}
