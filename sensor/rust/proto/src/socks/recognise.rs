//! Is this flow SOCKS? Its first message is short and says little, so it must be exactly that message and nothing more:
//! a client waits for the proxy's answer.

use starwatch_stream::application::{Piece, Recognition, Side};

use super::message::{self, Host, Request};
use crate::reader::Reader;

/// connect, bind.
const COMMANDS_4: [u8; 2] = [1, 2];

/// Methods a client may offer: registered with IANA, or private (RFC 1928 3).
fn is_method(method: u8) -> bool {
    matches!(method, 0..=3 | 5..=9 | 0x80..=0xfe)
}

pub fn stream(piece: &Piece<'_>) -> Recognition {
    let verdict = match piece.bytes.first() {
        Some(&message::VERSION_5) => version_5(piece.bytes),
        Some(&message::VERSION_4) => version_4(piece.bytes),
        _ => Recognition::No,
    };
    match (verdict, piece.side) {
        (Recognition::Yes, Side::Server) => Recognition::Reversed,
        (verdict, _) => verdict,
    }
}

fn version_5(bytes: &[u8]) -> Recognition {
    let mut reader = Reader::new(bytes);
    match message::greeting(&mut reader) {
        Ok(Some(methods)) if reader.is_empty() && are_distinct(methods) => Recognition::Yes,
        Ok(_) => Recognition::No,
        Err(_) if are_distinct(bytes.get(2..).unwrap_or_default()) => Recognition::More,
        Err(_) => Recognition::No,
    }
}

fn are_distinct(methods: &[u8]) -> bool {
    let known = methods.iter().all(|&method| is_method(method));
    let repeated = |at: usize| methods[..at].contains(&methods[at]);
    known && !(0..methods.len()).any(repeated)
}

fn version_4(bytes: &[u8]) -> Recognition {
    let mut reader = Reader::new(bytes);
    let command = bytes
        .get(1)
        .is_none_or(|command| COMMANDS_4.contains(command));
    match message::request_4(&mut reader) {
        Ok(Some(request)) if reader.is_empty() && command && is_sane(&request) => Recognition::Yes,
        Ok(_) => Recognition::No,
        Err(_) if command => Recognition::More,
        Err(_) => Recognition::No,
    }
}

fn is_sane(request: &Request) -> bool {
    let printable = |text: &[u8]| text.iter().all(u8::is_ascii_graphic);
    let host = match &request.target.host {
        Host::Address(address) => address != "0.0.0.0",
        Host::Domain(name) => !name.is_empty() && printable(name),
    };
    host && request.target.port > 0 && request.user.as_deref().is_none_or(printable)
}
