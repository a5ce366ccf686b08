//! Is this flow TLS? Judged by content: a record whose first message is a hello that reads well, or records that begin
//! where the one before ends. Also in the middle of a connection, from either side.

use starwatch_stream::application::{Piece, Recognition, Side};

use super::handshake::{self, kind};
use super::record::{Content, Header, HEADER_BYTES};
use super::{codes, hello, sslv2};

/// Where a hello's length of the session id stands: behind type, length, version and random.
const SESSION_ID_AT: usize = handshake::HEADER_BYTES + 2 + 32;

/// Alert level and description.
const ALERT_BYTES: u16 = 2;

pub fn stream(piece: &Piece<'_>) -> Recognition {
    let Some(start) = piece.bytes.first_chunk() else {
        return beginning(piece);
    };
    match Header::read(start) {
        Some(header) => record(piece, &header, &piece.bytes[HEADER_BYTES..]),
        None => old_hello(piece),
    }
}

/// Less than a record's header.
fn beginning(piece: &Piece<'_>) -> Recognition {
    let mut start = [0, 3, 3, 0, 0];
    start[3..].copy_from_slice(&ALERT_BYTES.to_be_bytes());
    for (place, byte) in start.iter_mut().zip(piece.bytes) {
        *place = *byte;
    }
    match Header::read(&start) {
        Some(_) => Recognition::More,
        None => old_hello(piece),
    }
}

fn old_hello(piece: &Piece<'_>) -> Recognition {
    match sslv2::is_client_hello(piece.bytes) {
        Some(Ok(())) => from(piece.side, Side::Client),
        Some(Err(_)) => Recognition::More,
        None => Recognition::No,
    }
}

fn record(piece: &Piece<'_>, header: &Header, rest: &[u8]) -> Recognition {
    match header.content {
        Content::Handshake => hello(piece.side, header, rest),
        Content::Alert if header.length == ALERT_BYTES => alert(rest),
        Content::Data | Content::Alert => follows(header, rest),
        Content::ChangeCipherSpec if header.length == 1 => follows(header, rest),
        Content::ChangeCipherSpec | Content::Heartbeat => Recognition::No,
    }
}

/// A record after the first: this one's end is that one's beginning. One that goes on past the segment has only itself
/// to show, and its length: more than a block cipher's least.
fn follows(header: &Header, rest: &[u8]) -> Recognition {
    /// An explicit nonce or IV and a MAC or tag: less protects nothing.
    const LEAST: u16 = 16;
    match rest.split_at_checked(header.length.into()) {
        Some((_, next)) => match next.first_chunk::<HEADER_BYTES>() {
            Some(next) if Header::read(next).is_some() => Recognition::Yes,
            Some(_) => Recognition::No,
            None if next.is_empty() && header.length >= LEAST => Recognition::Yes,
            None => Recognition::More,
        },
        None if header.length >= LEAST => Recognition::Yes,
        None => Recognition::More,
    }
}

fn alert(rest: &[u8]) -> Recognition {
    match *rest {
        [1 | 2, description, ..] if codes::alert(description).parse::<u8>().is_err() => {
            Recognition::Yes
        }
        [_, _, ..] => Recognition::No,
        _ => Recognition::More,
    }
}

/// Type, length and version of a hello's beginning, and the length of its session id where the record goes so far.
fn hello(side: Side, header: &Header, rest: &[u8]) -> Recognition {
    let message = &rest[..rest.len().min(header.length.into())];
    let Some(sender) = message.first().and_then(|kind| sender(*kind)) else {
        return if message.is_empty() {
            Recognition::More
        } else {
            Recognition::No
        };
    };
    match (handshake::announced(message), message.get(4..6)) {
        (Some((_, length)), Some(version)) if is_sane(length, version, message) => {
            from(side, sender)
        }
        (Some(_), Some(_)) => Recognition::No,
        // A hello may be cut into records of any size.
        _ if message.len() == usize::from(header.length) => match follows(header, rest) {
            Recognition::Yes => from(side, sender),
            other => other,
        },
        _ => Recognition::More,
    }
}

fn sender(kind: u8) -> Option<Side> {
    match kind {
        kind::CLIENT_HELLO => Some(Side::Client),
        kind::SERVER_HELLO => Some(Side::Server),
        _ => None,
    }
}

/// Servers of early drafts of TLS 1.3 wrote the draft's number as version, and no session id.
fn is_sane(length: usize, version: &[u8], message: &[u8]) -> bool {
    const LEAST: usize = SESSION_ID_AT - handshake::HEADER_BYTES;
    let session = message
        .get(SESSION_ID_AT)
        .map_or(0, |&length| length.into());
    let plausible = match version {
        [3, 0..=4] | [1, 1] => session <= hello::MAX_SESSION_ID,
        [0x7f, _] => true,
        _ => false,
    };
    plausible && (LEAST..=handshake::MAX_MESSAGE).contains(&length)
}

fn from(side: Side, sender: Side) -> Recognition {
    match side == sender {
        true => Recognition::Yes,
        false => Recognition::Reversed,
    }
}
