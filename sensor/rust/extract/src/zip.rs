//! ZIP containers are told apart by the names of their first members (APPNOTE 4.3.7).

use crate::kind::Kind;

const SIGNATURE: &[u8] = b"PK\x03\x04";
const NAME_LENGTH_AT: usize = 26;
const NAME_AT: usize = 30;
/// A local header is looked for this often; an Office document shows its part within its first few members.
const MAX_MEMBERS: usize = 16;

const ZIP: Kind = Kind::new("application/zip", "zip");
/// How a member's name begins, and what the container is then.
const MEMBERS: &[(&[u8], Kind)] = &[
    (
        b"word/",
        Kind::new(
            "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
            "docx",
        ),
    ),
    (
        b"xl/",
        Kind::new(
            "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            "xlsx",
        ),
    ),
    (
        b"ppt/",
        Kind::new(
            "application/vnd.openxmlformats-officedocument.presentationml.presentation",
            "pptx",
        ),
    ),
    (
        b"META-INF/MANIFEST.MF",
        Kind::new("application/java-archive", "jar"),
    ),
    (
        b"AndroidManifest.xml",
        Kind::new("application/vnd.android.package-archive", "apk"),
    ),
];
/// OpenDocument and EPUB say their type as the first member's content, stored (ODF 1.3 part 2, 3.3).
const DECLARED: &[(&[u8], Kind)] = &[
    (
        b"mimetypeapplication/vnd.oasis.opendocument.text",
        Kind::new("application/vnd.oasis.opendocument.text", "odt"),
    ),
    (
        b"mimetypeapplication/vnd.oasis.opendocument.spreadsheet",
        Kind::new("application/vnd.oasis.opendocument.spreadsheet", "ods"),
    ),
    (
        b"mimetypeapplication/vnd.oasis.opendocument.presentation",
        Kind::new("application/vnd.oasis.opendocument.presentation", "odp"),
    ),
    (
        b"mimetypeapplication/epub+zip",
        Kind::new("application/epub+zip", "epub"),
    ),
];

pub(crate) fn of(head: &[u8]) -> Option<Kind> {
    if !head.starts_with(SIGNATURE) {
        return (head.starts_with(b"PK\x05\x06")).then_some(ZIP);
    }
    let first = head.get(NAME_AT..).unwrap_or_default();
    let declared = DECLARED.iter().find(|(words, _)| first.starts_with(words));
    let kind = declared.map(|(_, kind)| *kind).or_else(|| by_member(head));
    Some(kind.unwrap_or(ZIP))
}

fn by_member(head: &[u8]) -> Option<Kind> {
    let mut rest = head;
    for _ in 0..MAX_MEMBERS {
        let name = member(rest)?;
        if let Some((_, kind)) = MEMBERS.iter().find(|(start, _)| name.starts_with(start)) {
            return Some(*kind);
        }
        rest = next(rest)?;
    }
    None
}

fn member(header: &[u8]) -> Option<&[u8]> {
    let length = header.get(NAME_LENGTH_AT..NAME_LENGTH_AT + 2)?;
    let length = usize::from(length[0]) | usize::from(length[1]) << 8;
    header.get(NAME_AT..NAME_AT + length)
}

/// Sizes may stand behind the data only (4.4.4 bit 3), so the next header is looked for.
fn next(header: &[u8]) -> Option<&[u8]> {
    let rest = header.get(NAME_AT..)?;
    let at = rest
        .windows(SIGNATURE.len())
        .position(|window| window == SIGNATURE)?;
    rest.get(at..)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header(name: &[u8]) -> Vec<u8> {
        let mut bytes = SIGNATURE.to_vec();
        bytes.resize(NAME_LENGTH_AT, 0);
        bytes.extend_from_slice(&(name.len() as u16).to_le_bytes());
        bytes.extend_from_slice(&[0, 0]);
        bytes.extend_from_slice(name);
        bytes.extend_from_slice(b"some data");
        bytes
    }

    #[test]
    fn members_tell_containers_apart() {
        let office = [
            header(b"[Content_Types].xml"),
            header(b"_rels/.rels"),
            header(b"word/document.xml"),
        ]
        .concat();
        assert_eq!(of(&office).map(|kind| kind.name), Some("docx"));
        assert_eq!(
            of(&header(b"META-INF/MANIFEST.MF")).map(|kind| kind.name),
            Some("jar")
        );
        assert_eq!(
            of(&header(b"../../etc/passwd")).map(|kind| kind.name),
            Some("zip")
        );
        assert_eq!(of(b"PK\x03\x04").map(|kind| kind.name), Some("zip"));
        assert_eq!(of(b"no"), None);
    }
}
