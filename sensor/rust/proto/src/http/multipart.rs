//! Multipart bodies (RFC 2046 5.1) as HTTP uses them: forms with files (RFC 7578), several ranges (RFC 9110 14.6).

use memchr::memmem;

use super::disposition;
use super::fault::{Fault, Kind};
use super::head::Head;

/// Longest boundary (RFC 2046 5.1.1).
const MAX_BOUNDARY: usize = 70;

/// Headers of one part; honest ones are a few hundred bytes.
const MAX_PART_HEAD: usize = 8_192;

/// Parts of one body; what follows is passed over, lest a file event costs its sender fifty bytes.
const MAX_PARTS: usize = 256;

/// What happens inside the body, in order.
pub enum Event<'a> {
    Begin(Head),
    Data(&'a [u8]),
    End { complete: bool },
    Fault(Fault),
}

type Out<'a> = &'a mut dyn FnMut(Event<'_>);

enum State {
    Preamble,
    /// Behind a boundary.
    Behind,
    /// In a part's head, looked through up to here.
    Head(usize),
    Data,
    Done,
}

pub struct Multipart {
    /// LF, two hyphens, the boundary. The CR in front belongs to it too (RFC 2046 5.1.1), if there is one.
    delimiter: memmem::Finder<'static>,
    state: State,
    held: Vec<u8>,
    parts: usize,
}

impl Multipart {
    /// None: Content-Type names no usable boundary.
    pub fn of(content_type: &[u8]) -> Option<Self> {
        let boundary = disposition::parameter(content_type, b"boundary")?;
        let usable = (1..=MAX_BOUNDARY).contains(&boundary.len());
        let delimiter = [b"\n--", &boundary[..]].concat();
        usable.then(|| Self {
            delimiter: memmem::Finder::new(&delimiter).into_owned(),
            state: State::Preamble,
            // The first boundary may stand at the very beginning.
            held: b"\n".to_vec(),
            parts: 0,
        })
    }

    pub fn held(&self) -> usize {
        self.held.capacity()
    }

    pub fn feed(&mut self, bytes: &[u8], out: Out<'_>) {
        if matches!(self.state, State::Done) {
            return;
        }
        let mut held = std::mem::take(&mut self.held);
        held.extend_from_slice(bytes);
        let mut at = 0;
        while let Some(used) = self.step(&held[at..], out) {
            at += used;
        }
        held.drain(..at);
        self.held = held;
    }

    /// The body is over.
    pub fn end(&mut self, out: Out<'_>) {
        if let State::Data = self.state {
            out(Event::Data(&self.held));
            out(Event::End { complete: false });
        }
        if !matches!(self.state, State::Done) {
            fault("a multipart body without its last boundary", out);
        }
        self.state = State::Done;
    }

    /// Use the next bytes; None: nothing can be done before more come.
    fn step(&mut self, bytes: &[u8], out: Out<'_>) -> Option<usize> {
        match self.state {
            State::Preamble => self.content(bytes, &mut |_| {}),
            State::Data => self.content(bytes, out),
            State::Behind => self.behind(bytes, out),
            State::Head(seen) => self.head(bytes, seen, out),
            State::Done => None,
        }
    }

    fn content(&mut self, bytes: &[u8], out: Out<'_>) -> Option<usize> {
        let length = self.delimiter.needle().len();
        if let Some(at) = self.delimiter.find(bytes) {
            let data = &bytes[..at];
            out(Event::Data(data.strip_suffix(b"\r").unwrap_or(data)));
            out(Event::End { complete: true });
            self.state = State::Behind;
            return Some(at + length);
        }
        // The delimiter may have begun in the last bytes, and a CR stand in front of it.
        let certain = bytes.len().checked_sub(length).filter(|sure| *sure > 0)?;
        out(Event::Data(&bytes[..certain]));
        Some(certain)
    }

    fn behind(&mut self, bytes: &[u8], out: Out<'_>) -> Option<usize> {
        let line = memchr::memchr(b'\n', bytes);
        if bytes.len() >= 2 && bytes.starts_with(b"--") {
            self.state = State::Done;
            return Some(bytes.len());
        }
        if self.parts == MAX_PARTS {
            return self.give_up("more than 256 parts in a multipart body", bytes, out);
        }
        match line {
            Some(end) => {
                self.parts += 1;
                self.state = State::Head(0);
                Some(end + 1)
            }
            None if bytes.len() > MAX_PART_HEAD => {
                self.give_up("no line end behind a boundary", bytes, out)
            }
            None => None,
        }
    }

    fn head(&mut self, bytes: &[u8], seen: usize, out: Out<'_>) -> Option<usize> {
        let mut line = seen;
        while let Some(length) = memchr::memchr(b'\n', &bytes[line..]) {
            let end = line + length;
            if matches!(&bytes[line..end], b"" | b"\r") {
                self.state = State::Data;
                out(Event::Begin(Head::fields_of(&bytes[..line])));
                return Some(end + 1);
            }
            line = end + 1;
        }
        self.state = State::Head(line);
        if bytes.len() > MAX_PART_HEAD {
            return self.give_up("the head of a part is over 8,192 bytes long", bytes, out);
        }
        None
    }

    fn give_up(&mut self, what: &'static str, bytes: &[u8], out: Out<'_>) -> Option<usize> {
        fault(what, out);
        self.state = State::Done;
        Some(bytes.len())
    }
}

fn fault(what: &'static str, out: Out<'_>) {
    out(Event::Fault(Fault::new(Kind::Multipart, what)));
}
