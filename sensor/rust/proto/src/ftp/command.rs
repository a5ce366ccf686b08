//! One command line (RFC 959 4.1, 5.3).

/// A command as it was sent. Secrets are gone before anything keeps it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Command {
    /// Upper case; at most [`MAX_VERB`] bytes.
    pub verb: Vec<u8>,
    pub argument: Option<Vec<u8>>,
    pub cut: bool,
}

/// Longer words are no commands; what they are is in the argument, if anything.
const MAX_VERB: usize = 16;

/// Telnet's "interpret as command" (RFC 854), which ABOR sends ahead (RFC 959 4.1.3).
const IAC: u8 = 0xff;

/// Commands whose argument proves who somebody is (RFC 959 4.1.1; RFC 2228 3 carries security data the same way).
const SECRET: [&[u8]; 4] = [b"PASS", b"ACCT", b"ADAT", b"MIC"];

impl Command {
    pub fn read(line: &[u8], cut: bool) -> Self {
        let start = line.iter().position(|&byte| byte < 0xf0 && byte != b' ');
        let telnet = line.first() == Some(&IAC);
        let line = if telnet {
            start.map_or(&[][..], |at| &line[at..])
        } else {
            line.trim_ascii_start()
        };
        let end = line
            .iter()
            .position(|&byte| byte == b' ')
            .unwrap_or(line.len());
        let (verb, rest) = line.split_at(end);
        let verb = verb[..verb.len().min(MAX_VERB)].to_ascii_uppercase();
        let secret = SECRET.contains(&&verb[..]);
        let argument = rest
            .strip_prefix(b" ")
            .filter(|rest| !secret && !rest.is_empty());
        Self {
            argument: argument.map(<[u8]>::to_vec),
            verb,
            cut,
        }
    }

    pub fn is(&self, verb: &str) -> bool {
        self.verb == verb.as_bytes()
    }

    /// Whether it uses the data connection.
    pub fn transfers(&self) -> bool {
        self.moves_file() || ["LIST", "NLST", "MLSD"].iter().any(|verb| self.is(verb))
    }

    /// Whether what it transfers is a file.
    pub fn moves_file(&self) -> bool {
        ["RETR", "STOR", "APPE", "STOU"]
            .iter()
            .any(|verb| self.is(verb))
    }

    pub fn held(&self) -> usize {
        self.verb.capacity() + self.argument.as_ref().map_or(0, Vec::capacity)
    }
}

/// The last part of a path; both kinds of slashes.
pub fn base_name(path: &[u8]) -> &[u8] {
    path.rsplit(|byte| b"/\\".contains(byte))
        .next()
        .unwrap_or(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(line: &[u8]) -> (String, Option<String>) {
        let command = Command::read(line, false);
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        (text(command.verb), command.argument.map(text))
    }

    fn some(verb: &str, argument: &str) -> (String, Option<String>) {
        (verb.to_owned(), Some(argument.to_owned()))
    }

    #[test]
    fn commands() {
        assert_eq!(read(b"retr a b.txt"), some("RETR", "a b.txt"));
        assert_eq!(read(b"QUIT"), ("QUIT".to_owned(), None));
        assert_eq!(read(b"\xff\xf4\xff\xf2ABOR"), ("ABOR".to_owned(), None));
        assert_eq!(read(b""), (String::new(), None));
    }

    #[test]
    fn secrets_are_gone() {
        assert_eq!(read(b"PASS hunter2"), ("PASS".to_owned(), None));
        assert_eq!(read(b"  pass hunter2"), ("PASS".to_owned(), None));
    }

    #[test]
    fn names_of_paths() {
        assert_eq!(base_name(b"/pub/a.tgz"), b"a.tgz");
        assert_eq!(base_name(b"c:\\x\\a.exe"), b"a.exe");
        assert_eq!(base_name(b"a"), b"a");
    }
}
