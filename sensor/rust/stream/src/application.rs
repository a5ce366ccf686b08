//! What an application protocol is to the stream layer: recognised by content, fed in order, free to speak events.

use starwatch_wire::ip::Address;

use crate::carve::Carving;
use crate::json::Json;

/// Who sent the bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    Client,
    Server,
}

impl Side {
    pub fn other(self) -> Self {
        match self {
            Side::Client => Side::Server,
            Side::Server => Side::Client,
        }
    }
}

/// A run of application bytes: one datagram, or the next bytes of a stream.
#[derive(Clone, Copy, Debug)]
pub struct Piece<'a> {
    pub time_ns: i64,
    /// Number of the packet in the capture, from 1.
    pub packet: u64,
    pub side: Side,
    /// Transport ports: the sender's, the receiver's. A hint between look-alikes (mDNS, DNS), never what makes a protocol.
    pub ports: [u16; 2],
    pub bytes: &'a [u8],
}

/// Whether the first bytes of a flow belong to a protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Recognition {
    Yes,
    /// Yes, and client and server are the other way round: an answer before its question. The flow is turned round,
    /// unless its start was seen (a TCP handshake outweighs content).
    Reversed,
    No,
    /// Cannot be told yet: ask again with more bytes of the stream.
    More,
}

/// The ECS frame around a protocol's own namespace.
#[derive(Clone, Copy, Debug, Default)]
pub struct Header<'a> {
    /// Without the `starwatch.` prefix.
    pub dataset: &'static str,
    pub categories: &'a [&'static str],
    pub types: &'a [&'static str],
    pub outcome: Option<&'static str>,
    /// For `destination.domain`: the name the client asked this server by.
    pub domain: Option<&'a [u8]>,
    /// For `related.hosts`.
    pub hosts: &'a [&'a [u8]],
    /// For `related.ip`, besides the flow's own addresses; text form.
    pub addresses: &'a [&'a str],
}

/// A file as its parser announces it. What a protocol does not say is empty.
#[derive(Clone, Copy, Debug)]
pub struct FileHead<'a> {
    pub name: &'a [u8],
    /// Content type the sender declares.
    pub declared: &'a [u8],
    /// Size the sender announces.
    pub announced: Option<u64>,
    /// Place of the first byte in the whole file: a range of HTTP, a restarted transfer of FTP.
    pub offset: u64,
    pub sender: Side,
}

/// A second connection that this one has agreed on: an FTP data channel.
pub struct Expected {
    /// Who will listen, and on which port; the address is the listener's own, or the one that was named.
    pub listener: Side,
    pub address: Option<Address>,
    pub port: u16,
    pub protocol: &'static Protocol,
    /// Already knows what the transfer is about.
    pub parser: Box<dyn Parser>,
}

/// Where a parser's events, anomalies and files go; knows the flow they belong to.
pub trait Sink {
    /// One event. `body` writes the protocol's own top-level members (`"dns":{…}`).
    fn event(
        &mut self,
        piece: &Piece<'_>,
        header: &Header<'_>,
        body: &mut dyn FnMut(&mut Json<'_>),
    );
    /// One malformation; repeated kinds of one flow are counted, not repeated.
    fn anomaly(&mut self, piece: &Piece<'_>, kind: &'static str, detail: &str);
    /// The flow's address of a side.
    fn address(&self, side: Side) -> Address;
    /// Whether both sides have closed the stream and nothing can follow: an end in order, not one of time or memory.
    fn closed(&self) -> bool {
        false
    }
    /// A file begins; the parser keeps what is answered and feeds it.
    fn carve(&mut self, head: &FileHead<'_>) -> Carving;
    /// Next bytes of a file, decoded as a receiver would have them.
    fn feed(&mut self, carving: &mut Carving, bytes: &[u8]);
    /// The file is over: hashes, type and size become a `file` event, its content goes to the vault.
    /// `complete`: the protocol said so. `body` writes top-level members besides `file` (`"url":{…}`).
    fn carved(
        &mut self,
        piece: &Piece<'_>,
        carving: Carving,
        complete: bool,
        body: &mut dyn FnMut(&mut Json<'_>),
    );
    /// From `rest` (what the parser did not use of this piece) on both sides speak another protocol: what follows an
    /// HTTP CONNECT, a SOCKS reply, STARTTLS. Recognition begins anew; this parser sees nothing more.
    fn handover(&mut self, rest: &[u8]);
    /// Another connection of the same two hosts will carry what was agreed here.
    fn expect(&mut self, expected: Expected);
}

/// The state of one flow's application protocol. Never panics on any bytes, never keeps more than it says in `held`.
pub trait Parser: Send {
    fn data(&mut self, piece: &Piece<'_>, sink: &mut dyn Sink);
    /// `missing` bytes of this side were never seen; the next `data` of the side comes after them.
    fn gap(&mut self, side: Side, missing: u64);
    /// The flow is over: say what is still half said. `piece` has no bytes, only the moment.
    fn end(&mut self, _piece: &Piece<'_>, _sink: &mut dyn Sink) {}
    /// Bytes of memory the parser holds now, for the flow table's budget.
    fn held(&self) -> usize {
        0
    }
}

/// One protocol's entry in the list of those the sensor knows.
pub struct Protocol {
    /// Value of `network.protocol`.
    pub name: &'static str,
    /// For UDP: is this datagram mine? None: not spoken over datagrams.
    pub datagram: Option<fn(&Piece<'_>) -> Recognition>,
    /// For TCP: are these first bytes of one side mine?
    pub stream: Option<fn(&Piece<'_>) -> Recognition>,
    pub datagram_parser: fn() -> Box<dyn Parser>,
    pub stream_parser: fn() -> Box<dyn Parser>,
    /// Every anomaly kind its parsers can name (events/anomalies.toml, layer application).
    pub anomalies: &'static [&'static str],
}
