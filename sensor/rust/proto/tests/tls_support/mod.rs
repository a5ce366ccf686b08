//! Makers of TLS records, messages and hellos, and a connection that is fed from both sides.

#![allow(dead_code)] // each test file uses its part

use serde_json::Value;
use starwatch_proto::PROTOCOLS;
use starwatch_stream::application::{Parser, Piece, Protocol, Recognition, Side};

use crate::common::{piece, Kept};

/// Made for these tests: P-256, self-signed, valid in 1965 to 1969.
pub const LEAF: &[u8] = include_bytes!("leaf.der");

pub const CHANGE: u8 = 20;
pub const ALERT: u8 = 21;
pub const HANDSHAKE: u8 = 22;
pub const DATA: u8 = 23;
pub const HEARTBEAT: u8 = 24;

pub fn tls() -> &'static Protocol {
    PROTOCOLS
        .iter()
        .find(|protocol| protocol.name == "tls")
        .unwrap()
}

pub fn recognise(side: Side, bytes: &[u8]) -> Recognition {
    tls().stream.unwrap()(&piece(side, bytes))
}

pub fn record(content: u8, body: &[u8]) -> Vec<u8> {
    [
        &[content, 3, 3][..],
        &(body.len() as u16).to_be_bytes(),
        body,
    ]
    .concat()
}

pub fn message(kind: u8, body: &[u8]) -> Vec<u8> {
    [&[kind][..], &long(body)].concat()
}

/// One message in one record.
pub fn handshake(kind: u8, body: &[u8]) -> Vec<u8> {
    record(HANDSHAKE, &message(kind, body))
}

pub fn change() -> Vec<u8> {
    record(CHANGE, &[1])
}

/// An encrypted Finished, as AES-GCM's explicit nonce makes it look.
pub fn finished() -> Vec<u8> {
    record(
        HANDSHAKE,
        &[[0; 8], [0xaa; 8], [0xbb; 8], [0xcc; 8], [0xdd; 8]].concat(),
    )
}

pub fn data() -> Vec<u8> {
    record(DATA, &[0x5a; 80])
}

/// Behind a length of one, two or three bytes.
pub fn byte(body: &[u8]) -> Vec<u8> {
    [&[body.len() as u8][..], body].concat()
}

pub fn short(body: &[u8]) -> Vec<u8> {
    [&(body.len() as u16).to_be_bytes()[..], body].concat()
}

pub fn long(body: &[u8]) -> Vec<u8> {
    [&(body.len() as u32).to_be_bytes()[1..], body].concat()
}

pub fn numbers(list: &[u16]) -> Vec<u8> {
    list.iter()
        .flat_map(|number| number.to_be_bytes())
        .collect()
}

pub fn extension(kind: u16, body: &[u8]) -> Vec<u8> {
    [numbers(&[kind]), short(body)].concat()
}

pub fn server_name(name: &str) -> Vec<u8> {
    extension(0, &short(&[&[0][..], &short(name.as_bytes())].concat()))
}

pub fn versions(list: &[u16]) -> Vec<u8> {
    extension(43, &byte(&numbers(list)))
}

pub fn alpn(names: &[&str]) -> Vec<u8> {
    let list: Vec<u8> = names
        .iter()
        .flat_map(|name| byte(name.as_bytes()))
        .collect();
    extension(16, &short(&list))
}

pub fn hello_body(ciphers: &[u16], extensions: &[Vec<u8>]) -> Vec<u8> {
    [
        &[3, 3][..],
        &[7; 32],
        &byte(&[9; 32]),
        &short(&numbers(ciphers)),
        &byte(&[0]),
        &short(&extensions.concat()),
    ]
    .concat()
}

/// A client of TLS 1.2 and 1.3 with some GREASE.
pub fn client_hello() -> Vec<u8> {
    let extensions = [
        extension(0x0a0a, &[]),
        server_name("WWW.Example"),
        extension(10, &short(&numbers(&[0x1a1a, 29, 23]))),
        extension(11, &byte(&[0])),
        extension(13, &short(&numbers(&[0x0403, 0x0804]))),
        alpn(&["h2", "http/1.1"]),
        versions(&[0x2a2a, 0x0304, 0x0303]),
    ];
    handshake(1, &hello_body(&[0x3a3a, 0x1301, 0xc02f], &extensions))
}

/// A client of TLS 1.2 alone.
pub fn old_client_hello() -> Vec<u8> {
    handshake(1, &hello_body(&[0xc02f], &[server_name("www.example")]))
}

pub fn server_hello_of(random: &[u8; 32], cipher: u16, extensions: &[Vec<u8>]) -> Vec<u8> {
    let body = [
        &[3, 3][..],
        random,
        &byte(&[9; 32]),
        &numbers(&[cipher]),
        &[0],
        &short(&extensions.concat()),
    ];
    handshake(2, &body.concat())
}

pub fn server_hello() -> Vec<u8> {
    server_hello_of(&[8; 32], 0xc02f, &[alpn(&["h2"])])
}

pub fn server_hello_13() -> Vec<u8> {
    let share = extension(51, &[numbers(&[29]), short(&[1; 32])].concat());
    server_hello_of(&[8; 32], 0x1301, &[extension(43, &[3, 4]), share])
}

/// RFC 8446 4.1.3.
pub fn retry() -> Vec<u8> {
    const RANDOM: [u8; 32] = [
        0xcf, 0x21, 0xad, 0x74, 0xe5, 0x9a, 0x61, 0x11, 0xbe, 0x1d, 0x8c, 0x02, 0x1e, 0x65, 0xb8,
        0x91, 0xc2, 0xa2, 0x11, 0x16, 0x7a, 0xbb, 0x8c, 0x5e, 0x07, 0x9e, 0x09, 0xe2, 0xc8, 0xa8,
        0x33, 0x9c,
    ];
    let chosen = [extension(43, &[3, 4]), extension(51, &[0, 23])];
    server_hello_of(&RANDOM, 0x1301, &chosen)
}

pub fn certificate() -> Vec<u8> {
    handshake(11, &chain(&[LEAF, LEAF]))
}

pub fn chain(certificates: &[&[u8]]) -> Vec<u8> {
    let list: Vec<u8> = certificates.iter().flat_map(|each| long(each)).collect();
    long(&list)
}

/// ECDHE over x25519.
pub fn key_exchange() -> Vec<u8> {
    handshake(12, &[&[3, 0, 29][..], &byte(&[4; 32])].concat())
}

pub fn done() -> Vec<u8> {
    handshake(14, &[])
}

pub fn client_key_exchange() -> Vec<u8> {
    handshake(16, &byte(&[4; 32]))
}

pub type Part = (Side, Vec<u8>);

pub fn client(parts: &[Vec<u8>]) -> Part {
    (Side::Client, parts.concat())
}

pub fn server(parts: &[Vec<u8>]) -> Part {
    (Side::Server, parts.concat())
}

/// A whole handshake of TLS 1.2.
pub fn full_handshake() -> Vec<Part> {
    vec![
        client(&[client_hello()]),
        server(&[server_hello(), certificate(), key_exchange(), done()]),
        client(&[client_key_exchange(), change(), finished()]),
        server(&[handshake(4, &[0, 0, 0, 9, 0, 0]), change(), finished()]),
    ]
}

/// A whole handshake of TLS 1.3.
pub fn handshake_13() -> Vec<Part> {
    vec![
        client(&[client_hello()]),
        server(&[server_hello_13(), change(), data(), data()]),
        client(&[change(), data()]),
    ]
}

pub struct Talk {
    parser: Box<dyn Parser>,
    pub kept: Kept,
}

impl Default for Talk {
    fn default() -> Self {
        Self {
            parser: (tls().stream_parser)(),
            kept: Kept::default(),
        }
    }
}

impl Talk {
    pub fn say(&mut self, side: Side, bytes: &[u8]) -> &mut Self {
        self.parser.data(&piece(side, bytes), &mut self.kept);
        self
    }

    pub fn gap(&mut self, side: Side, missing: u64) -> &mut Self {
        self.parser.gap(side, missing);
        self
    }

    pub fn end(&mut self) -> &mut Self {
        let moment = Piece {
            bytes: &[],
            ..piece(Side::Client, &[])
        };
        self.parser.end(&moment, &mut self.kept);
        self
    }

    pub fn held(&self) -> usize {
        self.parser.held()
    }

    /// The only event's `tls`.
    pub fn told(&self) -> Value {
        assert_eq!(self.kept.events.len(), 1, "{:?}", self.kept.events);
        let event: Value = serde_json::from_str(&self.kept.events[0].json).unwrap();
        event["tls"].clone()
    }
}

/// A conversation in pieces of at most `size` bytes.
pub fn talk(parts: &[Part], size: usize) -> Talk {
    let mut talk = Talk::default();
    for (side, bytes) in parts {
        for piece in bytes.chunks(size) {
            talk.say(*side, piece);
        }
    }
    talk
}

pub fn whole(parts: &[Part]) -> Talk {
    talk(parts, usize::MAX)
}
