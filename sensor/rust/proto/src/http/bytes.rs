//! Small words about bytes that several files here need.

use std::ops::Range;

/// A part of a text that is kept elsewhere; heads are shorter than 4 GiB.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Span {
    start: u32,
    end: u32,
}

impl Span {
    pub fn of(range: Range<usize>) -> Self {
        Self {
            start: range.start as u32,
            end: range.end as u32,
        }
    }

    pub fn text(self, text: &[u8]) -> &[u8] {
        text.get(self.start as usize..self.end as usize)
            .unwrap_or_default()
    }

    /// From this one's first byte to `end`.
    pub fn up_to(self, end: usize) -> Self {
        Self {
            end: end as u32,
            ..self
        }
    }

    pub fn start(self) -> usize {
        self.start as usize
    }
}

/// tchar (RFC 9110 5.6.2): what names of methods and fields are made of.
pub fn is_token_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)
}

pub fn is_token(bytes: &[u8]) -> bool {
    !bytes.is_empty() && bytes.iter().copied().all(is_token_byte)
}

pub fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t')
}

/// Without spaces and tabs at both ends.
pub fn trim(bytes: &[u8]) -> &[u8] {
    let start = bytes
        .iter()
        .position(|byte| !is_blank(*byte))
        .unwrap_or(bytes.len());
    let end = bytes
        .iter()
        .rposition(|byte| !is_blank(*byte))
        .map_or(start, |at| at + 1);
    &bytes[start..end]
}

/// The bytes before and behind the first `mark`.
pub fn cut(bytes: &[u8], mark: u8) -> Option<(&[u8], &[u8])> {
    let at = memchr::memchr(mark, bytes)?;
    Some((&bytes[..at], &bytes[at + 1..]))
}

/// The first `limit` bytes.
pub fn first(bytes: &[u8], limit: usize) -> &[u8] {
    &bytes[..bytes.len().min(limit)]
}

/// A whole number in decimal digits and nothing else.
pub fn number(digits: &[u8]) -> Option<u64> {
    let digits = Some(digits).filter(|digits| digits.iter().all(u8::is_ascii_digit))?;
    std::str::from_utf8(digits).ok()?.parse().ok()
}

/// The index of the first place where `needle` stands, letters' case ignored.
pub fn find_ignoring_case(bytes: &[u8], needle: &[u8]) -> Option<usize> {
    bytes
        .windows(needle.len())
        .position(|window| window.eq_ignore_ascii_case(needle))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_digits_only() {
        assert_eq!(number(b"0042"), Some(42));
        for wrong in [
            &b""[..],
            b"+1",
            b"-1",
            b"1 ",
            b"0x1",
            b"18446744073709551616",
        ] {
            assert_eq!(number(wrong), None);
        }
    }

    #[test]
    fn blanks_are_trimmed_on_both_ends() {
        assert_eq!(trim(b" \t a b\t"), b"a b");
        assert_eq!(trim(b" \t "), b"");
    }
}
