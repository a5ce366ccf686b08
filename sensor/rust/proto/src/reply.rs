//! Replies of SMTP (RFC 5321 4.2) and FTP (RFC 959 4.2): a code, and one or more lines.

use crate::line::Line;

/// Lines of one reply that are kept; greetings of public servers reach some dozens.
const MAX_LINES: usize = 64;

/// One reply, or as much of it as has come.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reply {
    pub code: u16,
    /// Without the code.
    pub lines: Vec<Vec<u8>>,
    /// A line was cut, or lines were left out.
    pub truncated: bool,
}

impl Reply {
    /// 1xx and 3xx say that more is to come.
    pub fn is_preliminary(&self) -> bool {
        self.code < 200
    }

    pub fn is_positive(&self) -> bool {
        (200..400).contains(&self.code)
    }

    pub fn is_refusal(&self) -> bool {
        self.code >= 400
    }

    pub fn push(&mut self, text: &[u8], cut: bool) {
        self.truncated |= cut || self.lines.len() >= MAX_LINES;
        if self.lines.len() < MAX_LINES {
            self.lines.push(text.to_vec());
        }
    }

    /// Bytes of memory held.
    pub fn held(&self) -> usize {
        self.lines
            .iter()
            .map(|line| line.capacity() + std::mem::size_of::<Vec<u8>>())
            .sum()
    }
}

/// What a line of the server is.
#[derive(Debug, PartialEq, Eq)]
pub enum Said {
    /// More lines of the reply will come.
    More,
    /// The last line of a reply.
    Whole(Reply),
    /// No reply code where one must stand.
    Malformed,
}

/// Puts lines together to replies.
#[derive(Debug, Default)]
pub struct Replies {
    begun: Option<Reply>,
}

impl Replies {
    /// `loose`: lines within a reply may begin with anything (FTP); else each has the code (SMTP).
    pub fn line(&mut self, line: &Line<'_>, loose: bool) -> Said {
        match (coded(line.text), self.begun.take()) {
            (Some((code, last, text)), Some(begun)) if code == begun.code => {
                self.add(begun, text, line.cut, last)
            }
            (Some((code, last, text)), None) => {
                let begun = Reply {
                    code,
                    ..Reply::default()
                };
                self.add(begun, text, line.cut, last)
            }
            (_, Some(begun)) if loose => self.add(begun, line.text, line.cut, false),
            // Codes that differ within a reply: the last line decides (RFC 5321 4.2.1).
            (Some((code, last, text)), Some(begun)) => {
                let said = self.add(Reply { code, ..begun }, text, line.cut, last);
                if last {
                    said
                } else {
                    Said::Malformed
                }
            }
            (None, begun) => {
                self.begun = begun;
                Said::Malformed
            }
        }
    }

    fn add(&mut self, mut reply: Reply, text: &[u8], cut: bool, last: bool) -> Said {
        reply.push(text, cut);
        if last {
            return Said::Whole(reply);
        }
        self.begun = Some(reply);
        Said::More
    }

    pub fn gap(&mut self) {
        self.begun = None;
    }

    pub fn held(&self) -> usize {
        self.begun.as_ref().map_or(0, Reply::held)
    }
}

/// Code, whether no more lines follow, text.
pub fn coded(line: &[u8]) -> Option<(u16, bool, &[u8])> {
    let (digits, rest) = line.split_at_checked(3)?;
    if !digits.iter().all(u8::is_ascii_digit) || !(b'1'..=b'6').contains(digits.first()?) {
        return None;
    }
    let code = std::str::from_utf8(digits).ok()?.parse().ok()?;
    let (last, text) = match rest.split_first() {
        None => (true, rest),
        Some((b' ', text)) => (true, text),
        Some((b'-', text)) => (false, text),
        Some(_) => return None,
    };
    Some((code, last, text))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(lines: &[&str], loose: bool) -> Vec<Said> {
        let mut replies = Replies::default();
        let line = |text: &&str| {
            let text = text.as_bytes();
            let (cut, bare) = (false, false);
            replies.line(&Line { text, cut, bare }, loose)
        };
        lines.iter().map(line).collect()
    }

    fn whole(code: u16, lines: &[&str]) -> Said {
        let lines = lines.iter().map(|line| line.as_bytes().to_vec()).collect();
        let truncated = false;
        Said::Whole(Reply {
            code,
            lines,
            truncated,
        })
    }

    #[test]
    fn one_line_and_many() {
        assert_eq!(said(&["250 ok"], false), [whole(250, &["ok"])]);
        assert_eq!(said(&["250"], false), [whole(250, &[""])]);
        let many = said(&["250-a", "250-b", "250 c"], false);
        assert_eq!(many, [Said::More, Said::More, whole(250, &["a", "b", "c"])]);
    }

    #[test]
    fn lines_without_a_code() {
        let loose = said(&["211-a", " b", "200 c", "211 d"], true);
        assert_eq!(loose[3], whole(211, &["a", " b", "200 c", "d"]));
        assert_eq!(said(&["211-a", " b"], false)[1], Said::Malformed);
        assert_eq!(
            said(&["hello", "25", "999 x", "250x"], true),
            [const { Said::Malformed }; 4]
        );
    }

    #[test]
    fn codes_that_differ() {
        let found = said(&["250-a", "251-b", "550 c"], false);
        assert_eq!(
            found,
            [Said::More, Said::Malformed, whole(550, &["a", "b", "c"])]
        );
    }

    #[test]
    fn an_endless_reply_is_cut() {
        let mut replies = Replies::default();
        for _ in 0..100_000 {
            let line = Line {
                text: b"220-x",
                cut: false,
                bare: false,
            };
            assert_eq!(replies.line(&line, false), Said::More);
        }
        assert!(replies.held() < 10_000);
    }
}
