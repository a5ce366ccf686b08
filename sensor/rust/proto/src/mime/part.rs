//! What a part is, by its header.

use super::coding::Decoder;
use super::fault::Kind;
use super::parameters::Structured;
use super::Parts;

/// Longest boundary used. RFC 2046 5.1.1 allows 70 characters; a longer one is a trick, and still divides.
pub const MAX_BOUNDARY: usize = 1024;
const RFC_BOUNDARY: usize = 70;

/// A part that has content of its own.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Part {
    pub depth: usize,
    /// Declared media type, lower case, without parameters; `text/plain` when none is declared (RFC 2045 5.2).
    pub kind: Vec<u8>,
    /// Content-Disposition without parameters, lower case; empty without one.
    pub disposition: Vec<u8>,
    /// The `name` parameter of Content-Disposition: an HTTP form's field.
    pub field: String,
    pub name: Option<String>,
}

impl Part {
    /// Whether it is a file: named, an attachment, or nothing a reader shows as the message's text.
    pub fn is_file(&self) -> bool {
        self.name.is_some() || self.disposition == b"attachment" || !self.is_text()
    }

    pub fn is_text(&self) -> bool {
        self.kind.starts_with(b"text/")
    }
}

/// The fields of one header block that say what follows.
#[derive(Debug, Default)]
pub struct Description {
    kind: Option<Vec<u8>>,
    disposition: Option<Vec<u8>>,
    encoding: Option<Vec<u8>>,
}

/// What follows a header block.
pub enum Body {
    Multipart(Vec<u8>),
    /// A whole message with a header of its own.
    Message,
    Leaf(Part, Decoder),
}

impl Description {
    /// A field; the first of each name counts.
    pub fn field(&mut self, name: &[u8], value: &[u8], parts: &mut dyn Parts) {
        let slot = match &name.to_ascii_lowercase()[..] {
            b"content-type" => &mut self.kind,
            b"content-disposition" => &mut self.disposition,
            b"content-transfer-encoding" => &mut self.encoding,
            _ => return,
        };
        if slot.is_some() {
            parts.fault(Kind::DuplicateHeader, &String::from_utf8_lossy(name));
        } else {
            *slot = Some(value.to_vec());
        }
    }

    /// `default`: the type of a part without one (RFC 2046 5.1.5 has another inside a digest).
    pub fn body(self, depth: usize, default: &[u8], parts: &mut dyn Parts) -> Body {
        let mut kind = Structured::read(self.kind.as_deref().unwrap_or(default));
        if kind.value.is_empty() {
            kind.value = default.to_vec();
        }
        let (decoder, identity) = decoder(self.encoding.as_deref().unwrap_or_default(), parts);
        if kind.value.starts_with(b"multipart/") {
            if let Some(boundary) = boundary(&kind, parts) {
                return Body::Multipart(boundary);
            }
        } else if kind.value == b"message/rfc822" && identity {
            return Body::Message;
        }
        let disposition = self.disposition.as_deref().unwrap_or_default();
        Body::Leaf(part(depth, kind, disposition, parts), decoder)
    }

    /// Whether the block declares a digest, whose parts are messages.
    pub fn is_digest(&self) -> bool {
        let kind = self.kind.as_deref().unwrap_or_default();
        kind.trim_ascii_start()
            .to_ascii_lowercase()
            .starts_with(b"multipart/digest")
    }
}

fn part(depth: usize, mut kind: Structured, disposition: &[u8], parts: &mut dyn Parts) -> Part {
    let mut disposition = Structured::read(disposition);
    let name = disposition.text("filename").or_else(|| kind.text("name"));
    if kind.faulty || disposition.faulty {
        parts.fault(Kind::BadEncodedWord, "a file name");
    }
    Part {
        depth,
        name,
        field: disposition.text("name").unwrap_or_default(),
        disposition: disposition.value,
        kind: kind.value,
    }
}

/// The decoder, and whether it changes nothing.
fn decoder(name: &[u8], parts: &mut dyn Parts) -> (Decoder, bool) {
    let name = Structured::read(name).value;
    let decoder = Decoder::named(&name).unwrap_or_else(|| {
        parts.fault(Kind::BadEncoding, "an unknown transfer encoding");
        Decoder::Identity
    });
    let identity = matches!(decoder, Decoder::Identity);
    (decoder, identity)
}

fn boundary(kind: &Structured, parts: &mut dyn Parts) -> Option<Vec<u8>> {
    let boundary = kind.raw("boundary").unwrap_or_default().trim_ascii_end();
    let problem = match boundary.len() {
        0 => "none",
        length if length > MAX_BOUNDARY => "too long to use",
        length if length > RFC_BOUNDARY => "longer than 70 characters",
        _ if !boundary.iter().all(|&byte| may_bound(byte)) => "forbidden characters",
        _ => "",
    };
    if !problem.is_empty() {
        parts.fault(Kind::BadBoundary, problem);
    }
    (1..=MAX_BOUNDARY)
        .contains(&boundary.len())
        .then(|| boundary.to_vec())
}

/// `bchars` of RFC 2046 5.1.1.
fn may_bound(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"'()+_,-./:=? ".contains(&byte)
}
