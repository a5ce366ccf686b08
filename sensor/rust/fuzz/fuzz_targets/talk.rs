//! A conversation of SMTP, FTP, TLS or SOCKS: the first byte chooses the protocol, each next one a side and a length.
#![no_main]

use libfuzzer_sys::fuzz_target;
use starwatch_proto::PROTOCOLS;
use starwatch_stream::application::{Expected, FileHead, Header, Piece, Side, Sink};
use starwatch_stream::carve::Carving;
use starwatch_stream::json::Json;
use starwatch_wire::ip::Address;

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

fuzz_target!(|bytes: &[u8]| {
    let Some((choice, mut rest)) = bytes.split_first() else {
        return;
    };
    let name = ["smtp", "ftp", "tls", "socks"][usize::from(choice & 3)];
    let protocol = PROTOCOLS.iter().find(|each| each.name == name).expect("it is listed");
    let (mut parser, mut sink) = ((protocol.stream_parser)(), Sieve::default());
    let piece = |side, bytes| Piece { time_ns: 0, packet: 1, side, ports: [1, 2], bytes };
    while let Some((&turn, behind)) = rest.split_first() {
        let side = [Side::Client, Side::Server][usize::from(turn & 1)];
        let (said, behind) = behind.split_at(behind.len().min(usize::from(turn >> 1)));
        rest = behind;
        match turn {
            254.. => parser.gap(side, 9),
            _ => parser.data(&piece(side, said), &mut sink),
        }
        assert!(parser.held() < 64 << 20);
    }
    parser.end(&piece(Side::Client, b""), &mut sink);
});
