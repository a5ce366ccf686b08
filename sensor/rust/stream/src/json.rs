//! Appends JSON to a byte buffer: no tree, no allocation per value.

use crate::text;

/// Writes one JSON document; commas are its business, nesting is the caller's.
pub struct Json<'a> {
    out: &'a mut Vec<u8>,
    comma: bool,
}

impl<'a> Json<'a> {
    pub fn new(out: &'a mut Vec<u8>) -> Self {
        Self { out, comma: false }
    }

    /// Go on inside an object that already holds a member.
    pub fn resume(out: &'a mut Vec<u8>) -> Self {
        Self { out, comma: true }
    }

    fn separate(&mut self) {
        if self.comma {
            self.out.push(b',');
        }
        self.comma = true;
    }

    fn open(&mut self, bracket: u8) {
        self.separate();
        self.out.push(bracket);
        self.comma = false;
    }

    fn close(&mut self, bracket: u8) {
        self.out.push(bracket);
        self.comma = true;
    }

    /// A member's name; its value must follow. `name` is a catalogue name: plain ASCII.
    pub fn key(&mut self, name: &str) -> &mut Self {
        self.separate();
        self.out.push(b'"');
        self.out.extend_from_slice(name.as_bytes());
        self.out.extend_from_slice(b"\":");
        self.comma = false;
        self
    }

    pub fn object(&mut self, body: impl FnOnce(&mut Json<'_>)) {
        self.open(b'{');
        body(self.inner());
        self.close(b'}');
    }

    pub fn array(&mut self, body: impl FnOnce(&mut Json<'_>)) {
        self.open(b'[');
        body(self.inner());
        self.close(b']');
    }

    /// Closes an object this writer did not open.
    pub fn end_object(&mut self) {
        self.close(b'}');
    }

    /// Closes the document and its line.
    pub fn end_line(&mut self) {
        self.out.extend_from_slice(b"}\n");
    }

    fn inner(&mut self) -> &mut Json<'a> {
        self
    }

    /// A string from bytes: control characters, quotes and backslashes escaped, invalid UTF-8 as U+FFFD.
    pub fn string(&mut self, value: &[u8]) {
        self.separate();
        self.out.push(b'"');
        // Valid text is told sixteen bytes at a time, its broken places only one by one.
        match std::str::from_utf8(value) {
            Ok(text) => escape(self.out, text),
            Err(_) => mended(self.out, value),
        }
        self.out.push(b'"');
    }

    pub fn integer(&mut self, value: impl Into<i128>) {
        self.separate();
        let value: i128 = value.into();
        if value < 0 {
            self.out.push(b'-');
        }
        match u64::try_from(value.unsigned_abs()) {
            Ok(value) => text::unsigned(self.out, value),
            Err(_) => self
                .out
                .extend_from_slice(value.unsigned_abs().to_string().as_bytes()),
        }
    }

    /// A string that `write` appends and that needs no escaping: a time, an address, a number.
    pub fn plain(&mut self, write: impl FnOnce(&mut Vec<u8>)) {
        self.separate();
        self.out.push(b'"');
        write(self.out);
        self.out.push(b'"');
    }

    /// A date as the catalogue has them.
    pub fn time(&mut self, time_ns: i64) {
        self.plain(|out| text::time(out, time_ns));
    }

    pub fn boolean(&mut self, value: bool) {
        self.separate();
        self.out
            .extend_from_slice(if value { b"true" } else { b"false" });
    }

    /// Bytes that are JSON already.
    pub fn raw(&mut self, value: &[u8]) {
        self.separate();
        self.out.extend_from_slice(value);
    }

    pub fn member(&mut self, name: &str, value: &str) {
        self.key(name).string(value.as_bytes());
    }
}

/// Invalid UTF-8 as U+FFFD.
fn mended(out: &mut Vec<u8>, value: &[u8]) {
    for chunk in value.utf8_chunks() {
        escape(out, chunk.valid());
        if !chunk.invalid().is_empty() {
            out.extend_from_slice("\u{fffd}".as_bytes());
        }
    }
}

/// Copies what needs no escape in runs: nearly all text is one.
fn escape(out: &mut Vec<u8>, text: &str) {
    let mut rest = text.as_bytes();
    while let Some(at) = rest.iter().position(|&byte| needs_escape(byte)) {
        out.extend_from_slice(&rest[..at]);
        escape_byte(out, rest[at]);
        rest = &rest[at + 1..];
    }
    out.extend_from_slice(rest);
}

fn needs_escape(byte: u8) -> bool {
    ESCAPED[usize::from(byte)]
}

/// Looked up, not compared: every byte of every event passes here.
static ESCAPED: [bool; 256] = {
    let mut table = [false; 256];
    let mut byte = 0;
    while byte < table.len() {
        table[byte] = matches!(byte as u8, b'"' | b'\\' | 0x00..=0x1f | 0x7f);
        byte += 1;
    }
    table
};

fn escape_byte(out: &mut Vec<u8>, byte: u8) {
    const HEX: &[u8; 16] = b"0123456789abcdef";
    match byte {
        b'"' | b'\\' => out.extend_from_slice(&[b'\\', byte]),
        _ => {
            out.extend_from_slice(b"\\u00");
            out.push(HEX[usize::from(byte >> 4)]);
            out.push(HEX[usize::from(byte & 15)]);
        }
    }
}
