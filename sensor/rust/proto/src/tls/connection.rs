//! What a connection has come to, read from both directions, and the moment it is told.

use starwatch_stream::application::{Parser, Piece, Side, Sink};

use super::certificate::Chain;
use super::fault::{Fault, Kind};
use super::handshake::{self, kind, Assembly, Message};
use super::hello::{ClientHello, ServerHello};
use super::record::{Content, Fragment, Header, Layer};
use super::{codes, event, key_exchange, sslv2};

/// Records of application data after which nobody waits for a missing other side any longer.
const PATIENCE: u32 = 16;

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

/// What the connection's event is made of.
#[derive(Debug, Default)]
pub struct Facts {
    pub client: Option<ClientHello>,
    pub server: Option<ServerHello>,
    /// The client's second hello.
    pub retried: Option<ClientHello>,
    pub retry: bool,
    /// Which side of the flow spoke as client of TLS.
    pub client_side: Option<Side>,
    pub curve: Option<u16>,
    pub alerts: Vec<u8>,
    pub ticket: bool,
    pub certificate_requested: bool,
    pub established: bool,
    pub resumed: bool,
    pub incomplete: bool,
    fatal: bool,
    /// The server has said more than its hello: no abbreviated handshake.
    full: bool,
    /// Certificates of the client, of the server.
    pub chains: [Option<Chain>; 2],
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
                super::record::Step::Fragment(fragment) => self.fragment(&fragment, piece, sink),
                super::record::Step::Malformed(head) => malformed(&head, piece, sink),
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

    fn fragment(&mut self, fragment: &Fragment<'_>, piece: &Piece<'_>, sink: &mut dyn Sink) {
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

    fn messages(&mut self, mut bytes: &[u8], piece: &Piece<'_>, sink: &mut dyn Sink) {
        let mut assembly = std::mem::take(&mut self.half(piece.side).messages);
        while let Some(step) = assembly.next(&mut bytes) {
            match step {
                handshake::Step::Message(message) => self.message(&message, piece, sink),
                handshake::Step::TooLarge(kind, length) => {
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

    fn client_hello(&mut self, hello: ClientHello, piece: &Piece<'_>, sink: &mut dyn Sink) {
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
    fn cut(&mut self, side: Side) {
        let half = self.half(side);
        let Some(message) = half.messages.cut() else {
            return;
        };
        if message.kind == kind::CERTIFICATE && half.chain.is_none() {
            half.chain = Chain::read(&message.body);
        }
        self.facts.incomplete = true;
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

impl Facts {
    fn held(&self) -> usize {
        let clients = [&self.client, &self.retried].into_iter().flatten();
        let hellos: usize = clients.map(ClientHello::held).sum();
        hellos + self.server.as_ref().map_or(0, ServerHello::held) + self.alerts.capacity()
    }
}

fn say(fault: Option<Fault>, piece: &Piece<'_>, sink: &mut dyn Sink) {
    if let Some(fault) = fault {
        let detail = format!("{} at byte {} of the message", fault.what, fault.at);
        sink.anomaly(piece, Kind::MalformedHandshake.name(), &detail);
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
