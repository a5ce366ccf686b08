//! A header block (RFC 5322 2.2): lines put together to fields, to the empty line.

use super::fault::Kind;
use super::Parts;

/// Longest field kept; a mailing list's To header of thousands still says enough.
const MAX_FIELD: usize = 16 << 10;
/// Bytes of one block whose fields are looked at; the rest is passed over to its empty line.
const MAX_BLOCK: usize = 256 << 10;
/// Longest field name taken for one.
const MAX_NAME: usize = 128;

/// The block being read.
#[derive(Debug, Default)]
pub struct Head {
    field: Vec<u8>,
    line: Vec<u8>,
    bytes: usize,
    /// Bytes of the line, and of the field, also those not kept.
    line_length: usize,
    length: usize,
    begun: bool,
}

/// What a line turned out to be.
#[derive(Debug, PartialEq, Eq)]
pub enum Step {
    /// Part of the block.
    Inside,
    /// The empty line: the body begins.
    End,
    /// The block's very first line is no field: what was announced as a message is none.
    NoHeader,
    /// The line ends the multipart's part before its header was over.
    Delimiter,
}

impl Head {
    /// Takes bytes up to the next LF. None when there is none.
    pub fn line(&mut self, bytes: &mut &[u8], depth: usize, out: &mut Found<'_>) -> Option<Step> {
        let end = memchr::memchr(b'\n', bytes);
        let (now, rest) = bytes.split_at(end.map_or(bytes.len(), |at| at + 1));
        *bytes = rest;
        self.bytes = self.bytes.saturating_add(now.len());
        let room = MAX_FIELD - self.line.len().min(MAX_FIELD);
        self.line_length = self.line_length.saturating_add(now.len());
        self.line.extend_from_slice(&now[..now.len().min(room)]);
        end.map(|_| self.ended(depth, out))
    }

    fn ended(&mut self, depth: usize, out: &mut Found<'_>) -> Step {
        let line = std::mem::take(&mut self.line);
        let text = line.strip_suffix(b"\n").unwrap_or(&line);
        let text = text.strip_suffix(b"\r").unwrap_or(text);
        let step = self.judge(text, depth, out);
        self.line = line;
        self.line_length = 0;
        if !matches!(step, Step::NoHeader | Step::Delimiter) {
            self.line.clear();
        }
        step
    }

    fn judge(&mut self, text: &[u8], depth: usize, out: &mut Found<'_>) -> Step {
        if text.is_empty() || (out.delimits)(text) {
            self.finish_field(depth, out);
            return if text.is_empty() {
                Step::End
            } else {
                Step::Delimiter
            };
        }
        let first = !std::mem::replace(&mut self.begun, true);
        if text.first().is_some_and(|byte| b" \t".contains(byte)) {
            self.fold(text, out);
        } else if first && depth > 0 && out.strict && !is_field(text) {
            return Step::NoHeader;
        } else {
            self.finish_field(depth, out);
            self.length = self.line_length;
            self.field.extend_from_slice(text);
        }
        Step::Inside
    }

    fn fold(&mut self, text: &[u8], out: &mut Found<'_>) {
        if self.field.is_empty() {
            out.parts
                .fault(Kind::MalformedHeader, "a fold without a field");
        }
        self.length = self.length.saturating_add(self.line_length);
        let room = MAX_FIELD - self.field.len().min(MAX_FIELD);
        self.field.extend_from_slice(&text[..text.len().min(room)]);
    }

    fn finish_field(&mut self, depth: usize, out: &mut Found<'_>) {
        let field = std::mem::take(&mut self.field);
        if self.length > MAX_FIELD || self.bytes > MAX_BLOCK {
            out.parts.fault(
                Kind::HeaderTooLong,
                if self.bytes > MAX_BLOCK {
                    "the block"
                } else {
                    "a field"
                },
            );
        }
        if !field.is_empty() && self.bytes <= MAX_BLOCK {
            tell(&field, depth, out);
        }
        self.length = 0;
        self.field = field;
        self.field.clear();
    }

    /// The flow ends inside the block: what was read of the last field is said.
    pub fn end(&mut self, depth: usize, out: &mut Found<'_>) {
        if !self.line.is_empty() {
            self.ended(depth, out);
        }
        self.finish_field(depth, out);
    }

    /// The last line, when it was none of a header.
    pub fn take_line(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.line)
    }

    pub fn held(&self) -> usize {
        self.field.capacity() + self.line.capacity()
    }
}

/// Where a block's fields go.
pub struct Found<'a> {
    pub parts: &'a mut dyn Parts,
    pub description: &'a mut super::part::Description,
    /// Whether a first line that is no field means that there is no header at all.
    pub strict: bool,
    /// Whether a line is a delimiter of an open multipart.
    pub delimits: &'a dyn Fn(&[u8]) -> bool,
}

fn tell(field: &[u8], depth: usize, out: &mut Found<'_>) {
    let Some((name, value)) = divide(field) else {
        // The envelope line of a mailbox file, often left in forwarded messages.
        if !field.starts_with(b"From ") && !field.starts_with(b">From ") {
            out.parts
                .fault(Kind::MalformedHeader, "a line without a field name");
        }
        return;
    };
    out.parts.field(depth, name, value);
    out.description.field(name, value, out.parts);
}

fn is_field(text: &[u8]) -> bool {
    divide(text).is_some() || text.starts_with(b"From ") || text.starts_with(b">From ")
}

/// Name and value. The name: printable characters without space (RFC 5322 2.2); white space before the colon is the
/// obsolete form (4.5).
fn divide(field: &[u8]) -> Option<(&[u8], &[u8])> {
    let window = &field[..field.len().min(MAX_NAME)];
    let at = memchr::memchr(b':', window)?;
    let name = field[..at].trim_ascii_end();
    let valid = !name.is_empty() && name.iter().all(u8::is_ascii_graphic);
    valid.then(|| (name, field[at + 1..].trim_ascii()))
}
