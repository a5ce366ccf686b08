//! HTTP conversations written as scripts, and their events as JSON.

#![allow(dead_code)] // each test file uses its part

use std::io::Write;

use flate2::write::{DeflateEncoder, GzEncoder, ZlibEncoder};
use flate2::Compression;
use serde_json::Value;
use starwatch_proto::PROTOCOLS;
use starwatch_stream::application::{Parser, Protocol, Recognition, Side};

use crate::common::{piece, File, Kept};

pub fn http() -> &'static Protocol {
    PROTOCOLS
        .iter()
        .find(|protocol| protocol.name == "http")
        .unwrap()
}

pub fn recognise(side: Side, bytes: &[u8]) -> Recognition {
    http().stream.unwrap()(&piece(side, bytes))
}

/// One step of a conversation.
#[derive(Clone, Debug)]
pub enum Step {
    Client(Vec<u8>),
    Server(Vec<u8>),
    Gap(Side, u64),
}

pub fn client(bytes: impl AsRef<[u8]>) -> Step {
    Step::Client(bytes.as_ref().to_vec())
}

pub fn server(bytes: impl AsRef<[u8]>) -> Step {
    Step::Server(bytes.as_ref().to_vec())
}

pub fn get(path: &str) -> Step {
    client(format!("GET {path} HTTP/1.1\r\nHost: a.example\r\n\r\n"))
}

/// A response with these header lines and this body; its length is added.
pub fn answer(headers: &str, body: impl AsRef<[u8]>) -> Step {
    let length = body.as_ref().len();
    let head = format!("HTTP/1.1 200 OK\r\n{headers}Content-Length: {length}\r\n\r\n");
    server([head.as_bytes(), body.as_ref()].concat())
}

pub fn run(parser: &mut dyn Parser, steps: &[Step], kept: &mut Kept) {
    for step in steps {
        match step {
            Step::Client(bytes) => parser.data(&piece(Side::Client, bytes), kept),
            Step::Server(bytes) => parser.data(&piece(Side::Server, bytes), kept),
            Step::Gap(side, missing) => parser.gap(*side, *missing),
        }
    }
}

/// A whole connection.
pub fn talk(steps: &[Step]) -> Kept {
    let mut kept = Kept::default();
    let mut parser = (http().stream_parser)();
    run(parser.as_mut(), steps, &mut kept);
    parser.end(&piece(Side::Client, b""), &mut kept);
    kept
}

pub fn event(kept: &Kept, at: usize) -> Value {
    serde_json::from_str(&kept.events[at].json).unwrap()
}

/// The value at `path` of every event, as text.
pub fn column(kept: &Kept, path: &str) -> Vec<String> {
    (0..kept.events.len())
        .map(|at| {
            event(kept, at)
                .pointer(path)
                .map_or(String::new(), |value| match value {
                    Value::String(text) => text.clone(),
                    other => other.to_string(),
                })
        })
        .collect()
}

/// (target, status) of every event.
pub fn pairs(kept: &Kept) -> Vec<String> {
    let targets = column(kept, "/url/original");
    let statuses = column(kept, "/http/response/status_code");
    let pair = |(target, status)| format!("{target} {status}");
    targets.into_iter().zip(statuses).map(pair).collect()
}

/// The only file.
pub fn file(kept: &Kept) -> &File {
    assert_eq!(kept.files.len(), 1, "{:?}", kept.files);
    &kept.files[0]
}

pub fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

pub fn zlib(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

pub fn deflate(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

pub fn chunked(bytes: &[u8], size: usize) -> Vec<u8> {
    let mut out = Vec::new();
    for chunk in bytes.chunks(size) {
        out.extend_from_slice(format!("{:x}\r\n", chunk.len()).as_bytes());
        out.extend_from_slice(chunk);
        out.extend_from_slice(b"\r\n");
    }
    out.extend_from_slice(b"0\r\n\r\n");
    out
}
