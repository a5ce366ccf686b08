//! A message's head: start line and header fields (RFC 9112 2 to 5), kept as one text with spans into it.

use super::bytes::{cut, is_blank, is_token, trim, Span};
use super::fault::{Fault, Kind};

/// Longest head that is followed: eight times what common servers take; the longest cookies fit.
pub const MAX_HEAD: usize = 65_536;

/// Fields kept for the event. Browsers send 20, servers take 100.
pub const MAX_FIELDS: usize = 128;

/// Fields that decide how a message is read are kept past [`MAX_FIELDS`] too, up to this many.
const MAX_DECIDING: usize = 32;

/// Longest request target: RFC 9112 3 asks for 8,000 at least, servers take 8,192.
const MAX_TARGET: usize = 8_192;

const DECIDING: [&[u8]; 5] = [
    b"content-length",
    b"transfer-encoding",
    b"content-encoding",
    b"content-type",
    b"host",
];

/// What a start line says of the version. HTTP/0.9 says nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Version {
    Absent,
    Known { minor: u8 },
    Odd,
}

/// Words of a start line, as they stood there.
#[derive(Clone, Copy, Debug)]
pub enum Start {
    Request { method: Span, target: Span },
    Response { status: Span, phrase: Span },
}

#[derive(Clone, Copy, Debug)]
struct Field {
    name: Span,
    value: Span,
}

#[derive(Debug)]
pub struct Head {
    text: Vec<u8>,
    pub start: Start,
    version: Span,
    fields: Vec<Field>,
    pub faults: Vec<Fault>,
}

/// One line of a head without its end.
struct Line {
    start: usize,
    end: usize,
    /// Ended by LF alone, or by the head's end.
    bare: bool,
}

impl Head {
    /// Reads a head's bytes. None when the first line is no start line.
    pub fn read(bytes: &[u8]) -> Option<Self> {
        let first = next_line(bytes, 0);
        let (start, version) = start_line(&bytes[..first.end])?;
        let mut head = Self {
            text: bytes.to_vec(),
            start,
            version,
            fields: Vec::with_capacity(16),
            faults: Vec::new(),
        };
        head.judge_start(&first);
        head.read_fields(first.end);
        Some(head)
    }

    /// Header fields alone, as in front of a part of a multipart body.
    pub fn fields_of(bytes: &[u8]) -> Self {
        let mut head = Self {
            text: bytes.to_vec(),
            start: Start::Response {
                status: Span::default(),
                phrase: Span::default(),
            },
            version: Span::default(),
            fields: Vec::new(),
            faults: Vec::new(),
        };
        head.read_from(0);
        head
    }

    /// An empty head: what the sensor knows of an answer of HTTP/0.9, or of a body whose head it never saw.
    pub fn absent() -> Self {
        Self::fields_of(&[])
    }

    fn judge_start(&mut self, line: &Line) {
        if line.bare && line.end < self.text.len() {
            self.fault(Kind::BareLf, "the start line ends with LF alone");
        }
        if self.version() == Version::Odd {
            self.fault(Kind::Version, "the version is not HTTP/1.0 or HTTP/1.1");
        }
        if let Start::Request { method, target } = self.start {
            if target.text(&self.text).len() > MAX_TARGET {
                self.fault(
                    Kind::HeadTooLong,
                    "the request target is over 8,192 bytes long",
                );
            }
            if !is_token(method.text(&self.text)) {
                self.fault(Kind::StartLine, "the method is no token");
            }
            if target.text(&self.text).iter().any(|&byte| byte <= b' ') {
                self.fault(
                    Kind::StartLine,
                    "space or control characters in the request target",
                );
            }
        }
    }

    fn read_fields(&mut self, end_of_start: usize) {
        if let Some(newline) = memchr::memchr(b'\n', &self.text[end_of_start..]) {
            self.read_from(end_of_start + newline + 1);
        }
    }

    fn read_from(&mut self, mut at: usize) {
        while at < self.text.len() {
            let line = next_line(&self.text, at);
            at = self.text.len().min(line.end + 1 + usize::from(!line.bare));
            if line.start == line.end {
                break;
            }
            if line.bare && line.end < self.text.len() {
                self.fault(Kind::BareLf, "a header line ends with LF alone");
            }
            self.line(&line);
        }
    }

    fn line(&mut self, line: &Line) {
        if is_blank(self.text[line.start]) {
            return self.fold(line);
        }
        let bytes = &self.text[line.start..line.end];
        if memchr::memchr2(0, b'\r', bytes).is_some() {
            self.fault(Kind::Header, "NUL or CR inside a header line");
        }
        let bytes = &self.text[line.start..line.end];
        match memchr::memchr(b':', bytes) {
            Some(colon) => self.field(line, line.start + colon),
            None => self.fault(Kind::Header, "a header line without colon"),
        }
    }

    fn field(&mut self, line: &Line, colon: usize) {
        let name = Span::of(trimmed(&self.text, line.start, colon));
        let value = Span::of(trimmed(&self.text, colon + 1, line.end));
        let blank_before_colon = colon > line.start && is_blank(self.text[colon - 1]);
        if blank_before_colon {
            self.fault(Kind::Header, "space between a field's name and its colon");
        } else if !is_token(name.text(&self.text)) {
            self.fault(Kind::Header, "a field's name is no token");
        }
        self.keep(Field { name, value });
    }

    fn keep(&mut self, field: Field) {
        let name = field.name.text(&self.text);
        let deciding = || {
            DECIDING
                .iter()
                .any(|other| name.eq_ignore_ascii_case(other))
        };
        if self.fields.len() < MAX_FIELDS
            || (self.fields.len() < MAX_FIELDS + MAX_DECIDING && deciding())
        {
            self.fields.push(field);
        } else {
            self.fault(Kind::TooManyHeaders, "more than 128 header fields");
        }
    }

    /// A line that goes on with the value of the one before (RFC 9112 5.2): its line end counts as space.
    fn fold(&mut self, line: &Line) {
        let Some(last) = self.fields.last_mut() else {
            return self.fault(Kind::Header, "space before the first header field");
        };
        for byte in &mut self.text[last.value.start()..line.start] {
            if matches!(byte, b'\r' | b'\n') {
                *byte = b' ';
            }
        }
        last.value = last.value.up_to(line.end);
        self.fault(Kind::Folding, "a header value goes on in the next line");
    }

    /// Each kind and wording once a head.
    pub fn fault(&mut self, kind: Kind, what: &'static str) {
        let fault = Fault::new(kind, what);
        if !self.faults.contains(&fault) {
            self.faults.push(fault);
        }
    }

    pub fn version(&self) -> Version {
        match self.version_text() {
            b"" => Version::Absent,
            b"1.1" => Version::Known { minor: 1 },
            b"1.0" => Version::Known { minor: 0 },
            _ => Version::Odd,
        }
    }

    /// What stands behind `HTTP/`.
    pub fn version_text(&self) -> &[u8] {
        self.version.text(&self.text)
    }

    pub fn method(&self) -> &[u8] {
        match self.start {
            Start::Request { method, .. } => method.text(&self.text),
            Start::Response { .. } => b"",
        }
    }

    pub fn target(&self) -> &[u8] {
        match self.start {
            Start::Request { target, .. } => target.text(&self.text),
            Start::Response { .. } => b"",
        }
    }

    /// What stands in place of the status code, and behind it.
    pub fn status(&self) -> (&[u8], &[u8]) {
        match self.start {
            Start::Response { status, phrase } => {
                (status.text(&self.text), phrase.text(&self.text))
            }
            Start::Request { .. } => (b"", b""),
        }
    }

    /// The status code; three digits (RFC 9112 4).
    pub fn status_code(&self) -> Option<u16> {
        let [a, b, c] = self.status().0.try_into().ok()?;
        let digit = |byte: u8| char::from(byte).to_digit(10).map(|digit| digit as u16);
        Some(digit(a)? * 100 + digit(b)? * 10 + digit(c)?)
    }

    /// (name, value) in their order.
    pub fn fields(&self) -> impl ExactSizeIterator<Item = (&[u8], &[u8])> + Clone {
        self.fields.iter().map(|field| {
            (
                field.name.text(&self.text),
                trim(field.value.text(&self.text)),
            )
        })
    }

    pub fn values<'a>(&'a self, name: &'a [u8]) -> impl Iterator<Item = &'a [u8]> {
        self.fields()
            .filter(move |(other, _)| other.eq_ignore_ascii_case(name))
            .map(|(_, value)| value)
    }

    pub fn value(&self, name: &[u8]) -> Option<&[u8]> {
        self.fields()
            .find(|(other, _)| other.eq_ignore_ascii_case(name))
            .map(|(_, value)| value)
    }

    /// Content-Type's value without parameters.
    pub fn media_type(&self) -> &[u8] {
        let value = self.value(b"content-type").unwrap_or_default();
        trim(cut(value, b';').map_or(value, |(kind, _)| kind))
    }

    /// Bytes of memory held.
    pub fn held(&self) -> usize {
        self.text.capacity()
            + self.fields.capacity() * std::mem::size_of::<Field>()
            + self.faults.capacity() * std::mem::size_of::<Fault>()
    }
}

fn trimmed(text: &[u8], start: usize, end: usize) -> std::ops::Range<usize> {
    let bytes = &text[start..end];
    let front = bytes
        .iter()
        .position(|byte| !is_blank(*byte))
        .unwrap_or(bytes.len());
    let length = trim(bytes).len();
    start + front..start + front + length
}

/// The line that begins at `start`; CR LF or LF ends it.
fn next_line(bytes: &[u8], start: usize) -> Line {
    let (end, whole) = match memchr::memchr(b'\n', &bytes[start..]) {
        Some(length) => (start + length, true),
        None => (bytes.len(), false),
    };
    match bytes[start..end] {
        [.., b'\r'] if whole => Line {
            start,
            end: end - 1,
            bare: false,
        },
        _ => Line {
            start,
            end,
            bare: true,
        },
    }
}

/// The words of a start line and its version. None when it is no start line of HTTP.
pub fn start_line(line: &[u8]) -> Option<(Start, Span)> {
    if line.starts_with(b"HTTP/") {
        Some(status_line(line))
    } else {
        request_line(line)
    }
}

/// `HTTP/1.1 200 OK` (RFC 9112 4).
fn status_line(line: &[u8]) -> (Start, Span) {
    let mut words = Words::new(line);
    let version = words.next_word().unwrap_or_default();
    let status = words.next_word().unwrap_or_default();
    let phrase = trimmed(line, words.at, line.len());
    let start = Start::Response {
        status: Span::of(status),
        phrase: Span::of(phrase),
    };
    (start, Span::of(version.start + b"HTTP/".len()..version.end))
}

/// `GET /path HTTP/1.1` (RFC 9112 3). Spaces in the target belong to it; without version it is HTTP/0.9.
fn request_line(line: &[u8]) -> Option<(Start, Span)> {
    let mut words = Words::new(line);
    let method = words.next_word().filter(|word| word.start == 0)?;
    let rest = trimmed(line, words.at, line.len());
    let text = &line[rest.clone()];
    let last = text
        .iter()
        .rposition(|byte| is_blank(*byte))
        .map_or(0, |at| at + 1);
    let (target, version) = match text[last..].strip_prefix(b"HTTP/") {
        Some(version) => (
            trimmed(line, rest.start, rest.start + last),
            rest.end - version.len()..rest.end,
        ),
        None => (rest.clone(), rest.end..rest.end),
    };
    let start = Start::Request {
        method: Span::of(method),
        target: Span::of(target.clone()),
    };
    (!target.is_empty()).then(|| (start, Span::of(version)))
}

/// Runs of non-blanks.
struct Words<'a> {
    line: &'a [u8],
    at: usize,
}

impl<'a> Words<'a> {
    fn new(line: &'a [u8]) -> Self {
        Self { line, at: 0 }
    }

    fn next_word(&mut self) -> Option<std::ops::Range<usize>> {
        let rest = &self.line[self.at..];
        let start = self.at + rest.iter().position(|byte| !is_blank(*byte))?;
        let length = self.line[start..].iter().position(|byte| is_blank(*byte));
        let end = length.map_or(self.line.len(), |length| start + length);
        self.at = end;
        Some(start..end)
    }
}
