//! Handshake messages over records (RFC 8446 4, 5.1): several in one record, one in several.

use std::borrow::Cow;

/// Type and 24-bit length.
pub const HEADER_BYTES: usize = 4;

/// A chain of certificates takes 2 to 20 KiB; clients refuse one over 100 KiB (OpenSSL's limit). The rest is room.
pub const MAX_MESSAGE: usize = 128 * 1024;

pub mod kind {
    pub const CLIENT_HELLO: u8 = 1;
    pub const SERVER_HELLO: u8 = 2;
    pub const NEW_SESSION_TICKET: u8 = 4;
    /// A message of its own until draft 22 of TLS 1.3; since then a form of the server's hello.
    pub const HELLO_RETRY_REQUEST: u8 = 6;
    pub const CERTIFICATE: u8 = 11;
    pub const SERVER_KEY_EXCHANGE: u8 = 12;
    pub const CERTIFICATE_REQUEST: u8 = 13;
    pub const CLIENT_KEY_EXCHANGE: u8 = 16;

    /// Types that stand in the clear (IANA "TLS HandshakeType").
    pub fn is_known(kind: u8) -> bool {
        matches!(kind, 0..=6 | 11..=16 | 20..=23)
    }
}

#[derive(Debug, PartialEq, Eq)]
pub struct Message<'a> {
    pub kind: u8,
    pub body: Cow<'a, [u8]>,
}

#[derive(Debug, PartialEq, Eq)]
pub enum Step<'a> {
    Message(Message<'a>),
    /// Its type and length; the bytes will be skipped.
    TooLarge(u8, usize),
}

/// One direction. Holds at most one unfinished message.
#[derive(Debug, Default)]
pub struct Assembly {
    held: Vec<u8>,
    /// Bytes of a message too large that are still to come.
    skipping: usize,
}

impl Assembly {
    pub fn held(&self) -> usize {
        self.held.capacity()
    }

    /// The next message of `bytes`; None when they are used up.
    pub fn next<'a>(&mut self, bytes: &mut &'a [u8]) -> Option<Step<'a>> {
        self.skip(bytes);
        if self.held.is_empty() {
            if let Some((message, rest)) = split(bytes) {
                *bytes = rest;
                return Some(Step::Message(message));
            }
        }
        self.fill(HEADER_BYTES, bytes);
        let (kind, length) = announced(&self.held)?;
        if length > MAX_MESSAGE {
            self.held = Vec::new();
            self.skipping = length;
            self.skip(bytes);
            return Some(Step::TooLarge(kind, length));
        }
        self.fill(HEADER_BYTES + length, bytes);
        (self.held.len() == HEADER_BYTES + length).then(|| {
            let mut body = std::mem::take(&mut self.held);
            body.drain(..HEADER_BYTES);
            let body = Cow::Owned(body);
            Step::Message(Message { kind, body })
        })
    }

    fn skip(&mut self, bytes: &mut &[u8]) {
        let skipped = self.skipping.min(bytes.len());
        self.skipping -= skipped;
        *bytes = &bytes[skipped..];
    }

    fn fill(&mut self, size: usize, bytes: &mut &[u8]) {
        let wanted = size.saturating_sub(self.held.len()).min(bytes.len());
        let (taken, rest) = bytes.split_at(wanted);
        self.held.extend_from_slice(taken);
        *bytes = rest;
    }

    /// Bytes were lost: gives up the message under way and returns what there is of it.
    pub fn cut(&mut self) -> Option<Message<'static>> {
        let held = std::mem::take(self).held;
        let (kind, _) = announced(&held)?;
        let body = Cow::Owned(held[HEADER_BYTES..].to_vec());
        Some(Message { kind, body })
    }
}

/// Type and length that a message's first bytes announce.
pub fn announced(bytes: &[u8]) -> Option<(u8, usize)> {
    let [kind, high, middle, low] = *bytes.first_chunk::<HEADER_BYTES>()?;
    Some((kind, u32::from_be_bytes([0, high, middle, low]) as usize))
}

/// The first message when it is whole, and what follows it.
fn split(bytes: &[u8]) -> Option<(Message<'_>, &[u8])> {
    let (kind, length) = announced(bytes)?;
    let (body, rest) = bytes[HEADER_BYTES..].split_at_checked(length)?;
    let body = Cow::Borrowed(body);
    (length <= MAX_MESSAGE).then_some((Message { kind, body }, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kinds(pieces: &[&[u8]]) -> Vec<(u8, usize)> {
        let mut assembly = Assembly::default();
        let mut seen = vec![];
        for mut piece in pieces.iter().copied() {
            while let Some(step) = assembly.next(&mut piece) {
                seen.push(match step {
                    Step::Message(message) => (message.kind, message.body.len()),
                    Step::TooLarge(kind, length) => (kind, length),
                });
            }
        }
        seen
    }

    #[test]
    fn messages_in_one_piece_and_in_single_bytes() {
        let bytes = [2, 0, 0, 1, 9, 14, 0, 0, 0, 11, 0, 0, 2, 7, 7];
        let single: Vec<&[u8]> = bytes.chunks(1).collect();
        assert_eq!(kinds(&[&bytes]), [(2, 1), (14, 0), (11, 2)]);
        assert_eq!(kinds(&single), [(2, 1), (14, 0), (11, 2)]);
    }

    #[test]
    fn a_message_too_large_is_skipped_to_its_end() {
        let length = MAX_MESSAGE + 1;
        let head = [11, 2, 0, 1];
        let body = vec![0; length];
        assert_eq!(
            kinds(&[&head, &body, &[14, 0, 0, 0]]),
            [(11, length), (14, 0)]
        );
    }

    #[test]
    fn a_cut_message_gives_what_it_has() {
        let mut assembly = Assembly::default();
        assert_eq!(assembly.next(&mut &[11, 0, 0, 9, 1, 2][..]), None);
        let cut = assembly.cut().unwrap();
        assert_eq!((cut.kind, &cut.body[..]), (11, &[1, 2][..]));
        assert_eq!(assembly.cut(), None);
    }
}
