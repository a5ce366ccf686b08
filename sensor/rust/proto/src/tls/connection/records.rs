//! What records tell by their first bytes, whatever they carry.

use starwatch_stream::application::{Piece, Side, Sink};

use super::Connection;
use crate::tls::fault::Kind;
use crate::tls::handshake::{self, kind};
use crate::tls::hello::ServerHello;
use crate::tls::record::{Content, Fragment, Header};

/// Different alerts one connection keeps; a handshake has one or two.
const MAX_ALERTS: usize = 8;

/// Least body of a record of TLS 1.3 that holds a Finished: its header, a hash of 32 bytes, the content's type, a tag.
/// An encrypted alert is shorter, and so is the end of early data (RFC 8446 4.4.4, 5.2, 4.5).
const FINISHED_BYTES: u16 = 4 + 32 + 1 + 16;

/// Level of an alert that ends the connection (RFC 5246 7.2).
const FATAL: u8 = 2;

/// Request of a heartbeat: type, length of the payload (RFC 6520 4).
const HEARTBEAT_REQUEST: u8 = 1;
const HEARTBEAT_HEAD: usize = 3;

impl Connection {
    pub(super) fn fragment(
        &mut self,
        fragment: &Fragment<'_>,
        piece: &Piece<'_>,
        sink: &mut dyn Sink,
    ) {
        if let Some(head) = &fragment.head {
            self.reopen(fragment.header, head.bytes(), piece.side);
        }
        let half = self.half(piece.side);
        let readable =
            fragment.header.content == Content::Handshake && !half.protected && !half.astray;
        if let Some(head) = &fragment.head {
            if readable && std::mem::take(&mut self.half(piece.side).opened) {
                let before = head.bytes().get(..fragment.before.into());
                self.messages(before.unwrap_or_default(), piece, sink);
            }
            self.record(fragment.header, head.bytes(), piece, sink);
        }
        if readable && !self.told {
            self.messages(fragment.bytes, piece, sink);
        }
        if !self.told && fragment.last {
            self.judge(piece, sink);
        }
    }

    /// A record's first bytes may show that messages can be read again: one that fits its record after bytes were
    /// lost; the client's second hello after a ChangeCipherSpec that meant nothing, where the HelloRetryRequest was
    /// not seen (RFC 8446 D.4).
    fn reopen(&mut self, header: Header, head: &[u8], side: Side) {
        let waiting = !self.told && self.facts.server.is_none();
        let half = &mut self.halves[side as usize];
        if header.content != Content::Handshake {
            return;
        }
        if half.astray && !half.protected && fits(header, head) {
            half.astray = false;
            half.opened = true;
        }
        if half.protected && waiting && hello_alone(header, head).is_some() {
            half.protected = false;
            half.opened = true;
        }
    }

    /// What a record's first bytes tell.
    fn record(&mut self, header: Header, head: &[u8], piece: &Piece<'_>, sink: &mut dyn Sink) {
        let protected = self.half(piece.side).protected;
        match header.content {
            Content::ChangeCipherSpec => self.change_cipher(piece, sink),
            Content::Alert if !protected && header.length == 2 => self.alert(head),
            Content::Heartbeat if !protected => heartbeat(header, head, piece, sink),
            Content::Handshake if protected || self.told => {
                self.half(piece.side).finished = true;
                late_hello(header, head, piece, sink);
            }
            Content::Data => self.protected_data(header, piece.side),
            _ => {}
        }
    }

    /// TLS 1.3 writes data for everything that is encrypted: what shows the end of the handshake is the client's
    /// Finished, behind the server's hello.
    fn protected_data(&mut self, header: Header, side: Side) {
        let is_1_3 = self.facts.server.as_ref().is_some_and(ServerHello::is_1_3);
        if is_1_3 && header.length < FINISHED_BYTES {
            return;
        }
        let half = self.half(side);
        half.data = half.data.saturating_add(1);
    }

    /// In TLS 1.3 the record is there to please boxes in the middle and means nothing (RFC 8446 D.4).
    fn change_cipher(&mut self, piece: &Piece<'_>, sink: &mut dyn Sink) {
        let facts = &mut *self.facts;
        let is_1_3 = facts.server.as_ref().is_some_and(ServerHello::is_1_3);
        if self.told || is_1_3 || facts.retry && facts.server.is_none() {
            return;
        }
        let from_client = facts.client_side == Some(piece.side);
        let other = self.halves[piece.side.other() as usize].protected;
        let half = &mut self.halves[piece.side as usize];
        if from_client
            && facts.server.is_some()
            && !half.key_exchanged
            && !other
            && !facts.incomplete
        {
            let detail = "the client changed ciphers before keys were agreed";
            sink.anomaly(piece, Kind::UnexpectedMessage.name(), detail);
        }
        if facts.client_side == Some(piece.side.other()) && facts.server.is_some() {
            facts.resumed = !facts.full && !facts.incomplete;
        }
        half.protected = true;
    }

    fn alert(&mut self, head: &[u8]) {
        let &[level, description] = head else { return };
        let facts = &mut *self.facts;
        facts.fatal |= level == FATAL;
        if facts.alerts.len() < MAX_ALERTS && !facts.alerts.contains(&description) {
            facts.alerts.push(description);
        }
    }
}

/// A request whose payload is longer than the record that carries it (CVE-2014-0160).
fn heartbeat(header: Header, head: &[u8], piece: &Piece<'_>, sink: &mut dyn Sink) {
    let Some(&[HEARTBEAT_REQUEST, high, low]) = head.first_chunk() else {
        return;
    };
    let payload = usize::from(u16::from_be_bytes([high, low]));
    if HEARTBEAT_HEAD + payload > header.length.into() {
        let detail = format!("{payload} bytes asked for in a record of {}", header.length);
        sink.anomaly(piece, Kind::Heartbleed.name(), &detail);
    }
}

/// After the handshake its messages are encrypted.
fn late_hello(header: Header, head: &[u8], piece: &Piece<'_>, sink: &mut dyn Sink) {
    if let Some(kind) = hello_alone(header, head) {
        let detail = format!("a readable message of type {kind} after the handshake");
        sink.anomaly(piece, Kind::UnexpectedMessage.name(), &detail);
    }
}

/// Whether a message of a known type begins here and ends in the same record.
fn fits(header: Header, head: &[u8]) -> bool {
    handshake::announced(head).is_some_and(|(kind, length)| {
        kind::is_known(kind) && handshake::HEADER_BYTES + length <= header.length.into()
    })
}

/// The type of a hello that fills its record; encrypted bytes read so once in 2^31.
fn hello_alone(header: Header, head: &[u8]) -> Option<u8> {
    let (kind, length) = handshake::announced(head)?;
    let whole = usize::from(header.length) == handshake::HEADER_BYTES + length;
    (whole && matches!(kind, kind::CLIENT_HELLO | kind::SERVER_HELLO)).then_some(kind)
}
