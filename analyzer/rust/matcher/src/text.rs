//! Text as Sigma compares it: folded case, wildcards, numbers, JSON escapes.

use std::borrow::Cow;

/// Simple case folding of one character (Unicode CaseFolding C+S), by way of the upper case form:
/// the same as the regex crate's case-insensitive matching.
fn fold_char(c: char) -> char {
    let single =
        |mut chars: std::iter::Peekable<std::char::ToUppercase>| match (chars.next(), chars.peek())
        {
            (Some(only), None) => only,
            _ => c,
        };
    let upper = single(c.to_uppercase().peekable());
    let mut lower = upper.to_lowercase();
    match (lower.next(), lower.next()) {
        (Some(only), None) => only,
        _ => upper,
    }
}

/// Appends `text` folded; ASCII, nearly all there is, goes as a whole.
pub fn fold_into(text: &str, out: &mut String) {
    if text.is_ascii() {
        return fold_ascii(text, out);
    }
    let mut rest = text;
    while !rest.is_empty() {
        let wide = rest.find(|c: char| !c.is_ascii()).unwrap_or(rest.len());
        fold_ascii(&rest[..wide], out);
        rest = &rest[wide..];
        let ascii = rest.find(|c: char| c.is_ascii()).unwrap_or(rest.len());
        out.extend(rest[..ascii].chars().map(fold_char));
        rest = &rest[ascii..];
    }
}

fn fold_ascii(text: &str, out: &mut String) {
    let start = out.len();
    out.push_str(text);
    out[start..].make_ascii_lowercase();
}

pub fn folded(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    fold_into(text, &mut out);
    out
}

/// One text for one number: `1116`, `1116.0` and `1.116e3` are the same value. Digits beyond what f64 holds stay as written.
pub fn canonical_number(text: &str) -> String {
    let text = text.strip_prefix('+').unwrap_or(text);
    if let Ok(integer) = text.parse::<i128>() {
        return integer.to_string();
    }
    match text.parse::<f64>() {
        Ok(value) if value.is_finite() => value.to_string(),
        _ => text.to_owned(),
    }
}

/// A part of a Sigma string.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Piece {
    Literal(String),
    /// `*`: any run, also empty.
    Any,
    /// `?`: exactly one character.
    One,
}

/// Does the whole of `text` match? Greedy with one fallback point: O(text × pieces), no recursion.
pub fn glob(pieces: &[Piece], text: &str) -> bool {
    let (mut piece, mut rest) = (0, text);
    let mut retry: Option<(usize, &str)> = None;
    loop {
        let step = match pieces.get(piece) {
            None => rest.is_empty().then_some(rest),
            Some(Piece::Any) if piece + 1 == pieces.len() => return true,
            Some(Piece::Any) => {
                retry = Some((piece + 1, rest));
                Some(rest)
            }
            Some(Piece::One) => skip_char(rest),
            Some(Piece::Literal(literal)) => rest.strip_prefix(literal.as_str()),
        };
        match (step, retry) {
            (Some(_), _) if piece == pieces.len() => return true,
            (Some(next), _) => (piece, rest) = (piece + 1, next),
            (None, Some((after, from))) => {
                let Some(next) = next_start(pieces.get(after), from) else {
                    return false;
                };
                retry = Some((after, next));
                (piece, rest) = (after, next);
            }
            (None, None) => return false,
        }
    }
}

fn skip_char(text: &str) -> Option<&str> {
    let mut chars = text.chars();
    chars.next().map(|_| chars.as_str())
}

/// Where the run of a `*` may end next: one character on, or straight at the next place its literal stands.
fn next_start<'a>(piece: Option<&Piece>, from: &'a str) -> Option<&'a str> {
    let next = skip_char(from)?;
    match piece {
        Some(Piece::Literal(literal)) => next.find(literal.as_str()).map(|at| &next[at..]),
        _ => Some(next),
    }
}

/// Appends the text of a JSON string's inside. Escapes that name no character (lone surrogates, unknown letters)
/// become U+FFFD: hostile spelling must not hide the rest of a value.
pub fn unescape_into(raw: &str, out: &mut String) {
    let mut rest = raw;
    while let Some(at) = memchr::memchr(b'\\', rest.as_bytes()) {
        out.push_str(&rest[..at]);
        let (character, length) = escape(&rest[at + 1..]);
        out.push(character);
        rest = &rest[at + 1 + length..];
    }
    out.push_str(rest);
}

/// The character after a backslash and how many bytes it took.
fn escape(rest: &str) -> (char, usize) {
    let Some(letter) = rest.chars().next() else {
        return ('\u{fffd}', 0);
    };
    let plain = match letter {
        '"' | '\\' | '/' => letter,
        'b' => '\u{8}',
        'f' => '\u{c}',
        'n' => '\n',
        'r' => '\r',
        't' => '\t',
        'u' => return unicode_escape(&rest[1..]),
        _ => '\u{fffd}',
    };
    (plain, letter.len_utf8())
}

fn unicode_escape(rest: &str) -> (char, usize) {
    let Some(high) = hex4(rest) else {
        return ('\u{fffd}', 1);
    };
    if let Some(character) = char::from_u32(high) {
        return (character, 5);
    }
    // RFC 8259 7: beyond the basic plane, two escapes carry one character.
    let low = rest[4..].strip_prefix("\\u").and_then(hex4);
    match low {
        Some(low @ 0xdc00..=0xdfff) if high < 0xdc00 => {
            let scalar = 0x1_0000 + ((high - 0xd800) << 10) + (low - 0xdc00);
            (char::from_u32(scalar).unwrap_or('\u{fffd}'), 11)
        }
        _ => ('\u{fffd}', 5),
    }
}

fn hex4(text: &str) -> Option<u32> {
    let digits = text.get(..4)?;
    let hex = digits.bytes().all(|b| b.is_ascii_hexdigit());
    hex.then(|| u32::from_str_radix(digits, 16).ok()).flatten()
}

/// At most `limit` bytes, cut between characters.
pub fn clip(text: &str, limit: usize) -> &str {
    if text.len() <= limit {
        return text;
    }
    let end = (0..=limit)
        .rev()
        .find(|at| text.is_char_boundary(*at))
        .unwrap_or(0);
    &text[..end]
}

/// A number's text in canonical form, without copying the common case of a plain integer.
pub fn number_text(raw: &str) -> Cow<'_, str> {
    if raw.bytes().all(|b| b.is_ascii_digit()) {
        return Cow::Borrowed(raw);
    }
    Cow::Owned(canonical_number(raw))
}
