//! A sink that keeps what it is told, a maker of DNS messages, and short ways to feed a parser.

#![allow(dead_code)] // each test file uses its part

use starwatch_proto::PROTOCOLS;
use std::collections::HashMap;

use starwatch_stream::application::{
    Expected, FileHead, Header, Piece, Protocol, Recognition, Side, Sink,
};
use starwatch_stream::carve::Carving;
use starwatch_stream::json::Json;

#[derive(Debug, Default, PartialEq, Eq)]
pub struct Kept {
    pub events: Vec<Event>,
    pub anomalies: Vec<(&'static str, String)>,
    pub files: Vec<File>,
    /// What was left over at each handover.
    pub handed: Vec<Vec<u8>>,
    /// Who listens on which port, of each connection expected.
    pub expected: Vec<(Side, u16)>,
    /// Content of files not over yet, by name.
    feeding: HashMap<Vec<u8>, Vec<u8>>,
}

/// A carved file as the sink got it.
#[derive(Debug, PartialEq, Eq)]
pub struct File {
    pub name: String,
    pub declared: String,
    pub content: Vec<u8>,
    pub missing: u64,
    pub offset: u64,
    pub complete: bool,
    pub sender: Side,
    pub json: String,
}

#[derive(Debug, PartialEq, Eq)]
pub struct Event {
    pub dataset: &'static str,
    pub side: Side,
    pub json: String,
    pub outcome: Option<&'static str>,
    pub hosts: Vec<String>,
    pub addresses: Vec<String>,
}

impl Sink for Kept {
    fn event(
        &mut self,
        piece: &Piece<'_>,
        header: &Header<'_>,
        body: &mut dyn FnMut(&mut Json<'_>),
    ) {
        let mut out = Vec::new();
        Json::new(&mut out).object(body);
        self.events.push(Event {
            dataset: header.dataset,
            side: piece.side,
            json: String::from_utf8(out).unwrap(),
            outcome: header.outcome,
            hosts: header
                .hosts
                .iter()
                .map(|host| String::from_utf8_lossy(host).into_owned())
                .collect(),
            addresses: header
                .addresses
                .iter()
                .map(|address| (*address).to_owned())
                .collect(),
        });
    }

    fn anomaly(&mut self, _piece: &Piece<'_>, kind: &'static str, detail: &str) {
        self.anomalies.push((kind, detail.to_owned()));
    }

    fn address(&self, side: Side) -> [u8; 16] {
        let last = match side {
            Side::Client => 1,
            Side::Server => 2,
        };
        [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 10, 0, 0, last]
    }

    fn carve(&mut self, head: &FileHead<'_>) -> Carving {
        self.feeding.insert(head.name.to_vec(), Vec::new());
        Carving::new(head)
    }

    fn feed(&mut self, carving: &mut Carving, bytes: &[u8]) {
        let content = self.feeding.entry(carving.name.clone()).or_default();
        content.extend_from_slice(bytes);
    }

    fn carved(
        &mut self,
        _piece: &Piece<'_>,
        carving: Carving,
        complete: bool,
        body: &mut dyn FnMut(&mut Json<'_>),
    ) {
        let mut out = Vec::new();
        Json::new(&mut out).object(body);
        self.files.push(File {
            content: self.feeding.remove(&carving.name).unwrap_or_default(),
            name: String::from_utf8_lossy(&carving.name).into_owned(),
            declared: String::from_utf8_lossy(&carving.declared).into_owned(),
            missing: carving.missing,
            offset: carving.offset,
            complete,
            sender: carving.sender,
            json: String::from_utf8(out).unwrap(),
        });
    }

    fn handover(&mut self, rest: &[u8]) {
        self.handed.push(rest.to_vec());
    }

    fn expect(&mut self, expected: Expected) {
        self.expected.push((expected.listener, expected.port));
    }
}

impl Kept {
    pub fn kinds(&self) -> Vec<&'static str> {
        self.anomalies.iter().map(|(kind, _)| *kind).collect()
    }
}

pub fn dns() -> &'static Protocol {
    PROTOCOLS
        .iter()
        .find(|protocol| protocol.name == "dns")
        .unwrap()
}

pub fn piece(side: Side, bytes: &[u8]) -> Piece<'_> {
    let ports = match side {
        Side::Client => [40_000, 53],
        Side::Server => [53, 40_000],
    };
    Piece {
        time_ns: 1,
        packet: 1,
        side,
        ports,
        bytes,
    }
}

pub fn datagram(bytes: &[u8]) -> Kept {
    let mut kept = Kept::default();
    (dns().datagram_parser)().data(&piece(Side::Server, bytes), &mut kept);
    kept
}

pub fn recognise_datagram(side: Side, bytes: &[u8]) -> Recognition {
    dns().datagram.unwrap()(&piece(side, bytes))
}

pub fn recognise_stream(side: Side, bytes: &[u8]) -> Recognition {
    dns().stream.unwrap()(&piece(side, bytes))
}

/// Feed the server's side of one connection piece by piece; an `Err` is a gap of that many bytes.
pub fn stream(pieces: &[Result<&[u8], u64>]) -> Kept {
    let mut kept = Kept::default();
    let mut parser = (dns().stream_parser)();
    for each in pieces {
        match each {
            Ok(bytes) => parser.data(&piece(Side::Server, bytes), &mut kept),
            Err(missing) => parser.gap(Side::Server, *missing),
        }
    }
    kept
}

pub fn framed(message: &[u8]) -> Vec<u8> {
    let mut out = (message.len() as u16).to_be_bytes().to_vec();
    out.extend_from_slice(message);
    out
}

/// `www.example` to wire form; no escapes.
pub fn name(text: &str) -> Vec<u8> {
    let mut wire = Vec::new();
    for label in text.split('.').filter(|label| !label.is_empty()) {
        wire.push(label.len() as u8);
        wire.extend_from_slice(label.as_bytes());
    }
    wire.push(0);
    wire
}

pub fn question(text: &str, kind: u16) -> Vec<u8> {
    [name(text), kind.to_be_bytes().into(), vec![0, 1]].concat()
}

/// A record whose owner is the first question's name.
pub fn record(kind: u16, class: u16, ttl: u32, data: &[u8]) -> Vec<u8> {
    [
        &[0xc0, 12][..],
        &kind.to_be_bytes(),
        &class.to_be_bytes(),
        &ttl.to_be_bytes(),
        &(data.len() as u16).to_be_bytes(),
        data,
    ]
    .concat()
}

/// A message from its sections; the counts are those of the sections.
pub fn message(flags: u16, sections: [&[Vec<u8>]; 4]) -> Vec<u8> {
    let mut out = 0x1234u16.to_be_bytes().to_vec();
    out.extend_from_slice(&flags.to_be_bytes());
    for section in sections {
        out.extend_from_slice(&(section.len() as u16).to_be_bytes());
    }
    out.extend(sections.concat().concat());
    out
}

pub const QUERY: u16 = 0x0100;
pub const ANSWER: u16 = 0x8180;

pub fn query(text: &str) -> Vec<u8> {
    message(QUERY, [&[question(text, 1)], &[], &[], &[]])
}

pub fn answer(text: &str, records: &[Vec<u8>]) -> Vec<u8> {
    message(ANSWER, [&[question(text, 1)], records, &[], &[]])
}
