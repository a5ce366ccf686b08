//! Lines of a text protocol (SMTP, FTP), whole whatever the segments: bounded, and honest about how each one ended.

/// Longest line kept, its ending included. RFC 5321 4.5.3.1.4 and RFC 959 are content with 512 bytes; servers take 4 KiB.
pub const MAX_LINE: usize = 4096;

/// One line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Line<'a> {
    /// Without its ending; at most [`MAX_LINE`] bytes.
    pub text: &'a [u8],
    /// It was longer: the rest was skipped.
    pub cut: bool,
    /// It ended with LF alone.
    pub bare: bool,
}

/// One direction's lines.
#[derive(Debug, Default)]
pub struct Lines {
    held: Vec<u8>,
    /// What is held was given out as a line.
    given: bool,
    cut: bool,
    /// After a gap: what comes is the rest of a line whose beginning is lost.
    lost: bool,
}

impl Lines {
    /// The next line whose end is in `bytes`; moves `bytes` behind what it took.
    pub fn next(&mut self, bytes: &mut &[u8]) -> Option<Line<'_>> {
        loop {
            let ended = self.take(bytes)?;
            if !std::mem::take(&mut self.lost) {
                return Some(self.line(ended));
            }
            self.held.clear();
            self.given = false;
        }
    }

    /// Adds bytes up to the next LF; None when there is none. Answers whether a CR stood before it.
    fn take(&mut self, bytes: &mut &[u8]) -> Option<bool> {
        if std::mem::take(&mut self.given) {
            self.held.clear();
            self.cut = false;
        }
        let end = memchr::memchr(b'\n', bytes);
        let (now, rest) = bytes.split_at(end.map_or(bytes.len(), |at| at + 1));
        let room = MAX_LINE - self.held.len();
        self.cut |= now.len() > room;
        let last = self.held.last().copied();
        self.held.extend_from_slice(&now[..now.len().min(room)]);
        *bytes = rest;
        end.map(|at| at.checked_sub(1).map_or(last, |at| now.get(at).copied()) == Some(b'\r'))
    }

    fn line(&mut self, returned: bool) -> Line<'_> {
        self.given = true;
        let ending = match (self.cut, returned) {
            (true, _) => 0,
            (false, true) => 2,
            (false, false) => 1,
        };
        Line {
            text: &self.held[..self.held.len().saturating_sub(ending)],
            cut: self.cut,
            bare: !self.cut && !returned,
        }
    }

    /// Bytes are missing: the line they were in is lost with them.
    pub fn gap(&mut self) {
        *self = Self {
            lost: true,
            ..Self::default()
        };
    }

    /// A line that was too long already, and its end never came.
    pub fn endless(&self) -> bool {
        self.cut && !self.given
    }

    /// Bytes of memory held.
    pub fn held(&self) -> usize {
        self.held.capacity()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(pieces: &[&[u8]]) -> Vec<(Vec<u8>, bool, bool)> {
        let mut lines = Lines::default();
        let mut found = vec![];
        for piece in pieces {
            let mut bytes = *piece;
            while let Some(line) = lines.next(&mut bytes) {
                found.push((line.text.to_vec(), line.cut, line.bare));
            }
        }
        found
    }

    #[test]
    fn split_anywhere() {
        let text = b"one\r\n\r\ntwo\nthree\r\r\nrest";
        let whole = lines(&[text]);
        let kinds: Vec<_> = whole
            .iter()
            .map(|(text, _, bare)| (&text[..], *bare))
            .collect();
        let wanted: [(&[u8], bool); 4] = [
            (b"one", false),
            (b"", false),
            (b"two", true),
            (b"three\r", false),
        ];
        assert_eq!(kinds, wanted);
        for at in 0..text.len() {
            assert_eq!(lines(&[&text[..at], &text[at..]]), whole, "{at}");
        }
    }

    #[test]
    fn an_endless_line_is_cut_and_its_rest_skipped() {
        let text = [&[b'a'; 3 * MAX_LINE][..], b"\r\nnext\r\n"].concat();
        for size in [1, 7, 4096, 4097, text.len()] {
            let pieces: Vec<_> = text.chunks(size).collect();
            let found = lines(&pieces);
            assert_eq!((found[0].0.len(), found[0].1), (MAX_LINE, true));
            assert_eq!(found[1], (b"next".to_vec(), false, false));
        }
    }

    #[test]
    fn a_gap_takes_the_line_it_is_in() {
        let mut reader = Lines::default();
        assert_eq!(reader.next(&mut &b"half"[..]), None);
        reader.gap();
        let mut bytes = &b"rest\r\nwhole\r\n"[..];
        assert_eq!(reader.next(&mut bytes).unwrap().text, b"whole");
        assert_eq!(reader.next(&mut bytes), None);
        assert!(reader.held() <= MAX_LINE * 2);
    }
}
