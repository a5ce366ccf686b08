//! Parameters of header values, and the file names they carry (RFC 6266, RFC 8187).

use super::bytes::{cut, trim};

/// The value of a parameter of `value; name=…; name="…"`, unquoted.
pub fn parameter(value: &[u8], name: &[u8]) -> Option<Vec<u8>> {
    let mut rest = cut(value, b';')?.1;
    loop {
        let (key, text, behind) = next_parameter(rest)?;
        if key.eq_ignore_ascii_case(name) {
            return Some(text);
        }
        rest = behind;
    }
}

/// The file name of a Content-Disposition: `filename*` outweighs `filename` (RFC 6266 4.3).
pub fn file_name(value: &[u8]) -> Option<Vec<u8>> {
    parameter(value, b"filename*")
        .map(|text| extended(&text))
        .or_else(|| parameter(value, b"filename"))
        .filter(|name| !name.is_empty())
}

/// (name, unquoted value, what follows). Parts without `=` are passed over.
fn next_parameter(bytes: &[u8]) -> Option<(&[u8], Vec<u8>, &[u8])> {
    let end = bytes.iter().position(|byte| matches!(byte, b'=' | b';'))?;
    if bytes[end] == b';' {
        return next_parameter_behind(&bytes[end + 1..]);
    }
    let name = trim(&bytes[..end]);
    let value = &bytes[end + 1..];
    let start = value.len() - trim_start(value).len();
    let (text, behind) = match &value[start..] {
        [b'"', quoted @ ..] => unquote(quoted),
        plain => {
            let (text, behind) = cut(plain, b';').unwrap_or((plain, b""));
            (trim(text).to_vec(), behind)
        }
    };
    Some((name, text, behind))
}

/// Parts without `=` one after the other, without recursion as deep as they are many.
fn next_parameter_behind(mut bytes: &[u8]) -> Option<(&[u8], Vec<u8>, &[u8])> {
    loop {
        let end = bytes.iter().position(|byte| matches!(byte, b'=' | b';'))?;
        if bytes[end] == b'=' {
            return next_parameter(bytes);
        }
        bytes = &bytes[end + 1..];
    }
}

fn trim_start(bytes: &[u8]) -> &[u8] {
    let start = bytes.iter().position(|byte| !matches!(byte, b' ' | b'\t'));
    &bytes[start.unwrap_or(bytes.len())..]
}

/// A quoted string (RFC 9110 5.6.4) behind its first quote, and what follows its end. Browsers escape the quote alone
/// and leave backslashes of Windows paths as they are.
fn unquote(bytes: &[u8]) -> (Vec<u8>, &[u8]) {
    let mut text = Vec::new();
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        match (byte, bytes.get(at + 1)) {
            (b'"', _) => {
                let behind = &bytes[at + 1..];
                return (text, cut(behind, b';').map_or(b"", |(_, behind)| behind));
            }
            (b'\\', Some(b'"')) => {
                text.push(b'"');
                at += 1;
            }
            _ => text.push(byte),
        }
        at += 1;
    }
    (text, b"")
}

/// `UTF-8''percent%20encoded` (RFC 8187 3.2). Other character sets stay as bytes.
fn extended(text: &[u8]) -> Vec<u8> {
    let encoded = text.splitn(3, |byte| *byte == b'\'').nth(2).unwrap_or(text);
    percent_decoded(encoded)
}

fn percent_decoded(text: &[u8]) -> Vec<u8> {
    let digit = |byte: u8| char::from(byte).to_digit(16).map(|digit| digit as u8);
    let mut out = Vec::with_capacity(text.len());
    let mut at = 0;
    while let Some(&byte) = text.get(at) {
        let pair = match text.get(at + 1..at + 3) {
            Some(&[high, low]) if byte == b'%' => digit(high).zip(digit(low)),
            _ => None,
        };
        match pair {
            Some((high, low)) => out.push(high << 4 | low),
            None => out.push(byte),
        }
        at += if pair.is_some() { 3 } else { 1 };
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(value: &str) -> Option<String> {
        file_name(value.as_bytes()).map(|name| String::from_utf8(name).unwrap())
    }

    #[test]
    fn names_of_files() {
        for (value, expected) in [
            ("attachment; filename=a.exe", Some("a.exe")),
            (
                "attachment; x; ; filename = \"a b;c.exe\" ; y=1",
                Some("a b;c.exe"),
            ),
            (
                "form-data; name=\"f\"; filename=\"C:\\t\\a\\\"b.txt\"",
                Some("C:\\t\\a\"b.txt"),
            ),
            (
                "attachment; filename=\"x\"; filename*=UTF-8''%e6%bb%a1%20%zz",
                Some("满 %zz"),
            ),
            ("attachment", None),
            ("attachment; filename=\"\"", None),
            ("attachment; filename=\"open", Some("open")),
        ] {
            assert_eq!(name(value).as_deref(), expected, "{value}");
        }
    }

    #[test]
    fn many_empty_parts_do_not_overflow_the_stack() {
        assert_eq!(
            name(&format!("a{};filename=b", ";".repeat(1_000_000))).as_deref(),
            Some("b")
        );
    }
}
