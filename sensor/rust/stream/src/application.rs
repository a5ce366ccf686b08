//! What an application protocol is to the stream layer: recognised by content, fed in order, free to speak events.

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
    /// For `related.hosts`.
    pub hosts: &'a [&'a [u8]],
    /// For `related.ip`, besides the flow's own addresses; text form.
    pub addresses: &'a [&'a str],
}

/// Where a parser's events and anomalies go; knows the flow they belong to.
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
}

/// The state of one flow's application protocol. Never panics on any bytes, never keeps more than it says in `held`.
pub trait Parser: Send {
    fn data(&mut self, piece: &Piece<'_>, sink: &mut dyn Sink);
    /// `missing` bytes of this side were never seen; the next `data` of the side comes after them.
    fn gap(&mut self, side: Side, missing: u64);
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
