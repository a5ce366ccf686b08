//! Encoded words of header fields (RFC 2047): `=?charset?B|Q?text?=`.

use super::charset;
use super::coding::{self, Decoder};

/// Decoded text, and whether all of it could be.
pub struct Text {
    pub text: String,
    pub faulty: bool,
}

/// One encoded word.
struct Word<'a> {
    charset: &'a [u8],
    bytes: Vec<u8>,
    faulty: bool,
}

/// A field's value as people read it. Control characters that a header cannot have are left to the writer of the event.
pub fn decode(value: &[u8]) -> Text {
    let mut out = Text {
        text: String::with_capacity(value.len()),
        faulty: false,
    };
    let mut rest = value;
    let mut waiting: Option<Word<'_>> = None;
    while let Some((before, word, after)) = next_word(rest) {
        // White space between two encoded words is theirs, not the text's (RFC 2047 6.2).
        let apart = waiting.is_none() || !before.iter().all(u8::is_ascii_whitespace);
        if apart {
            flush(&mut waiting, &mut out);
            out.text.push_str(&charset::guess(before));
        }
        join(&mut waiting, word, &mut out);
        rest = after;
    }
    flush(&mut waiting, &mut out);
    out.text.push_str(&charset::guess(rest));
    out
}

/// Neighbours of one charset are decoded together: mailers cut characters in two (forbidden, and common).
fn join<'a>(waiting: &mut Option<Word<'a>>, word: Word<'a>, out: &mut Text) {
    match waiting {
        Some(earlier) if earlier.charset.eq_ignore_ascii_case(word.charset) => {
            earlier.bytes.extend_from_slice(&word.bytes);
            earlier.faulty |= word.faulty;
        }
        _ => {
            flush(waiting, out);
            *waiting = Some(word);
        }
    }
}

fn flush(waiting: &mut Option<Word<'_>>, out: &mut Text) {
    let Some(word) = waiting.take() else { return };
    out.faulty |= word.faulty;
    match charset::decode(word.charset, &word.bytes) {
        Some((text, clean)) => {
            out.text.push_str(&text);
            out.faulty |= !clean;
        }
        None => {
            out.text.push_str(&charset::guess(&word.bytes));
            out.faulty = true;
        }
    }
}

/// What stands before the next encoded word, the word, what stands behind it.
fn next_word(value: &[u8]) -> Option<(&[u8], Word<'_>, &[u8])> {
    let mut from = 0;
    while let Some(at) = memchr::memmem::find(value.get(from..)?, b"=?") {
        let start = from + at;
        if let Some((word, length)) = word(&value[start..]) {
            return Some((&value[..start], word, &value[start + length..]));
        }
        from = start + 2;
    }
    None
}

/// Longest encoded word taken for one. RFC 2047 2 allows 75 characters; mailers put whole subjects into one.
const MAX_WORD: usize = 4096;

/// The word at the beginning of `value`, and its length there.
fn word(value: &[u8]) -> Option<(Word<'_>, usize)> {
    let value = &value[..value.len().min(MAX_WORD)];
    let inner = value.strip_prefix(b"=?")?;
    let mut parts = inner.splitn(3, |&byte| byte == b'?');
    let (charset, encoding, rest) = (parts.next()?, parts.next()?, parts.next()?);
    if charset.is_empty() || charset.iter().any(u8::is_ascii_whitespace) {
        return None;
    }
    let length = memchr::memmem::find(rest, b"?=")?;
    // A language may follow the charset (RFC 2231 5).
    let charset = charset.split(|&byte| byte == b'*').next()?;
    let (bytes, faulty) = match encoding {
        b"B" | b"b" => coding::whole(Decoder::base64(), &rest[..length]),
        b"Q" | b"q" => quoted(&rest[..length]),
        _ => return None,
    };
    let word = Word {
        charset,
        bytes,
        faulty,
    };
    Some((word, value.len() - rest.len() + length + 2))
}

/// The Q encoding (RFC 2047 4.2).
fn quoted(text: &[u8]) -> (Vec<u8>, bool) {
    let mut out = Vec::with_capacity(text.len());
    let mut faulty = false;
    let mut at = 0;
    while let Some(&byte) = text.get(at) {
        at += 1;
        match byte {
            b'_' => out.push(b' '),
            b'=' => match text.get(at..at + 2).and_then(coding::hex_pair) {
                Some(value) => {
                    out.push(value);
                    at += 2;
                }
                None => {
                    out.push(byte);
                    faulty = true;
                }
            },
            _ => out.push(byte),
        }
    }
    (out, faulty)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(value: &[u8]) -> String {
        decode(value).text
    }

    #[test]
    fn words_of_rfc_2047() {
        for (value, wanted) in [
            (&b"=?ISO-8859-1?Q?a?="[..], "a"),
            (b"=?ISO-8859-1?Q?a?= b", "a b"),
            (b"=?ISO-8859-1?Q?a?= =?ISO-8859-1?Q?b?=", "ab"),
            (b"=?ISO-8859-1?Q?a?= \t =?utf-8?B?Yg==?=", "ab"),
            (b"=?ISO-8859-1?Q?a_b?=", "a b"),
            (b"=?ISO-8859-1?Q?a?= =?ISO-8859-2?Q?_b?=", "a b"),
            (
                b"=?US-ASCII*EN?Q?Keith_Moore?= <moore@x>",
                "Keith Moore <moore@x>",
            ),
            (b"no =? word ?= here", "no =? word ?= here"),
        ] {
            assert_eq!(text(value), wanted);
        }
    }

    #[test]
    fn chinese_words_cut_inside_a_character() {
        assert_eq!(text(b"=?GBK?B?1tA=?= =?GBK?B?zsQ=?="), "中文");
        assert_eq!(text(b"=?gb18030?B?1g==?=\r\n =?gb18030?B?0M7E?="), "中文");
        assert_eq!(text(b"=?Big5?Q?=A4=A4=A4=E5?="), "中文");
    }

    #[test]
    fn what_cannot_be_decoded_is_said() {
        assert!(decode(b"=?x-none?Q?a?=").faulty);
        assert!(decode(b"=?utf-8?B?!!?=").faulty);
        assert!(decode(b"=?utf-8?Q?=zz?=").faulty);
        assert!(decode(b"=?utf-8?Q?=ff?=").faulty);
        assert!(!decode(b"plain").faulty);
    }
}
