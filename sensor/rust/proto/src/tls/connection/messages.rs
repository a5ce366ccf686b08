//! What each handshake message adds to what is known.

use starwatch_stream::application::{Piece, Side, Sink};

use super::Connection;
use crate::tls::certificate::Chain;
use crate::tls::fault::{Fault, Kind};
use crate::tls::handshake::{kind, Message, Step};
use crate::tls::hello::{ClientHello, ServerHello};
use crate::tls::{codes, key_exchange};

impl Connection {
    pub(super) fn messages(&mut self, mut bytes: &[u8], piece: &Piece<'_>, sink: &mut dyn Sink) {
        let mut assembly = std::mem::take(&mut self.half(piece.side).messages);
        while let Some(step) = assembly.next(&mut bytes) {
            match step {
                Step::Message(message) => self.message(&message, piece, sink),
                Step::TooLarge(kind, length) => {
                    self.facts.incomplete = true;
                    let detail = format!("a message of type {kind} announces {length} bytes");
                    sink.anomaly(piece, Kind::HandshakeTooLarge.name(), &detail);
                }
            }
        }
        self.half(piece.side).messages = assembly;
    }

    fn message(&mut self, message: &Message<'_>, piece: &Piece<'_>, sink: &mut dyn Sink) {
        let body = &message.body[..];
        let from_server = self.facts.client_side == Some(piece.side.other());
        self.facts.full |= from_server && message.kind >= kind::CERTIFICATE;
        match message.kind {
            kind::CLIENT_HELLO => self.client_hello(ClientHello::read(body), piece, sink),
            kind::SERVER_HELLO => self.server_hello(ServerHello::read(body), piece, sink),
            kind::HELLO_RETRY_REQUEST => self.facts.retry = true,
            kind::CERTIFICATE => self.certificate(body, piece, sink),
            kind::SERVER_KEY_EXCHANGE => {
                let cipher = self.facts.server.as_ref().map_or(0, |hello| hello.cipher);
                self.facts.curve = key_exchange::group(cipher, body).or(self.facts.curve);
            }
            kind::CERTIFICATE_REQUEST => self.facts.certificate_requested = true,
            kind::NEW_SESSION_TICKET => self.facts.ticket = true,
            kind::CLIENT_KEY_EXCHANGE => self.half(piece.side).key_exchanged = true,
            _ => {}
        }
    }

    pub(super) fn client_hello(
        &mut self,
        hello: ClientHello,
        piece: &Piece<'_>,
        sink: &mut dyn Sink,
    ) {
        say(hello.fault, piece, sink);
        // Where nothing of the server was seen, its HelloRetryRequest was not either.
        let unanswered = self.half(piece.side.other()).layer.is_fresh();
        let facts = &mut *self.facts;
        match facts.client {
            None => {
                facts.client = Some(hello);
                facts.client_side = Some(piece.side);
            }
            Some(_) if facts.retry || unanswered => facts.retried = Some(hello),
            Some(_) => {
                let detail = "a second hello of the client that nobody asked for";
                sink.anomaly(piece, Kind::UnexpectedMessage.name(), detail);
            }
        }
    }

    fn server_hello(&mut self, hello: ServerHello, piece: &Piece<'_>, sink: &mut dyn Sink) {
        say(hello.fault, piece, sink);
        let facts = &mut *self.facts;
        facts.client_side.get_or_insert(piece.side.other());
        if hello.is_retry() {
            facts.retry = true;
            return;
        }
        let offered = facts.client.as_ref().map(ClientHello::offered);
        if offered.is_some_and(|offered| hello.is_downgraded(&offered)) {
            let detail = format!("the server chose {}", codes::offered(hello.version));
            sink.anomaly(piece, Kind::Downgrade.name(), &detail);
        }
        facts.resumed |= hello.takes_psk();
        facts.curve = hello.group.or(facts.curve);
        facts.server.get_or_insert(hello);
    }

    fn certificate(&mut self, body: &[u8], piece: &Piece<'_>, sink: &mut dyn Sink) {
        let chain = Chain::read(body);
        if let Some(chain) = &chain {
            say(chain.fault, piece, sink);
            if let Some(fault) = chain.leaf.fault {
                let detail = format!("{} at byte {}", fault.what, fault.at);
                sink.anomaly(piece, Kind::BadCertificate.name(), &detail);
            }
        }
        let half = self.half(piece.side);
        half.chain = half.chain.take().or(chain);
    }

    /// Bytes of a direction are lost: of a message under way only certificates say something in part.
    pub(super) fn cut(&mut self, side: Side) {
        let half = self.half(side);
        let Some(message) = half.messages.cut() else {
            return;
        };
        if message.kind == kind::CERTIFICATE && half.chain.is_none() {
            half.chain = Chain::read(&message.body);
        }
        self.facts.incomplete = true;
    }
}

fn say(fault: Option<Fault>, piece: &Piece<'_>, sink: &mut dyn Sink) {
    if let Some(fault) = fault {
        let detail = format!("{} at byte {} of the message", fault.what, fault.at);
        sink.anomaly(piece, Kind::MalformedHandshake.name(), &detail);
    }
}
