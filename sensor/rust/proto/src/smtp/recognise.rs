//! Is this flow SMTP? By what a client says first, else by the server's greeting. FTP greets with the same 220: a
//! greeting without a word of either leaves the answer to the next lines.

use starwatch_stream::application::{Piece, Recognition, Side};

use crate::reply;

/// Commands only SMTP has, as a client's first word.
const OPENINGS: [&[u8]; 4] = [b"EHLO", b"HELO", b"LHLO", b"MAIL FROM:"];
/// Lines that do not tell SMTP from others and may come before one that does.
const NEUTRAL: [&[u8]; 5] = [b"NOOP", b"RSET", b"HELP", b"STARTTLS", b"VRFY"];
/// Words of greetings.
const WORDS: [&[u8]; 3] = [b"SMTP", b"LMTP", b"SUBMISSION"];
/// Lines looked at.
const MAX_LINES: usize = 8;

pub fn stream(piece: &Piece<'_>) -> Recognition {
    let client = client(piece.bytes);
    if client != Recognition::No {
        return sided(client, piece.side, Side::Client);
    }
    sided(server(piece.bytes), piece.side, Side::Server)
}

fn sided(verdict: Recognition, seen: Side, wanted: Side) -> Recognition {
    match verdict {
        Recognition::Yes if seen != wanted => Recognition::Reversed,
        verdict => verdict,
    }
}

/// The bytes' lines, the last one perhaps unfinished.
fn lines(bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    bytes.split_inclusive(|&byte| byte == b'\n').take(MAX_LINES)
}

fn client(bytes: &[u8]) -> Recognition {
    for line in lines(bytes) {
        let whole = line.ends_with(b"\n");
        let text = line.trim_ascii_end();
        if OPENINGS.iter().any(|opening| opens(text, opening, whole)) {
            return Recognition::Yes;
        }
        let neutral = NEUTRAL.iter().any(|word| opens(text, word, whole));
        let begun = |word: &[u8]| {
            !whole && text.len() < word.len() && word[..text.len()].eq_ignore_ascii_case(text)
        };
        if !whole && OPENINGS.iter().chain(&NEUTRAL).any(|word| begun(word)) {
            return Recognition::More;
        }
        if !neutral {
            return Recognition::No;
        }
    }
    Recognition::More
}

/// `word` at the line's beginning, as a word of its own.
fn opens(text: &[u8], word: &[u8], whole: bool) -> bool {
    let Some((head, rest)) = text.split_at_checked(word.len()) else {
        return false;
    };
    let apart = match rest.first() {
        None => whole,
        Some(next) => *next == b' ' || word.ends_with(b":"),
    };
    head.eq_ignore_ascii_case(word) && apart
}

fn server(bytes: &[u8]) -> Recognition {
    let mut verdict = Recognition::More;
    for line in lines(bytes) {
        let text = line.trim_ascii_end();
        match reply::coded(text) {
            Some((220 | 554 | 421, _, words)) if says(words) => return Recognition::Yes,
            // Enhanced status codes (RFC 2034) and the reply to DATA are SMTP's alone.
            Some((code, _, words)) if enhanced(code, words) => return Recognition::Yes,
            Some((220 | 250, ..)) => {}
            Some((354, ..)) => return Recognition::Yes,
            Some(_) => verdict = Recognition::No,
            None if line.ends_with(b"\n") || !begins_code(text) => return Recognition::No,
            None => {}
        }
    }
    verdict
}

fn begins_code(text: &[u8]) -> bool {
    text.len() < 3 && text.iter().all(u8::is_ascii_digit)
}

fn says(words: &[u8]) -> bool {
    let upper = words.to_ascii_uppercase();
    WORDS
        .iter()
        .any(|word| memchr::memmem::find(&upper, word).is_some())
}

/// `250 2.1.0 …`: the class repeats the code's first digit.
fn enhanced(code: u16, words: &[u8]) -> bool {
    let mut parts = words
        .split(|&byte| byte == b' ')
        .next()
        .unwrap_or_default()
        .split(|&byte| byte == b'.');
    let class = [b'0' + (code / 100) as u8];
    let number = |part: Option<&[u8]>| {
        part.is_some_and(|part| {
            (1..=3).contains(&part.len()) && part.iter().all(u8::is_ascii_digit)
        })
    };
    matches!(code / 100, 2 | 4 | 5)
        && parts.next() == Some(&class[..])
        && number(parts.next())
        && number(parts.next())
        && parts.next().is_none()
}
