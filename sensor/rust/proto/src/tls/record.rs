//! Where records begin and end (RFC 8446 5.1, RFC 5246 6.2). Bodies are passed on as they come, never held.

use super::codes;

pub const HEADER_BYTES: usize = 5;

/// 2^14 bytes and what compression and encryption may add (RFC 5246 6.2.3).
pub const MAX_LENGTH: u16 = (1 << 14) + 2048;

/// Bytes of a body that tell an alert, a heartbeat or a hello.
pub const HEAD_BYTES: usize = 4;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Content {
    ChangeCipherSpec,
    Alert,
    Handshake,
    Data,
    Heartbeat,
}

impl Content {
    fn of(code: u8) -> Option<Self> {
        match code {
            20 => Some(Content::ChangeCipherSpec),
            21 => Some(Content::Alert),
            22 => Some(Content::Handshake),
            23 => Some(Content::Data),
            24 => Some(Content::Heartbeat),
            _ => None,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header {
    pub content: Content,
    pub length: u16,
}

impl Header {
    /// None: no record begins so. Only application data may be empty (RFC 8446 5.1).
    pub fn read(bytes: &[u8; HEADER_BYTES]) -> Option<Self> {
        let [content, high, low, more, less] = *bytes;
        let content = Content::of(content)?;
        let length = u16::from_be_bytes([more, less]);
        let sane = length <= MAX_LENGTH && (length > 0 || content == Content::Data);
        (sane && is_version(u16::from_be_bytes([high, low]))).then_some(Self { content, length })
    }
}

/// Versions a record may carry; TLS 1.3 writes 1.0 or 1.2 there.
fn is_version(version: u16) -> bool {
    matches!(version, codes::SSL_3..=codes::TLS_1_3 | codes::TLCP)
}

/// Bytes of one record's body that came together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fragment<'a> {
    pub header: Header,
    pub bytes: &'a [u8],
    /// Bytes of the body before these.
    pub before: u16,
    /// The body's first bytes ([`HEAD_BYTES`], or all when it is shorter), once they are complete.
    pub head: Option<Head>,
    /// The body ends with these bytes.
    pub last: bool,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Head {
    bytes: [u8; HEAD_BYTES],
    filled: u8,
}

impl Head {
    /// Takes and gives nothing more.
    const SPENT: Self = Self {
        bytes: [0; HEAD_BYTES],
        filled: HEAD_BYTES as u8,
    };

    pub fn bytes(&self) -> &[u8] {
        &self.bytes[..usize::from(self.filled)]
    }

    /// Takes what it still lacks of `wanted` bytes. Whether it became complete by that.
    fn fill(&mut self, wanted: usize, bytes: &[u8]) -> bool {
        let filled = usize::from(self.filled);
        let taken = wanted.saturating_sub(filled).min(bytes.len());
        self.bytes[filled..filled + taken].copy_from_slice(&bytes[..taken]);
        self.filled += taken as u8;
        taken > 0 && filled + taken == wanted
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step<'a> {
    Fragment(Fragment<'a>),
    /// No record begins here; nothing is read from here on until one does at the start of a segment.
    Malformed([u8; HEADER_BYTES]),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    /// Nothing was read yet: what comes may be the middle of a record.
    Start,
    Header,
    Body {
        header: Header,
        left: u16,
        head: Head,
    },
    Lost,
}

/// One direction.
#[derive(Debug)]
pub struct Layer {
    place: Place,
    held: [u8; HEADER_BYTES],
    filled: usize,
}

impl Default for Layer {
    fn default() -> Self {
        Self {
            place: Place::Start,
            held: [0; HEADER_BYTES],
            filled: 0,
        }
    }
}

impl Layer {
    /// Whether nothing was read yet.
    pub fn is_fresh(&self) -> bool {
        self.place == Place::Start && self.filled == 0
    }

    /// Read no further.
    pub fn lose(&mut self) {
        self.place = Place::Lost;
        self.filled = 0;
    }

    /// A new segment begins: a record may too.
    pub fn resume(&mut self, bytes: &[u8]) {
        let found = bytes.first_chunk().and_then(Header::read);
        if self.place == Place::Lost && found.is_some() {
            self.place = Place::Header;
        }
    }

    /// The next part of `bytes`; None when they are used up.
    pub fn next<'a>(&mut self, bytes: &mut &'a [u8]) -> Option<Step<'a>> {
        match self.place {
            Place::Lost => None,
            Place::Start | Place::Header => self.header(bytes),
            Place::Body { header, left, head } => self.body(header, left, head, bytes),
        }
    }

    fn header<'a>(&mut self, bytes: &mut &'a [u8]) -> Option<Step<'a>> {
        let taken = (HEADER_BYTES - self.filled).min(bytes.len());
        let (head, rest) = bytes.split_at(taken);
        self.held[self.filled..self.filled + taken].copy_from_slice(head);
        self.filled += taken;
        *bytes = rest;
        if self.filled < HEADER_BYTES {
            return None;
        }
        self.filled = 0;
        let started = self.place == Place::Header;
        match Header::read(&self.held) {
            Some(header) => self.body(header, header.length, Head::default(), bytes),
            None => {
                self.place = Place::Lost;
                started.then_some(Step::Malformed(self.held))
            }
        }
    }

    fn body<'a>(
        &mut self,
        header: Header,
        left: u16,
        mut head: Head,
        bytes: &mut &'a [u8],
    ) -> Option<Step<'a>> {
        let (body, rest) = bytes.split_at(bytes.len().min(left.into()));
        *bytes = rest;
        let left = left - body.len() as u16;
        let complete = head.fill(HEAD_BYTES.min(header.length.into()), body) || header.length == 0;
        self.place = match left {
            0 => Place::Header,
            left => Place::Body { header, left, head },
        };
        (!body.is_empty() || header.length == 0).then_some(Step::Fragment(Fragment {
            header,
            bytes: body,
            before: header.length - left - body.len() as u16,
            head: complete.then_some(head),
            last: left == 0,
        }))
    }

    /// `missing` bytes never came. The content whose record swallowed them all; None: the place is lost.
    pub fn gap(&mut self, missing: u64) -> Option<Content> {
        match self.place {
            Place::Body { header, left, .. } if missing <= left.into() => {
                let left = left - missing as u16;
                // Of a body with a hole the first bytes may be others.
                let head = Head::SPENT;
                self.place = match left {
                    0 => Place::Header,
                    left => Place::Body { header, left, head },
                };
                Some(header.content)
            }
            _ => {
                self.lose();
                None
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALERT: [u8; 7] = [21, 3, 3, 0, 2, 2, 40];

    fn steps(pieces: &[&[u8]]) -> Vec<(Content, Vec<u8>, bool)> {
        let mut layer = Layer::default();
        let mut seen = vec![];
        for mut piece in pieces.iter().copied() {
            layer.resume(piece);
            while let Some(Step::Fragment(fragment)) = layer.next(&mut piece) {
                let head = fragment.head.map_or(vec![], |head| head.bytes().to_vec());
                seen.push((fragment.header.content, head, fragment.last));
            }
        }
        seen
    }

    #[test]
    fn a_record_in_single_bytes_has_one_head() {
        let bytes: Vec<&[u8]> = ALERT.chunks(1).collect();
        assert_eq!(
            steps(&bytes),
            [
                (Content::Alert, vec![], false),
                (Content::Alert, vec![2, 40], true)
            ]
        );
    }

    #[test]
    fn empty_records_are_application_data_alone() {
        assert_eq!(steps(&[&[23, 3, 1, 0, 0]]), [(Content::Data, vec![], true)]);
        assert_eq!(Header::read(&[22, 3, 1, 0, 0]), None);
    }

    #[test]
    fn a_gap_inside_a_body_keeps_the_place() {
        let mut layer = Layer::default();
        let mut bytes = &ALERT[..6];
        assert!(layer.next(&mut bytes).is_some());
        assert_eq!(layer.gap(1), Some(Content::Alert));
        let mut longer = &[22, 3, 3, 0, 9, 1, 2][..];
        assert!(layer.next(&mut longer).is_some());
        assert_eq!(layer.gap(3), Some(Content::Handshake));
        let mut rest = &[3; 4][..];
        let Some(Step::Fragment(fragment)) = layer.next(&mut rest) else {
            panic!("a body goes on");
        };
        assert_eq!((fragment.head, fragment.last), (None, true));
        let mut bytes = &ALERT[..];
        assert!(matches!(layer.next(&mut bytes), Some(Step::Fragment(_))));
        assert_eq!(layer.gap(1), None);
        assert_eq!(layer.place, Place::Lost);
    }

    #[test]
    fn what_is_no_record_is_said_once_one_was_read() {
        let mut layer = Layer::default();
        assert_eq!(layer.next(&mut &b"HTTP/1.1"[..]), None);
        assert_eq!(layer.place, Place::Lost);
        layer.resume(&ALERT);
        let mut bytes = &[&ALERT[..], b"HTTP/1.1"].concat()[..];
        assert!(matches!(layer.next(&mut bytes), Some(Step::Fragment(_))));
        assert_eq!(layer.next(&mut bytes), Some(Step::Malformed(*b"HTTP/")));
    }
}
