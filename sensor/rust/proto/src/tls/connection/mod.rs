//! What a connection has come to, read from both directions, and the moment it is told.

mod facts;
mod messages;
mod records;

use starwatch_stream::application::{Parser, Piece, Side, Sink};

use super::certificate::Chain;
use super::fault::Kind;
use super::handshake::Assembly;
use super::record::{Content, Layer, Step};
use super::{event, sslv2};

pub use facts::Facts;

/// Records of application data after which nobody waits for a missing other side any longer.
const PATIENCE: u32 = 16;

/// Both directions of one connection.
#[derive(Default)]
pub struct Connection {
    halves: [Half; 2],
    facts: Box<Facts>,
    told: bool,
}

/// One direction.
#[derive(Default)]
struct Half {
    /// A hello in the form of SSL 2, until it is whole.
    opening: Vec<u8>,
    layer: Layer,
    messages: Assembly,
    /// Bytes were lost: where the next message begins is not known.
    astray: bool,
    /// A record was found readable by its first bytes: those before the fragment at hand are still to be read.
    opened: bool,
    /// ChangeCipherSpec was sent: what follows is encrypted (before TLS 1.3).
    protected: bool,
    /// A protected Finished was sent.
    finished: bool,
    /// Records of application data.
    data: u32,
    key_exchanged: bool,
    chain: Option<Chain>,
}

impl Parser for Connection {
    fn data(&mut self, piece: &Piece<'_>, sink: &mut dyn Sink) {
        let mut bytes = piece.bytes;
        self.half(piece.side).layer.resume(bytes);
        if self.half(piece.side).layer.is_fresh() {
            bytes = self.opening(bytes, piece, sink);
        }
        while let Some(step) = self.half(piece.side).layer.next(&mut bytes) {
            match step {
                Step::Fragment(fragment) => self.fragment(&fragment, piece, sink),
                Step::Malformed(head) => malformed(&head, piece, sink),
            }
        }
    }

    fn gap(&mut self, side: Side, missing: u64) {
        let half = &mut self.halves[side as usize];
        half.opening = Vec::new();
        let swallowed = half.layer.gap(missing);
        if swallowed.is_none_or(|content| content == Content::Handshake) && !half.protected {
            self.facts.incomplete = true;
            self.halves[side as usize].astray = true;
            self.cut(side);
        }
    }

    fn end(&mut self, piece: &Piece<'_>, sink: &mut dyn Sink) {
        for side in [Side::Client, Side::Server] {
            self.cut(side);
        }
        self.tell(piece, sink);
    }

    fn held(&self) -> usize {
        let halves: usize = self.halves.iter().map(Half::held).sum();
        std::mem::size_of::<Facts>() + halves + self.facts.held()
    }
}

fn malformed(head: &[u8], piece: &Piece<'_>, sink: &mut dyn Sink) {
    let detail = format!("no record begins with {head:02x?}");
    sink.anomaly(piece, Kind::MalformedRecord.name(), &detail);
}

impl Half {
    fn held(&self) -> usize {
        let chain = self.chain.as_ref().map_or(0, Chain::held);
        self.opening.capacity() + self.messages.held() + chain
    }

    /// Whether it went over to protected records.
    fn is_through(&self) -> bool {
        self.finished || self.data > 0
    }
}

impl Connection {
    fn half(&mut self, side: Side) -> &mut Half {
        &mut self.halves[side as usize]
    }

    /// The first bytes of a direction may be a hello of SSL 2; returns what is behind it.
    fn opening<'a>(&mut self, bytes: &'a [u8], piece: &Piece<'_>, sink: &mut dyn Sink) -> &'a [u8] {
        let half = &mut self.halves[piece.side as usize];
        let held = half.opening.len();
        let old = bytes
            .first()
            .is_some_and(|&first| held > 0 || first & 0x80 != 0);
        if !old {
            return bytes;
        }
        half.opening.extend_from_slice(bytes);
        let Some(start) = half.opening.first_chunk() else {
            return &[];
        };
        let Some(length) = sslv2::announced(start) else {
            half.opening = Vec::new();
            half.layer.lose();
            return &[];
        };
        if half.opening.len() < length {
            return &[];
        }
        let mut hello = std::mem::take(&mut half.opening);
        hello.truncate(length);
        self.old_hello(&hello, piece, sink);
        &bytes[length.saturating_sub(held).min(bytes.len())..]
    }

    /// A server that answers in SSL 2 goes on in it, and nothing more is read.
    fn old_hello(&mut self, hello: &[u8], piece: &Piece<'_>, sink: &mut dyn Sink) {
        if let Some(server) = sslv2::server_hello(hello) {
            self.facts.server = Some(server);
            self.facts.client_side = Some(piece.side.other());
            self.halves.iter_mut().for_each(|half| half.layer.lose());
            self.tell(piece, sink);
        } else if sslv2::is_client_hello(hello) == Some(Ok(())) {
            if let Ok(client) = sslv2::client_hello(hello) {
                self.client_hello(client, piece, sink);
            }
        } else {
            self.half(piece.side).layer.lose();
        }
    }

    /// Tell once both sides are through, or nothing better will come.
    fn judge(&mut self, piece: &Piece<'_>, sink: &mut dyn Sink) {
        let waited = self.halves.iter().any(|half| half.data >= PATIENCE);
        if self.facts.fatal || waited || self.is_established() {
            self.tell(piece, sink);
        }
    }

    fn is_established(&self) -> bool {
        let Some(client) = self.facts.client_side else {
            return false;
        };
        let [client, server] = [client, client.other()].map(|side| &self.halves[side as usize]);
        match &self.facts.server {
            Some(hello) if hello.is_1_3() => client.data > 0,
            _ => client.is_through() && server.is_through(),
        }
    }

    fn tell(&mut self, piece: &Piece<'_>, sink: &mut dyn Sink) {
        if std::mem::replace(&mut self.told, true) {
            return;
        }
        let established = !self.facts.fatal
            && (self.is_established() || self.halves.iter().any(|half| half.data >= PATIENCE));
        let mut facts = std::mem::take(&mut self.facts);
        facts.established = established;
        let client = facts.client_side.unwrap_or(Side::Client);
        facts.chains = [client, client.other()].map(|side| self.half(side).chain.take());
        self.halves
            .iter_mut()
            .for_each(|half| half.messages = Assembly::default());
        if facts.client.is_some()
            || facts.server.is_some()
            || facts.chains.iter().any(Option::is_some)
        {
            event::emit(&facts, piece, sink);
        }
    }
}
