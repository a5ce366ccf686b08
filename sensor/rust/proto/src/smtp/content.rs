//! The message behind DATA: where it ends, its dots unstuffed (RFC 5321 4.5.2), and what looks like an end and is none.
//!
//! A message ends at CRLF . CRLF alone (4.1.1.4). Servers that take LF or CR for a line's end see an end elsewhere; who
//! sends such a thing through a relay smuggles a second message past it (2023).

/// How the line before ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ending {
    CrLf,
    Lf,
    Cr,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    Text,
    /// Behind a CR that may belong to a CRLF.
    Cr,
    Line(Ending),
    /// Behind the first dot of a line.
    Dot(Ending),
    /// Behind a dot alone and CR.
    DotCr(Ending),
}

/// Reads one message's content.
#[derive(Debug)]
pub struct Content {
    place: Place,
    /// The client ends all its lines with LF alone and its server lives with it: so it may end the message.
    lenient: bool,
}

/// What the content holds, in order.
pub trait Receiver {
    fn bytes(&mut self, bytes: &[u8]);
    /// A dot between line ends that not every server takes for such.
    fn smuggling(&mut self);
}

impl Content {
    pub fn new(lenient: bool) -> Self {
        let ending = if lenient { Ending::Lf } else { Ending::CrLf };
        Self {
            place: Place::Line(ending),
            lenient,
        }
    }

    pub fn gap(&mut self) {
        self.place = Place::Text;
    }

    /// Takes bytes up to the end of the message; answers whether it was there.
    pub fn feed(&mut self, bytes: &mut &[u8], out: &mut dyn Receiver) -> bool {
        while let Some((&byte, rest)) = bytes.split_first() {
            if self.place == Place::Text {
                self.text(bytes, out);
                continue;
            }
            *bytes = rest;
            if self.step(byte, out) {
                self.place = Place::Line(Ending::CrLf);
                return true;
            }
        }
        false
    }

    /// Everything up to the next CR or LF is content.
    fn text(&mut self, bytes: &mut &[u8], out: &mut dyn Receiver) {
        let at = memchr::memchr2(b'\r', b'\n', bytes).unwrap_or(bytes.len());
        let (now, rest) = bytes.split_at(at);
        if !now.is_empty() {
            out.bytes(now);
        }
        *bytes = rest;
        if let Some((&byte, rest)) = rest.split_first() {
            *bytes = rest;
            self.plain(byte, out);
        }
    }

    /// A byte with nothing special before it.
    fn plain(&mut self, byte: u8, out: &mut dyn Receiver) {
        self.place = match byte {
            b'\r' => Place::Cr,
            b'\n' => {
                out.bytes(b"\n");
                Place::Line(Ending::Lf)
            }
            _ => {
                out.bytes(&[byte]);
                Place::Text
            }
        };
    }

    /// Answers whether the message ended.
    fn step(&mut self, byte: u8, out: &mut dyn Receiver) -> bool {
        match (self.place, byte) {
            (Place::Cr, b'\n') => {
                out.bytes(b"\r\n");
                self.place = Place::Line(Ending::CrLf);
            }
            (Place::Cr, _) => {
                out.bytes(b"\r");
                self.place = Place::Line(Ending::Cr);
                return self.step(byte, out);
            }
            (Place::Line(before), b'.') => self.place = Place::Dot(before),
            (Place::Dot(before), b'\r') => self.place = Place::DotCr(before),
            (Place::Dot(before), b'\n') => return self.alone(before, b".\n", Ending::Lf, out),
            (Place::DotCr(before), b'\n') => {
                return self.alone(before, b".\r\n", Ending::CrLf, out)
            }
            (Place::DotCr(_), _) => {
                out.smuggling();
                out.bytes(b".\r");
                self.place = Place::Line(Ending::Cr);
                return self.step(byte, out);
            }
            (Place::Dot(before), _) => {
                if !self.stuffed(before) {
                    out.bytes(b".");
                }
                self.plain(byte, out);
            }
            (Place::Line(_) | Place::Text, _) => self.plain(byte, out),
        }
        false
    }

    /// A dot alone on its line.
    fn alone(
        &mut self,
        before: Ending,
        text: &[u8],
        after: Ending,
        out: &mut dyn Receiver,
    ) -> bool {
        let strict = before == Ending::CrLf && after == Ending::CrLf;
        if strict || self.lenient && before != Ending::Cr {
            return true;
        }
        out.smuggling();
        out.bytes(text);
        self.place = Place::Line(after);
        false
    }

    /// Whether a dot at the beginning of a line was put there by the client.
    fn stuffed(&self, before: Ending) -> bool {
        before == Ending::CrLf || self.lenient && before == Ending::Lf
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Default, PartialEq, Eq)]
    struct Kept {
        text: String,
        smuggled: usize,
    }

    impl Receiver for Kept {
        fn bytes(&mut self, bytes: &[u8]) {
            self.text.push_str(std::str::from_utf8(bytes).unwrap());
        }
        fn smuggling(&mut self) {
            self.smuggled += 1;
        }
    }

    /// Content, smuggling signs, and what is left behind the end (None: no end).
    fn read(text: &str, lenient: bool) -> (String, usize, Option<String>) {
        let mut all = None;
        for size in 1..=text.len() {
            let (mut content, mut kept, mut rest) = (Content::new(lenient), Kept::default(), None);
            for piece in text.as_bytes().chunks(size) {
                let mut piece = piece;
                match &mut rest {
                    None if content.feed(&mut piece, &mut kept) => rest = Some(piece.to_vec()),
                    None => assert!(piece.is_empty()),
                    Some(rest) => rest.extend_from_slice(piece),
                }
            }
            let rest = rest.map(|rest| String::from_utf8(rest).unwrap());
            let found = (kept.text, kept.smuggled, rest);
            assert_eq!(all.get_or_insert_with(|| found.clone()), &found, "{size}");
        }
        all.unwrap()
    }

    fn ended(text: &str, smuggled: usize, rest: &str) -> (String, usize, Option<String>) {
        (text.to_owned(), smuggled, Some(rest.to_owned()))
    }

    #[test]
    fn the_end_and_the_dots() {
        assert_eq!(read("a\r\n.\r\nQUIT", false), ended("a\r\n", 0, "QUIT"));
        assert_eq!(read(".\r\n", false), ended("", 0, ""));
        assert_eq!(
            read("..\r\n.x\r\n...\r\n.\r\n", false),
            ended(".\r\nx\r\n..\r\n", 0, "")
        );
        assert_eq!(
            read("a.b\r\n\r\r\n.\r\n", false),
            ended("a.b\r\n\r\r\n", 0, "")
        );
    }

    #[test]
    fn every_other_end_is_a_sign() {
        for end in [
            "\n.\n", "\n.\r\n", "\r\n.\n", "\r.\r\n", "\r\n.\r", "\r.\n", "\n.\r", "\r.\r",
        ] {
            let text = format!("a{end}b\r\n.\r\n");
            let (content, smuggled, rest) = read(&text, false);
            assert_eq!(
                (content, rest.as_deref()),
                (format!("a{end}b\r\n"), Some("")),
                "{end:?}"
            );
            assert_eq!(smuggled, 1, "{end:?}");
        }
    }

    #[test]
    fn a_client_that_always_ends_with_lf() {
        assert_eq!(
            read("a\n..b\n.\nQUIT\n", true),
            ended("a\n.b\n", 0, "QUIT\n")
        );
        assert_eq!(read("a\r\n.\r\n", true), ended("a\r\n", 0, ""));
    }
}
