//! `value; name=value; …` of structured header fields: RFC 2045 5.1, with RFC 2231's charsets and continuations.

use super::{charset, coding, words};

/// Parameters read of one field; real ones have a handful.
const MAX_PARAMETERS: usize = 64;

/// A structured field.
#[derive(Debug, Default)]
pub struct Structured {
    /// What stands before the first semicolon, lower case.
    pub value: Vec<u8>,
    parameters: Vec<(Vec<u8>, Vec<u8>)>,
    /// Something could not be decoded.
    pub faulty: bool,
}

impl Structured {
    pub fn read(field: &[u8]) -> Self {
        let mut items = split(field, b';').into_iter();
        let value = items.next().unwrap_or_default();
        let parameters = items.take(MAX_PARAMETERS).filter_map(|item| {
            let at = memchr::memchr(b'=', &item)?;
            let name = item[..at].trim_ascii().to_ascii_lowercase();
            Some((name, unquote(item[at + 1..].trim_ascii())))
        });
        Self {
            value: strip_comment(&value).trim_ascii().to_ascii_lowercase(),
            parameters: parameters.collect(),
            faulty: false,
        }
    }

    /// A parameter's bytes as they stand.
    pub fn raw(&self, name: &str) -> Option<&[u8]> {
        let found = self
            .parameters
            .iter()
            .find(|(each, _)| each == name.as_bytes());
        found.map(|(_, value)| &value[..])
    }

    /// A parameter as people read it: extended, continued, or (against RFC 2047 5 (3), and very common) an encoded word.
    pub fn text(&mut self, name: &str) -> Option<String> {
        if let Some(text) = self.extended(name) {
            return Some(text);
        }
        let found = words::decode(self.raw(name)?);
        self.faulty |= found.faulty;
        Some(found.text)
    }

    /// `name*`, or `name*0`, `name*1*`, … put together (RFC 2231 3, 4).
    fn extended(&mut self, name: &str) -> Option<String> {
        let mut bytes = Vec::new();
        let mut charset = None;
        let single = self
            .raw(&format!("{name}*"))
            .map(|value| (value.to_vec(), true));
        let first = single.or_else(|| self.section(name, 0))?;
        let mut section = Some(first);
        let mut number = 0;
        while let Some((value, encoded)) = section {
            let mut value = &value[..];
            if number == 0 && encoded {
                (charset, value) = leading_charset(value);
            }
            if encoded {
                self.faulty |= !percent(value, &mut bytes);
            } else {
                bytes.extend_from_slice(value);
            }
            number += 1;
            section = self.section(name, number);
        }
        Some(self.decoded(charset.as_deref(), &bytes))
    }

    fn decoded(&mut self, label: Option<&[u8]>, bytes: &[u8]) -> String {
        match label.filter(|label| !label.is_empty()) {
            None => charset::guess(bytes).into_owned(),
            Some(label) => match charset::decode(label, bytes) {
                Some((text, clean)) => {
                    self.faulty |= !clean;
                    text.into_owned()
                }
                None => {
                    self.faulty = true;
                    charset::guess(bytes).into_owned()
                }
            },
        }
    }

    /// Section `number`, and whether it is percent-encoded.
    fn section(&self, name: &str, number: usize) -> Option<(Vec<u8>, bool)> {
        let plain = format!("{name}*{number}");
        let encoded = self
            .raw(&format!("{plain}*"))
            .map(|value| (value.to_vec(), true));
        encoded.or_else(|| Some((self.raw(&plain)?.to_vec(), false)))
    }
}

/// `charset'language'` in front of an extended value.
fn leading_charset(value: &[u8]) -> (Option<Vec<u8>>, &[u8]) {
    let mut parts = value.splitn(3, |&byte| byte == b'\'');
    match (parts.next(), parts.next(), parts.next()) {
        (Some(charset), Some(_), Some(rest)) => (Some(charset.to_vec()), rest),
        _ => (None, value),
    }
}

/// Appends `value` with its %XX decoded. False: a percent sign without two digits.
fn percent(value: &[u8], out: &mut Vec<u8>) -> bool {
    let mut clean = true;
    let mut at = 0;
    while let Some(&byte) = value.get(at) {
        at += 1;
        let decoded = value.get(at..at + 2).and_then(coding::hex_pair);
        match (byte, decoded) {
            (b'%', Some(decoded)) => {
                out.push(decoded);
                at += 2;
            }
            _ => {
                clean &= byte != b'%';
                out.push(byte);
            }
        }
    }
    clean
}

/// Splits at `separator` outside quoted strings.
pub fn split(field: &[u8], separator: u8) -> Vec<Vec<u8>> {
    let mut items = vec![Vec::new()];
    let (mut quoted, mut escaped) = (false, false);
    for &byte in field {
        if byte == separator && !quoted {
            items.push(Vec::new());
            continue;
        }
        quoted ^= byte == b'"' && !escaped;
        escaped = byte == b'\\' && quoted && !escaped;
        if let Some(item) = items.last_mut() {
            item.push(byte);
        }
    }
    items
}

/// A quoted string's content; anything else as it is. An unclosed quote is one all the same.
pub fn unquote(text: &[u8]) -> Vec<u8> {
    let Some(inner) = text.strip_prefix(b"\"") else {
        return text.to_vec();
    };
    let mut out = Vec::with_capacity(inner.len());
    let mut bytes = inner.iter();
    while let Some(&byte) = bytes.next() {
        match byte {
            b'"' => break,
            b'\\' => out.extend(bytes.next()),
            _ => out.push(byte),
        }
    }
    out
}

/// `text/plain (a comment)`: what stands before the comment.
fn strip_comment(value: &[u8]) -> &[u8] {
    memchr::memchr(b'(', value).map_or(value, |at| &value[..at])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(field: &str) -> Option<String> {
        Structured::read(field.as_bytes()).text("filename")
    }

    #[test]
    fn plain_and_quoted() {
        let field = "attachment; FileName=\"a \\\"b\\\"; c.exe\" ; size=3";
        let mut found = Structured::read(field.as_bytes());
        assert_eq!(found.value, b"attachment");
        assert_eq!(found.text("filename").unwrap(), "a \"b\"; c.exe");
        assert_eq!(found.raw("size"), Some(&b"3"[..]));
        assert_eq!(name("attachment; filename=bare.txt").unwrap(), "bare.txt");
        assert_eq!(name("attachment; filename=\"open.txt").unwrap(), "open.txt");
        assert_eq!(name("attachment"), None);
    }

    #[test]
    fn rfc_2231() {
        let extended = "attachment; filename*=GBK''%D6%D0%CE%C4.exe; filename=x.txt";
        assert_eq!(name(extended).unwrap(), "中文.exe");
        let continued =
            "a; filename*0*=utf-8'zh'%E4%B8; filename*1*=%AD; filename*2=\".e\"; filename*3=xe";
        assert_eq!(name(continued).unwrap(), "中.exe");
        assert_eq!(
            name("a; filename*0=long; filename*1=name").unwrap(),
            "longname"
        );
    }

    #[test]
    fn encoded_words_where_they_should_not_be() {
        assert_eq!(
            name("a; filename=\"=?GBK?B?1tDOxA==?=.exe\"").unwrap(),
            "中文.exe"
        );
    }

    #[test]
    fn what_cannot_be_decoded_is_said() {
        for field in [
            "a; filename*=x-none''a",
            "a; filename*=utf-8''%ff",
            "a; filename*=utf-8''%z",
        ] {
            let mut found = Structured::read(field.as_bytes());
            assert!(found.text("filename").is_some());
            assert!(found.faulty, "{field}");
        }
    }

    #[test]
    fn comments_are_not_the_value() {
        assert_eq!(
            Structured::read(b"Text/Plain (really); charset=x").value,
            b"text/plain"
        );
    }
}
