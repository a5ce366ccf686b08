//! A conversation over HTTP: the first byte of each run of 1 to 127 bytes says whose they are and how many.
#![no_main]

use libfuzzer_sys::fuzz_target;
use starwatch_proto::http::PROTOCOL;
use starwatch_stream::application::{Expected, FileHead, Header, Piece, Side, Sink};
use starwatch_stream::carve::Carving;
use starwatch_stream::json::Json;
use starwatch_wire::ip::Address;

/// Writes every event and forgets it.
struct Void;

impl Sink for Void {
    fn event(&mut self, _: &Piece<'_>, _: &Header<'_>, body: &mut dyn FnMut(&mut Json<'_>)) {
        let mut out = Vec::new();
        Json::new(&mut out).object(body);
    }

    fn anomaly(&mut self, _: &Piece<'_>, _: &'static str, _: &str) {}

    fn address(&self, _: Side) -> Address {
        Address::default()
    }

    fn carve(&mut self, head: &FileHead<'_>) -> Carving {
        Carving::new(head)
    }

    fn feed(&mut self, _: &mut Carving, _: &[u8]) {}

    fn carved(&mut self, piece: &Piece<'_>, _: Carving, _: bool, body: &mut dyn FnMut(&mut Json<'_>)) {
        self.event(piece, &Header::default(), body);
    }

    fn handover(&mut self, _: &[u8]) {}

    fn expect(&mut self, _: Expected) {}
}

fuzz_target!(|bytes: &[u8]| {
    let mut parser = (PROTOCOL.stream_parser)();
    let mut rest = bytes;
    while let Some((choice, after)) = rest.split_first() {
        let side = if choice & 1 == 0 { Side::Client } else { Side::Server };
        let (now, later) = after.split_at(after.len().min(usize::from(choice >> 1).max(1)));
        let piece = Piece { time_ns: 0, packet: 1, side, ports: [0; 2], bytes: now };
        parser.data(&piece, &mut Void);
        rest = later;
    }
    let end = Piece { time_ns: 0, packet: 1, side: Side::Client, ports: [0; 2], bytes: b"" };
    parser.end(&end, &mut Void);
});
