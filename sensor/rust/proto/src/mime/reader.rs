//! A message as a stream: header blocks, bodies, and the stack of multiparts they lie in.

use super::coding::Decoder;
use super::fault::Kind;
use super::head::{Found, Head, Step};
use super::part::{Body, Description, Part, MAX_BOUNDARY};
use super::Parts;

/// Multiparts and messages within each other that are opened; mail clients give up far earlier.
const MAX_DEPTH: usize = 16;
/// Parts of one message that are carried; the largest real digests have some hundred.
const MAX_PARTS: usize = 1000;
/// A delimiter line: two dashes, the boundary, two dashes, and the white space transports may add (RFC 2046 5.1.1).
const MAX_DELIMITER: usize = MAX_BOUNDARY + 256;

/// A multipart that is open.
#[derive(Debug)]
struct Level {
    boundary: Vec<u8>,
    /// Type of parts that declare none.
    default: &'static [u8],
    /// Depth of its parts.
    depth: usize,
}

#[derive(Debug)]
enum State {
    Head(Box<Head>, Description),
    Leaf(Decoder),
    /// Before a multipart's first part, behind its last, or past the limit of parts: nobody reads it.
    Idle,
}

/// A line's end that belongs to the delimiter if one follows (RFC 2046 5.1.1).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Ending {
    #[default]
    None,
    Cr,
    Lf,
    CrLf,
}

impl Ending {
    fn bytes(self) -> &'static [u8] {
        match self {
            Ending::None => b"",
            Ending::Cr => b"\r",
            Ending::Lf => b"\n",
            Ending::CrLf => b"\r\n",
        }
    }
}

/// Reads one message.
#[derive(Debug)]
pub struct Reader {
    levels: Vec<Level>,
    state: State,
    depth: usize,
    parts: usize,
    ending: Ending,
    /// Beginning of a line that may be a delimiter.
    start: Vec<u8>,
    /// At a line's first byte, or within `start`.
    at_start: bool,
    decoded: Vec<u8>,
    gapped: bool,
}

impl Reader {
    /// A message that begins with its header.
    pub fn message() -> Self {
        Self::new(State::Head(Box::default(), Description::default()))
    }

    /// The body of a multipart whose header stood elsewhere (HTTP).
    pub fn multipart(boundary: &[u8]) -> Self {
        let mut reader = Self::new(State::Idle);
        reader.push(boundary.to_vec(), b"text/plain");
        reader
    }

    fn new(state: State) -> Self {
        Self {
            levels: Vec::new(),
            state,
            depth: 0,
            parts: 0,
            ending: Ending::None,
            start: Vec::new(),
            at_start: true,
            decoded: Vec::new(),
            gapped: false,
        }
    }

    /// Bytes of memory held.
    pub fn held(&self) -> usize {
        let head = match &self.state {
            State::Head(head, _) => head.held(),
            _ => 0,
        };
        let levels: usize = self
            .levels
            .iter()
            .map(|level| level.boundary.capacity())
            .sum();
        head + levels + self.start.capacity() + self.decoded.capacity()
    }

    pub fn feed(&mut self, mut bytes: &[u8], parts: &mut dyn Parts) {
        while !bytes.is_empty() {
            match self.state {
                State::Head(..) => self.head(&mut bytes, parts),
                _ if self.at_start => self.line_start(&mut bytes, parts),
                _ => self.line_rest(&mut bytes, parts),
            }
        }
    }

    fn head(&mut self, bytes: &mut &[u8], parts: &mut dyn Parts) {
        let State::Head(head, description) = &mut self.state else {
            return;
        };
        let mut found = Found {
            parts,
            description,
            strict: self.depth > 0 && self.levels.iter().all(|level| level.depth != self.depth),
            delimits: &|line| {
                self.levels
                    .iter()
                    .any(|level| closes(line, &level.boundary).is_some())
            },
        };
        match head.line(bytes, self.depth, &mut found) {
            None | Some(Step::Inside) => {}
            Some(Step::End) => self.body(parts),
            Some(Step::NoHeader) => self.no_header(parts),
            Some(Step::Delimiter) => {
                self.start = head.take_line();
                self.body(parts);
                self.delimiter(parts);
            }
        }
    }

    /// A header block is over: what it described begins.
    fn body(&mut self, parts: &mut dyn Parts) {
        let State::Head(_, description) = std::mem::replace(&mut self.state, State::Idle) else {
            return;
        };
        let default = self
            .levels
            .last()
            .map_or(&b"text/plain"[..], |level| level.default);
        let inner: &'static [u8] = if description.is_digest() {
            b"message/rfc822"
        } else {
            b"text/plain"
        };
        let body = description.body(self.depth, default, parts);
        (self.at_start, self.ending) = (true, Ending::None);
        match body {
            Body::Multipart(boundary) if self.deeper(parts) => self.push(boundary, inner),
            Body::Message if self.deeper(parts) => self.open_message(),
            Body::Multipart(_) | Body::Message => {
                self.leaf(opaque(self.depth), Decoder::Identity, parts)
            }
            Body::Leaf(part, decoder) => self.leaf(part, decoder, parts),
        }
    }

    fn deeper(&self, parts: &mut dyn Parts) -> bool {
        let may = self.depth < MAX_DEPTH;
        if !may {
            parts.fault(Kind::TooDeep, &format!("deeper than {MAX_DEPTH}"));
        }
        may
    }

    fn push(&mut self, boundary: Vec<u8>, default: &'static [u8]) {
        self.depth += 1;
        self.levels.push(Level {
            boundary,
            default,
            depth: self.depth,
        });
    }

    fn open_message(&mut self) {
        self.depth += 1;
        self.state = State::Head(Box::default(), Description::default());
    }

    /// Announced as a message, but there is no header: carried as a file, from its first byte.
    fn no_header(&mut self, parts: &mut dyn Parts) {
        let State::Head(mut head, _) = std::mem::replace(&mut self.state, State::Idle) else {
            return;
        };
        parts.fault(Kind::MalformedHeader, "a message without a header");
        self.leaf(opaque(self.depth), Decoder::Identity, parts);
        self.at_start = true;
        self.feed(&head.take_line(), parts);
    }

    fn leaf(&mut self, part: Part, decoder: Decoder, parts: &mut dyn Parts) {
        self.parts += 1;
        if self.parts > MAX_PARTS {
            parts.fault(Kind::TooManyParts, &format!("more than {MAX_PARTS}"));
            self.state = State::Idle;
            return;
        }
        parts.begin(&part);
        self.state = State::Leaf(decoder);
    }

    /// The first bytes of a line: held while they may be a delimiter.
    fn line_start(&mut self, bytes: &mut &[u8], parts: &mut dyn Parts) {
        if self.levels.is_empty() || !may_delimit(&self.start, bytes) {
            return self.no_delimiter(parts);
        }
        let end = memchr::memchr(b'\n', bytes);
        let (now, rest) = bytes.split_at(end.map_or(bytes.len(), |at| at + 1));
        let room = MAX_DELIMITER - self.start.len();
        if now.len() > room {
            let (now, rest) = bytes.split_at(room);
            self.start.extend_from_slice(now);
            *bytes = rest;
            return self.no_delimiter(parts);
        }
        self.start.extend_from_slice(now);
        *bytes = rest;
        if end.is_some() && !self.delimiter(parts) {
            self.no_delimiter(parts);
        }
    }

    /// The line is content after all.
    fn no_delimiter(&mut self, parts: &mut dyn Parts) {
        self.at_start = false;
        let start = std::mem::take(&mut self.start);
        let mut bytes = &start[..];
        while !bytes.is_empty() && !self.at_start {
            self.line_rest(&mut bytes, parts);
        }
        self.start = start;
        self.start.clear();
    }

    /// Content up to the line's end, which is held back.
    fn line_rest(&mut self, bytes: &mut &[u8], parts: &mut dyn Parts) {
        if self.ending == Ending::Cr && bytes.first() == Some(&b'\n') {
            self.ending = Ending::CrLf;
            self.at_start = true;
            *bytes = &bytes[1..];
            return;
        }
        let ending = std::mem::take(&mut self.ending);
        self.content(ending.bytes(), parts);
        let Some(at) = memchr::memchr(b'\n', bytes) else {
            let (now, held) = match bytes.strip_suffix(b"\r") {
                Some(now) => (now, Ending::Cr),
                None => (*bytes, Ending::None),
            };
            self.content(now, parts);
            self.ending = held;
            *bytes = &[];
            return;
        };
        let (line, rest) = (&bytes[..at], &bytes[at + 1..]);
        let (now, held) = match line.strip_suffix(b"\r") {
            Some(now) => (now, Ending::CrLf),
            None => (line, Ending::Lf),
        };
        self.content(now, parts);
        (self.ending, self.at_start) = (held, true);
        *bytes = rest;
    }

    fn content(&mut self, bytes: &[u8], parts: &mut dyn Parts) {
        let State::Leaf(decoder) = &mut self.state else {
            return;
        };
        if let Decoder::Identity = decoder {
            if !bytes.is_empty() {
                parts.bytes(bytes);
            }
            return;
        }
        self.decoded.clear();
        decoder.feed(bytes, &mut self.decoded);
        if !self.decoded.is_empty() {
            parts.bytes(&self.decoded);
        }
    }

    /// Whether the line in `start` is a delimiter of an open multipart; the innermost counts first.
    fn delimiter(&mut self, parts: &mut dyn Parts) -> bool {
        let found = self
            .levels
            .iter()
            .enumerate()
            .rev()
            .find_map(|(at, level)| Some((at, closes(&self.start, &level.boundary)?)));
        let Some((at, closing)) = found else {
            return false;
        };
        self.finish_leaf(true, parts);
        self.levels.truncate(at + 1);
        self.start.clear();
        (self.at_start, self.ending) = (true, Ending::None);
        if closing {
            self.levels.pop();
            self.depth = self.levels.last().map_or(0, |level| level.depth);
            self.state = State::Idle;
        } else {
            self.depth = self.levels.last().map_or(0, |level| level.depth);
            self.state = State::Head(Box::default(), Description::default());
        }
        true
    }

    fn finish_leaf(&mut self, complete: bool, parts: &mut dyn Parts) {
        let State::Leaf(mut decoder) = std::mem::replace(&mut self.state, State::Idle) else {
            return;
        };
        self.decoded.clear();
        let faulty = decoder.finish(&mut self.decoded);
        if !self.decoded.is_empty() {
            parts.bytes(&self.decoded);
        }
        if faulty && !self.gapped {
            parts.fault(Kind::BadEncoding, "characters that do not belong there");
        }
        parts.finish(complete);
    }

    /// Bytes were never seen. What is held of a line before them is content.
    pub fn gap(&mut self, missing: u64, parts: &mut dyn Parts) {
        self.gapped = true;
        if let State::Head(..) = self.state {
            return;
        }
        self.no_delimiter(parts);
        let ending = std::mem::take(&mut self.ending);
        self.content(ending.bytes(), parts);
        if let State::Leaf(decoder) = &mut self.state {
            decoder.gap();
            parts.gap(missing);
        }
    }

    /// The message is over; `complete`: the protocol said so. `trimmed`: the protocol's own end needs a line end before
    /// it (SMTP's dot), so the last one is no content.
    pub fn end(&mut self, complete: bool, trimmed: bool, parts: &mut dyn Parts) {
        if let State::Head(head, description) = &mut self.state {
            let mut found = Found {
                parts,
                description,
                strict: false,
                delimits: &|_| false,
            };
            head.end(self.depth, &mut found);
            self.body(parts);
        }
        if !self.start.is_empty() && !self.delimiter(parts) {
            self.no_delimiter(parts);
        }
        let ending = std::mem::take(&mut self.ending);
        if !trimmed || !self.levels.is_empty() {
            self.content(ending.bytes(), parts);
        }
        if complete && !self.levels.is_empty() && !self.gapped {
            parts.fault(
                Kind::Unterminated,
                &format!("{} multiparts open", self.levels.len()),
            );
        }
        self.finish_leaf(complete, parts);
    }
}

fn opaque(depth: usize) -> Part {
    Part {
        depth,
        kind: b"application/octet-stream".to_vec(),
        ..Part::default()
    }
}

/// Whether a line beginning with `start` and then `next` may still be a delimiter.
fn may_delimit(start: &[u8], next: &[u8]) -> bool {
    start.iter().chain(next).take(2).all(|&byte| byte == b'-')
}

/// Whether `line` is a delimiter of `boundary`, and then whether it closes the multipart.
fn closes(line: &[u8], boundary: &[u8]) -> Option<bool> {
    let rest = line.strip_prefix(b"--")?.strip_prefix(boundary)?;
    match rest.trim_ascii() {
        b"" => Some(false),
        rest if rest.starts_with(b"--") => Some(true),
        _ => None,
    }
}
