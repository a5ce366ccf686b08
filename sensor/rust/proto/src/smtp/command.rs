//! One command line (RFC 5321 4.1.1).

/// Longest path and name kept in an event (RFC 5321 4.5.3.1.3 allows 256; longer ones are worth seeing).
const MAX_TEXT: usize = 4096;

/// A command, as far as the session cares.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// HELO, EHLO, LHLO.
    Hello(Vec<u8>),
    Mail(Vec<u8>),
    Recipient(Vec<u8>),
    Data,
    /// Size of the chunk, whether it is the last.
    Chunk(u64, bool),
    BadChunk,
    Reset,
    StartTls,
    /// Mechanism, initial response.
    Auth(Vec<u8>, Option<Vec<u8>>),
    Quit,
    Other,
}

impl Command {
    pub fn read(line: &[u8]) -> Self {
        let line = line.trim_ascii_start();
        let end = line
            .iter()
            .position(|&byte| byte == b' ' || byte == b':')
            .unwrap_or(line.len());
        let (verb, rest) = line.split_at(end);
        let rest = rest.trim_ascii();
        match &verb.to_ascii_uppercase()[..] {
            b"HELO" | b"EHLO" | b"LHLO" => Command::Hello(short(rest)),
            b"MAIL" => path(rest, b"FROM").map_or(Command::Other, Command::Mail),
            b"RCPT" => path(rest, b"TO").map_or(Command::Other, Command::Recipient),
            b"DATA" => Command::Data,
            b"BDAT" => chunk(rest),
            b"RSET" => Command::Reset,
            b"STARTTLS" => Command::StartTls,
            b"AUTH" => auth(rest),
            b"QUIT" => Command::Quit,
            _ => Command::Other,
        }
    }

    /// Whether it must be the last of a group sent ahead of replies (RFC 2920 3.1); AUTH too (RFC 4954 4).
    pub fn must_be_last(&self) -> bool {
        matches!(
            self,
            Command::Hello(_)
                | Command::Data
                | Command::StartTls
                | Command::Auth(..)
                | Command::Quit
        )
    }
}

fn short(text: &[u8]) -> Vec<u8> {
    text[..text.len().min(MAX_TEXT)].to_vec()
}

/// `FROM:<path> parameters` → the path without brackets; `<>` stays as it is. Forgiving: white space, no brackets.
fn path(rest: &[u8], word: &[u8]) -> Option<Vec<u8>> {
    let (head, rest) = rest.split_at_checked(word.len())?;
    let rest = rest
        .trim_ascii_start()
        .strip_prefix(b":")?
        .trim_ascii_start();
    if !head.eq_ignore_ascii_case(word) {
        return None;
    }
    let Some(inner) = rest.strip_prefix(b"<") else {
        let end = rest
            .iter()
            .position(|&byte| byte == b' ')
            .unwrap_or(rest.len());
        return Some(short(&rest[..end]));
    };
    let end = closing(inner).unwrap_or(inner.len());
    Some(if end == 0 {
        b"<>".to_vec()
    } else {
        short(&inner[..end])
    })
}

/// Place of the bracket that closes a path; a quoted local part may hold others.
fn closing(inner: &[u8]) -> Option<usize> {
    let (mut quoted, mut escaped) = (false, false);
    inner.iter().position(|&byte| {
        let here = byte == b'>' && !quoted;
        quoted ^= byte == b'"' && !escaped;
        escaped = byte == b'\\' && !escaped;
        here
    })
}

/// `BDAT size [LAST]` (RFC 3030 2). Anything else is refused by servers: no chunk follows.
fn chunk(rest: &[u8]) -> Command {
    let mut words = rest
        .split(u8::is_ascii_whitespace)
        .filter(|word| !word.is_empty());
    let digits = words.next().unwrap_or_default();
    let size = std::str::from_utf8(digits)
        .ok()
        .filter(|_| digits.iter().all(u8::is_ascii_digit));
    match (
        size.and_then(|size| size.parse().ok()),
        words.next(),
        words.next(),
    ) {
        (Some(size), None, _) => Command::Chunk(size, false),
        (Some(size), Some(last), None) if last.eq_ignore_ascii_case(b"LAST") => {
            Command::Chunk(size, true)
        }
        _ => Command::BadChunk,
    }
}

fn auth(rest: &[u8]) -> Command {
    let mut words = rest
        .split(u8::is_ascii_whitespace)
        .filter(|word| !word.is_empty());
    let mechanism = words.next().unwrap_or_default();
    let initial = words.next().map(short);
    Command::Auth(mechanism.to_ascii_uppercase(), initial)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths() {
        for (line, wanted) in [
            ("MAIL FROM:<a@x>", "a@x"),
            ("mail from: <a@x> SIZE=3 BODY=8BITMIME", "a@x"),
            ("MAIL FROM:<>", "<>"),
            ("MAIL FROM:a@x SIZE=1", "a@x"),
            ("MAIL FROM:<\"a>b\"@x>", "\"a>b\"@x"),
            ("MAIL FROM :<@relay:a@x", "@relay:a@x"),
        ] {
            assert_eq!(
                Command::read(line.as_bytes()),
                Command::Mail(wanted.into()),
                "{line}"
            );
        }
        assert_eq!(
            Command::read(b"rcpt TO:<b@y>"),
            Command::Recipient(b"b@y".to_vec())
        );
        assert_eq!(Command::read(b"MAIL a@x"), Command::Other);
    }

    #[test]
    fn chunks() {
        for (line, wanted) in [
            ("BDAT 0", Command::Chunk(0, false)),
            ("bdat 12 last", Command::Chunk(12, true)),
            ("BDAT", Command::BadChunk),
            ("BDAT -5", Command::BadChunk),
            ("BDAT +5", Command::BadChunk),
            ("BDAT 5 X", Command::BadChunk),
            ("BDAT 5 LAST X", Command::BadChunk),
            ("BDAT 99999999999999999999", Command::BadChunk),
        ] {
            assert_eq!(Command::read(line.as_bytes()), wanted, "{line}");
        }
    }

    #[test]
    fn others() {
        assert_eq!(
            Command::read(b"EHLO x.example"),
            Command::Hello(b"x.example".to_vec())
        );
        assert_eq!(Command::read(b"EHLO"), Command::Hello(vec![]));
        assert_eq!(Command::read(b"staRttLs"), Command::StartTls);
        let auth = Command::Auth(b"PLAIN".to_vec(), Some(b"AGE=".to_vec()));
        assert_eq!(Command::read(b"auth plain AGE="), auth);
        assert_eq!(Command::read(b"XYZZY"), Command::Other);
        assert_eq!(Command::read(b""), Command::Other);
    }
}
