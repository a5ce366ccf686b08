//! A file's type from its first bytes; names and declared types lie.

use crate::{magic, prose, zip};

/// First bytes that are looked at. The names of an Office document's first parts lie within, and so does every
/// signature but that of an ISO image.
pub const HEAD_BYTES: usize = 8 << 10;

/// `file.mime_type` and `file.type`-like short name of one format.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Kind {
    pub mime: &'static str,
    pub name: &'static str,
}

impl Kind {
    pub(crate) const fn new(mime: &'static str, name: &'static str) -> Self {
        Self { mime, name }
    }
}

const OCTETS: Kind = Kind::new("application/octet-stream", "data");

/// The type of content that begins with `head`; None when there is nothing to look at.
pub fn of(head: &[u8]) -> Option<Kind> {
    let head = &head[..head.len().min(HEAD_BYTES)];
    if head.is_empty() {
        return None;
    }
    let kind = zip::of(head)
        .or_else(|| magic::of(head))
        .or_else(|| prose::of(head));
    Some(kind.unwrap_or(OCTETS))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn name(head: &[u8]) -> &'static str {
        of(head).map_or("", |kind| kind.name)
    }

    #[test]
    fn what_matters_is_told_by_content() {
        let cases: [(&[u8], &str); 14] = [
            (b"MZ\x90\0", "exe"),
            (b"\x7fELF\x02\x01\x01", "elf"),
            (b"%PDF-1.7\n", "pdf"),
            (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "ole"),
            (b"PK\x03\x04\x14\0", "zip"),
            (b"Rar!\x1a\x07\x01\0", "rar"),
            (b"\x1f\x8b\x08\0", "gzip"),
            (b"#!/bin/sh\necho\n", "script"),
            (b"\n <!DOCTYPE html><p>", "html"),
            (b"<?php system($_GET['c']); ?>", "php"),
            (b"{\\rtf1", "rtf"),
            (
                b"X5O!P%@AP[4\\PZX54(P^)7CC)7}$EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*",
                "text",
            ),
            ("满天星".as_bytes(), "text"),
            (b"\x00\x01\x02\x03", "data"),
        ];
        for (head, expected) in cases {
            assert_eq!(name(head), expected, "{head:?}");
        }
        assert_eq!(of(b""), None);
    }

    proptest! {
        #[test]
        fn any_bytes_have_a_type(mut head in proptest::collection::vec(any::<u8>(), 1..200), start in 0..magic::TABLE.len()) {
            prop_assert!(of(&head).is_some());
            let (_, signature, _) = magic::TABLE[start];
            head.splice(0..0, signature.iter().copied());
            prop_assert!(of(&head).is_some());
        }
    }
}
