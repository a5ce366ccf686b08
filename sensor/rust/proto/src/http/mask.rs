//! Text of people's bodies made fit for an event: what proves or pays for a person is replaced by `***`.
//!
//! Values of fields named as secrets (forms, JSON, XML, multipart), identity-card, mobile-phone and bank-card numbers.

use super::bytes::{find_ignoring_case, first};

const MASK: &[u8] = b"***";

/// Parts of names of fields whose values are secrets.
const SECRETS: [&[u8]; 12] = [
    b"password",
    b"passwd",
    b"passwort",
    b"pwd",
    b"passphrase",
    b"secret",
    b"token",
    b"apikey",
    b"api_key",
    b"api-key",
    b"private_key",
    b"credential",
];

/// Names of fields are shorter than this.
const MAX_NAME: usize = 64;

/// Digits of the longest bank card (ISO/IEC 7812).
const MAX_CARD: usize = 19;

/// So many digits at the end of a cut text may be the beginning of a number of the above.
const SUSPECT: usize = 6;

/// `cut`: more text followed.
pub fn masked(text: &[u8], cut: bool) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    let mut at = 0;
    while at < text.len() {
        let length = word_length(&text[at..]);
        if length == 0 {
            out.push(text[at]);
            at += 1;
            continue;
        }
        let word = &text[at..at + length];
        match secret_behind(word, &text[at + length..]) {
            Some((before, value)) => {
                let value_at = at + length + before;
                out.extend_from_slice(&text[at..value_at]);
                out.extend_from_slice(MASK);
                at = value_at + value;
            }
            None => at += number(&text[at..], length, cut, &mut out),
        }
    }
    out
}

/// Whether text is what it looks like: no control characters but those of lines and pages.
pub fn is_text(bytes: &[u8]) -> bool {
    bytes
        .iter()
        .all(|byte| *byte >= b' ' || matches!(byte, b'\t' | b'\n' | b'\r' | 0x0c | 0x1b))
}

/// Names of fields, with what forms put around them.
fn word_length(text: &[u8]) -> usize {
    let is_part = |byte: &u8| byte.is_ascii_alphanumeric() || b"_-.[]%$".contains(byte);
    text.iter()
        .position(|byte| !is_part(byte))
        .unwrap_or(text.len())
}

pub fn is_secret(name: &[u8]) -> bool {
    name.len() <= MAX_NAME
        && SECRETS
            .iter()
            .any(|secret| find_ignoring_case(name, secret).is_some())
}

/// What follows the name of a secret: how far away its value begins, how long it is.
fn secret_behind(name: &[u8], text: &[u8]) -> Option<(usize, usize)> {
    let start = if is_secret(name) {
        value_start(text)?
    } else {
        return None;
    };
    let value = &text[start..];
    let length = match start.checked_sub(1).and_then(|before| text.get(before)) {
        Some(quote @ (b'"' | b'\'')) => quoted_length(value, *quote),
        Some(b'>') => until(value, b"<"),
        Some(b'\n') => until(value, b"\r\n"),
        _ if value.starts_with(b"[") => until(value, b"]"),
        _ => until(value, b"&;, \t\r\n<>\"'}"),
    };
    (length > 0).then_some((start, length))
}

/// `=`, `": "`, `>` of an element, or the empty line behind the name of a form's part.
fn value_start(text: &[u8]) -> Option<usize> {
    let quote = usize::from(matches!(text.first(), Some(b'"' | b'\'')));
    let blank = |at: usize| {
        let rest = first(text.get(at..).unwrap_or_default(), MAX_NAME);
        at + rest
            .iter()
            .take_while(|byte| matches!(byte, b' ' | b'\t' | b'\r' | b'\n'))
            .count()
    };
    let mark = blank(quote);
    match text.get(mark) {
        Some(b'=' | b':') => {
            let value = blank(mark + 1);
            Some(value + usize::from(matches!(text.get(value), Some(b'"' | b'\''))))
        }
        Some(b'>') => Some(mark + 1),
        _ if quote == 1 => {
            find_ignoring_case(first(text, MAX_NAME * 4), b"\r\n\r\n").map(|at| at + 4)
        }
        _ => None,
    }
}

fn quoted_length(text: &[u8], quote: u8) -> usize {
    let mut escaped = false;
    let end = text.iter().position(|byte| {
        let ends = *byte == quote && !escaped;
        escaped = *byte == b'\\' && !escaped;
        ends
    });
    end.unwrap_or(text.len())
}

fn until(text: &[u8], ends: &[u8]) -> usize {
    text.iter()
        .position(|byte| ends.contains(byte))
        .unwrap_or(text.len())
}

/// Copies a word, its numbers masked; answers how many bytes of `text` that took.
fn number(text: &[u8], length: usize, cut: bool, out: &mut Vec<u8>) -> usize {
    if !text[..length].iter().any(u8::is_ascii_digit) {
        out.extend_from_slice(&text[..length]);
        return length;
    }
    let mut at = 0;
    while at < length {
        let run = run_length(&text[at..]);
        let alone = at == 0 || !text[at - 1].is_ascii_alphanumeric();
        match personal(&text[at..], run, cut).filter(|_| alone) {
            Some(taken) => {
                out.extend_from_slice(MASK);
                at += taken;
            }
            None => {
                out.extend_from_slice(&text[at..at + run]);
                at += run;
            }
        }
    }
    at
}

/// Letters and digits, or one other byte.
fn run_length(text: &[u8]) -> usize {
    text.iter()
        .take_while(|byte| byte.is_ascii_alphanumeric())
        .count()
        .max(1)
}

/// How many bytes belong to a number of a person at the beginning of `text`, whose first word has `run` bytes.
fn personal(text: &[u8], run: usize, cut: bool) -> Option<usize> {
    let word = &text[..run];
    if !word[0].is_ascii_digit() {
        return None;
    }
    let at_edge = cut && run == text.len() && run >= SUSPECT && word.iter().all(u8::is_ascii_digit);
    if at_edge || is_identity(word) || is_mobile(word) || is_card(word) {
        return Some(run);
    }
    grouped_card(text)
}

/// Identity card (GB 11643): six digits of a place, a day of birth, three digits and a check character.
fn is_identity(word: &[u8]) -> bool {
    let [number @ .., check] = word else {
        return false;
    };
    let digits = number.len() == 17 && number.iter().all(u8::is_ascii_digit);
    digits
        && (check.is_ascii_digit() || matches!(check, b'x' | b'X'))
        && matches!(&number[6..8], b"18" | b"19" | b"20")
        && (b"01".as_slice()..=b"12").contains(&&number[10..12])
        && (b"01".as_slice()..=b"31").contains(&&number[12..14])
}

/// Mobile number of mainland China, with or without the country's code.
fn is_mobile(word: &[u8]) -> bool {
    let number = match word {
        [b'8', b'6', number @ ..] if word.len() == 13 => number,
        number => number,
    };
    number.len() == 11
        && number.iter().all(u8::is_ascii_digit)
        && matches!(number, [b'1', b'3'..=b'9', ..])
}

/// Bank card: an issuer's first digit 3 to 6, and Luhn's sum (ISO/IEC 7812-1).
fn is_card(digits: &[u8]) -> bool {
    if !(13..=MAX_CARD).contains(&digits.len()) || !matches!(digits[0], b'3'..=b'6') {
        return false;
    }
    let mut sum = 0;
    for (place, byte) in digits.iter().rev().enumerate() {
        let Some(digit) = char::from(*byte).to_digit(10) else {
            return false;
        };
        let doubled = if place % 2 == 1 { digit * 2 } else { digit };
        sum += doubled / 10 + doubled % 10;
    }
    sum % 10 == 0
}

/// A card written in groups of four, parted by spaces or hyphens; its length in `text`.
fn grouped_card(text: &[u8]) -> Option<usize> {
    let mut digits = Vec::with_capacity(MAX_CARD);
    let mut end = 0;
    for (at, byte) in text.iter().enumerate() {
        match byte {
            b'0'..=b'9' if digits.len() < MAX_CARD => {
                digits.push(*byte);
                end = at + 1;
            }
            b' ' | b'-' if digits.len() % 4 == 0 && end == at => {}
            _ => break,
        }
    }
    let ends = !text.get(end).is_some_and(u8::is_ascii_alphanumeric);
    (ends && is_card(&digits)).then_some(end)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn expect(text: &str, shown: &str) {
        let out = String::from_utf8(masked(text.as_bytes(), false)).unwrap();
        assert_eq!(out, shown, "{text}");
    }

    #[test]
    fn secrets_by_name() {
        expect("user=joe&password=a%26b&x=1", "user=joe&password=***&x=1");
        expect("user%5Bpasswd%5D=x&Pwd=", "user%5Bpasswd%5D=***&Pwd=");
        expect(
            r#"{"access_token" : "a\"b", "n": 1, "userPassword":12}"#,
            r#"{"access_token" : "***", "n": 1, "userPassword":***}"#,
        );
        expect(
            r#"{"secrets": ["a", "b"], "c": "d"}"#,
            r#"{"secrets": ***], "c": "d"}"#,
        );
        expect("<Password>geheim</Password>", "<Password>***</Password>");
        expect(
            "Content-Disposition: form-data; name=\"password\"\r\n\r\nhello\r\n--b",
            "Content-Disposition: form-data; name=\"password\"\r\n\r\n***\r\n--b",
        );
        expect(
            "the password is what you know",
            "the password is what you know",
        );
    }

    #[test]
    fn numbers_of_persons() {
        expect("id=11010519491231002X;", "id=***;");
        expect("110105194913310021", "110105194913310021");
        expect("tel 13800138000, +8613800138000.", "tel ***, +***.");
        expect(
            "no phone: 12800138000, 138001380001",
            "no phone: 12800138000, 138001380001",
        );
        expect("card 4111111111111111", "card ***");
        expect("card 4111-1111-1111-1111!", "card ***!");
        expect("card 4111 1111 1111 1112", "card 4111 1111 1111 1112");
        expect(
            "sha a4111111111111111 4111111111111111b",
            "sha a4111111111111111 4111111111111111b",
        );
        expect("time=1700000000000", "time=1700000000000");
    }

    #[test]
    fn a_number_cut_at_the_edge_is_masked_too() {
        assert_eq!(masked(b"tel 138001", true), b"tel ***");
        assert_eq!(masked(b"tel 13800", true), b"tel 13800");
    }
}
