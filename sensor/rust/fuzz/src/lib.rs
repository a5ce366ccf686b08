//! What the fuzz targets share: a protocol's parser fed with a conversation, and packets fed to the wire layer.

use starwatch_proto::PROTOCOLS;
use starwatch_stream::application::{Expected, FileHead, Header, Piece, Protocol, Side, Sink};
use starwatch_stream::carve::Carving;
use starwatch_stream::json::Json;
use starwatch_wire::frames::Frame;
use starwatch_wire::ip::Address;
use starwatch_wire::layer::Layers;
use starwatch_wire::packet::{open, parse, Content};
use starwatch_wire::transport;

/// No parser may hold more for one flow.
const MOST_HELD: usize = 64 << 20;
/// A turn's first byte: from here on it is a gap, below it is a side (the lowest bit) and a length.
pub const GAP: u8 = 254;
/// Bytes of a turn.
pub const TURN: usize = (GAP as usize >> 1) - 1;
const MISSING: u64 = 9;

/// Writes every event, keeps none.
#[derive(Default)]
struct Sieve(Vec<u8>);

impl Sieve {
    fn write(&mut self, body: &mut dyn FnMut(&mut Json<'_>)) {
        self.0.clear();
        Json::new(&mut self.0).object(body);
    }
}

impl Sink for Sieve {
    fn event(&mut self, _: &Piece<'_>, _: &Header<'_>, body: &mut dyn FnMut(&mut Json<'_>)) {
        self.write(body);
    }

    fn anomaly(&mut self, _: &Piece<'_>, _: &'static str, _: &str) {}

    fn address(&self, side: Side) -> Address {
        [side as u8; 16]
    }

    fn carve(&mut self, head: &FileHead<'_>) -> Carving {
        Carving::new(head)
    }

    fn feed(&mut self, _: &mut Carving, _: &[u8]) {}

    fn carved(&mut self, _: &Piece<'_>, _: Carving, _: bool, body: &mut dyn FnMut(&mut Json<'_>)) {
        self.write(body);
    }

    fn handover(&mut self, _: &[u8]) {}

    fn expect(&mut self, _: Expected) {}
}

pub fn protocol(name: &str) -> &'static Protocol {
    let found = PROTOCOLS.iter().find(|protocol| protocol.name == name);
    found.expect("the protocol is listed")
}

fn piece(side: Side, bytes: &[u8]) -> Piece<'_> {
    Piece {
        time_ns: 0,
        packet: 1,
        side,
        ports: [1, 2],
        bytes,
    }
}

/// A stream of turns: a byte that says whose it is and how long, then what was said.
pub fn converse(name: &str, mut rest: &[u8]) {
    let protocol = protocol(name);
    let (mut parser, mut sink) = ((protocol.stream_parser)(), Sieve::default());
    while let Some((&turn, behind)) = rest.split_first() {
        let side = [Side::Client, Side::Server][usize::from(turn & 1)];
        if turn >= GAP {
            parser.gap(side, MISSING);
            rest = behind;
            continue;
        }
        let (said, behind) = behind.split_at(behind.len().min(usize::from(turn >> 1)));
        if let Some(recognise) = protocol.stream {
            recognise(&piece(side, said));
        }
        parser.data(&piece(side, said), &mut sink);
        assert!(parser.held() < MOST_HELD);
        rest = behind;
    }
    parser.end(&piece(Side::Client, b""), &mut sink);
}

/// One datagram of the client.
pub fn datagram(name: &str, bytes: &[u8]) {
    let protocol = protocol(name);
    if let Some(recognise) = protocol.datagram {
        recognise(&piece(Side::Client, bytes));
    }
    let mut sink = Sieve::default();
    (protocol.datagram_parser)().data(&piece(Side::Client, bytes), &mut sink);
}

/// One frame and everything in its tunnels.
pub fn frame(link: u32, bytes: &[u8]) {
    let frame = Frame {
        time_ns: 0,
        link,
        interface: 0,
        length: bytes.len() as u32,
        bytes,
    };
    let mut layers = Layers::default();
    let mut next = match parse(&frame, 1, &mut layers) {
        Content::Ip(packet) => Some(packet),
        Content::Other(_) | Content::Malformed(_) => None,
    };
    while let Some(mut packet) = next {
        transport::parse(&packet.ip, packet.ip.payload, packet.ip.announced);
        next = open(&mut packet, &mut layers);
    }
}
