//! Bytes of a charset to UTF-8.

use encoding_rs::{Encoding, GB18030};

use std::borrow::Cow;

/// The text, and whether every byte was one of the charset. None: nobody knows the charset.
pub fn decode<'a>(label: &[u8], bytes: &'a [u8]) -> Option<(Cow<'a, str>, bool)> {
    let encoding = Encoding::for_label_no_replacement(label)?;
    let (text, faulty) = encoding.decode_without_bom_handling(bytes);
    Some((text, !faulty))
}

/// Bytes nobody labelled: UTF-8 (RFC 6532), else GB18030 if they are that (mailers of China write headers so),
/// else UTF-8 with marks for what is none.
pub fn guess(bytes: &[u8]) -> Cow<'_, str> {
    if let Ok(text) = std::str::from_utf8(bytes) {
        return Cow::Borrowed(text);
    }
    let (text, faulty) = GB18030.decode_without_bom_handling(bytes);
    if faulty {
        String::from_utf8_lossy(bytes)
    } else {
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn charsets_of_chinese_mail() {
        for (label, bytes) in [
            (&b"GBK"[..], &b"\xd6\xd0\xce\xc4"[..]),
            (b"gb2312", b"\xd6\xd0\xce\xc4"),
            (b"GB18030", b"\xd6\xd0\xce\xc4"),
            (b"Big5", b"\xa4\xa4\xa4\xe5"),
            (b"utf-8", "中文".as_bytes()),
        ] {
            assert_eq!(decode(label, bytes), Some(("中文".into(), true)));
        }
        assert_eq!(decode(b"x-klingon", b"a"), None);
        assert!(!decode(b"utf-8", b"\xff").unwrap().1);
    }

    #[test]
    fn unlabelled_bytes() {
        assert_eq!(guess("中文".as_bytes()), "中文");
        assert_eq!(guess(b"\xd6\xd0\xce\xc4"), "中文");
        assert_eq!(guess(b"a\xff"), "a\u{fffd}");
    }
}
