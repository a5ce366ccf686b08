//! Where messages begin and end: a datagram is one; a stream has each behind its length (RFC 1035 4.2.2, RFC 7766 8).

use starwatch_stream::application::{Parser, Piece, Recognition, Side, Sink};

use super::message::{Message, HEADER_BYTES};
use super::{event, recognise};

/// Bytes of the length in front of a message.
const LENGTH_BYTES: usize = 2;

pub struct Datagrams;

impl Parser for Datagrams {
    fn data(&mut self, piece: &Piece<'_>, sink: &mut dyn Sink) {
        event::emit(&Message::read(piece.bytes), piece, sink);
    }

    fn gap(&mut self, _side: Side, _missing: u64) {}
}

/// Both directions of a TCP connection; each keeps its own place.
#[derive(Default)]
pub struct Stream {
    client: Direction,
    server: Direction,
}

impl Parser for Stream {
    fn data(&mut self, piece: &Piece<'_>, sink: &mut dyn Sink) {
        self.direction(piece.side).data(piece, sink);
    }

    fn gap(&mut self, side: Side, missing: u64) {
        self.direction(side).gap(missing);
    }

    fn held(&self) -> usize {
        self.client.held.capacity() + self.server.held.capacity()
    }
}

impl Stream {
    fn direction(&mut self, side: Side) -> &mut Direction {
        match side {
            Side::Client => &mut self.client,
            Side::Server => &mut self.server,
        }
    }
}

#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum Place {
    /// At a message's first byte, or behind what is held of it.
    #[default]
    Known,
    /// Inside a message whose beginning is held and whose next bytes were lost; this many of it are still to come.
    Cut(usize),
    /// No telling where the next message begins.
    Lost,
}

/// One direction. Holds at most one unfinished message: 65,537 bytes.
#[derive(Default)]
struct Direction {
    place: Place,
    held: Vec<u8>,
}

impl Direction {
    fn data(&mut self, piece: &Piece<'_>, sink: &mut dyn Sink) {
        let mut bytes = piece.bytes;
        if let Place::Cut(left) = self.place {
            bytes = self.leave_cut_message(left, piece, sink);
        }
        if self.place == Place::Lost && !self.found_again(bytes, piece) {
            return;
        }
        if self.place == Place::Known {
            self.messages(bytes, piece, sink);
        }
    }

    /// Say what is known of the cut message and skip its remaining bytes; returns those behind it.
    fn leave_cut_message<'a>(
        &mut self,
        left: usize,
        piece: &Piece<'a>,
        sink: &mut dyn Sink,
    ) -> &'a [u8] {
        if self.held.len() > LENGTH_BYTES {
            event::emit(&Message::read(&self.held[LENGTH_BYTES..]), piece, sink);
        }
        self.held = Vec::new();
        let skipped = piece.bytes.len().min(left);
        self.place = match left - skipped {
            0 => Place::Known,
            left => Place::Cut(left),
        };
        &piece.bytes[skipped..]
    }

    /// After a gap segments tend to begin with a message: look for one that reads well, drop what does not.
    fn found_again(&mut self, bytes: &[u8], piece: &Piece<'_>) -> bool {
        let found = recognise::stream(&Piece { bytes, ..*piece });
        if matches!(found, Recognition::Yes | Recognition::Reversed) {
            self.place = Place::Known;
        }
        self.place == Place::Known
    }

    fn messages(&mut self, mut bytes: &[u8], piece: &Piece<'_>, sink: &mut dyn Sink) {
        if !self.held.is_empty() {
            bytes = self.complete(bytes, piece, sink);
        }
        while let Some((message, rest)) = split(bytes) {
            self.message(message, piece, sink);
            if self.place == Place::Lost {
                return;
            }
            bytes = rest;
        }
        self.held.extend_from_slice(bytes);
    }

    /// Add to the held message what it lacks; returns the bytes behind it.
    fn complete<'a>(
        &mut self,
        bytes: &'a [u8],
        piece: &Piece<'_>,
        sink: &mut dyn Sink,
    ) -> &'a [u8] {
        let bytes = self.fill(LENGTH_BYTES, bytes);
        let bytes = match announced(&self.held) {
            Some(length) => self.fill(LENGTH_BYTES + length, bytes),
            None => bytes,
        };
        let held = std::mem::take(&mut self.held);
        match split(&held) {
            Some((message, _)) => self.message(message, piece, sink),
            None => self.held = held,
        }
        bytes
    }

    /// Move bytes into `held` until it is `size` long; returns those left over.
    fn fill<'a>(&mut self, size: usize, bytes: &'a [u8]) -> &'a [u8] {
        let wanted = size.saturating_sub(self.held.len()).min(bytes.len());
        self.held.extend_from_slice(&bytes[..wanted]);
        &bytes[wanted..]
    }

    /// A length below a header's is no DNS: the place in the stream is lost with it.
    fn message(&mut self, message: &[u8], piece: &Piece<'_>, sink: &mut dyn Sink) {
        event::emit(&Message::read(message), piece, sink);
        if message.len() < HEADER_BYTES {
            self.place = Place::Lost;
        }
    }

    /// Bytes that fell into the message being held leave the framing whole; any others take it along.
    fn gap(&mut self, missing: u64) {
        let left = match (self.place, announced(&self.held)) {
            (Place::Cut(left), _) => left,
            (Place::Known, Some(length)) => LENGTH_BYTES + length - self.held.len(),
            _ => 0,
        };
        self.place = match usize::try_from(missing) {
            Ok(missing) if missing <= left => Place::Cut(left - missing),
            _ => Place::Lost,
        };
        if self.place == Place::Lost {
            self.held = Vec::new();
        }
    }
}

/// The length the first two bytes announce.
fn announced(bytes: &[u8]) -> Option<usize> {
    let length = bytes.first_chunk::<LENGTH_BYTES>()?;
    Some(u16::from_be_bytes(*length).into())
}

/// The first message, when it is whole, and what follows it.
fn split(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let length = announced(bytes)?;
    bytes[LENGTH_BYTES..].split_at_checked(length)
}
