//! Packets made by hand, an engine to feed them to, and a protocol that writes down all it is given.
#![allow(dead_code)]

use std::sync::Arc;

use serde_json::Value;
use starwatch_stream::application::{Parser, Piece, Protocol, Recognition, Side, Sink};
use starwatch_stream::engine::{Engine, Events, Settings};
use starwatch_stream::platform::Platforms;
use starwatch_wire::checksum;
use starwatch_wire::frames::{Entry, Frames, Interface, Pool};
use starwatch_wire::ip::mapped;

pub const SECOND: i64 = 1_000_000_000;
pub const CLIENT: [u8; 4] = [10, 0, 0, 1];
pub const SERVER: [u8; 4] = [10, 0, 0, 2];
pub const ETHERNET: u32 = 1;

pub mod flags {
    pub const FIN: u8 = 1;
    pub const SYN: u8 = 2;
    pub const RST: u8 = 4;
    pub const PSH: u8 = 8;
    pub const ACK: u8 = 16;
}

/// Takes every stream and datagram, and writes each piece and gap as an event.
pub static RECORDER: &[Protocol] = &[Protocol {
    name: "recorder",
    datagram: Some(|_| Recognition::Yes),
    stream: Some(|_| Recognition::Yes),
    datagram_parser: || Box::new(Recorder),
    stream_parser: || Box::new(Recorder),
    anomalies: &["recorder_marked"],
}];

struct Recorder;

impl Parser for Recorder {
    fn data(&mut self, piece: &Piece<'_>, sink: &mut dyn Sink) {
        let text: String = piece
            .bytes
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        let side = if piece.side == Side::Client {
            "client"
        } else {
            "server"
        };
        sink.event(
            piece,
            &starwatch_stream::application::Header {
                dataset: "recorder",
                ..Default::default()
            },
            &mut |json| {
                json.key("recorder").object(|json| {
                    json.member("side", side);
                    json.member("bytes", &text);
                });
            },
        );
        if piece.bytes.starts_with(b"MARK") {
            sink.anomaly(piece, "recorder_marked", "it said so");
        }
    }

    fn gap(&mut self, _: Side, _: u64) {}
}

pub fn settings() -> Settings {
    Settings {
        sensor: "s".into(),
        epoch: "e".into(),
        interface: String::new(),
        threads: 1,
        memory: 64 << 20,
        first_sequence: 0,
        platforms: Platforms::default(),
        protocols: RECORDER,
        file_max: 64 << 20,
    }
}

/// Ethernet frames with their times, as a batch.
pub fn batch(frames: &[(i64, Vec<u8>)]) -> Frames {
    batch_of(ETHERNET, frames)
}

pub fn batch_of(link: u32, frames: &[(i64, Vec<u8>)]) -> Frames {
    let mut data = Vec::new();
    let mut entries = Vec::new();
    for (time_ns, bytes) in frames {
        entries.push(Entry {
            time_ns: *time_ns,
            offset: data.len() as u32,
            captured: bytes.len() as u32,
            length: bytes.len() as u32,
            interface: 0,
        });
        data.extend_from_slice(bytes);
    }
    Frames {
        data,
        entries,
        interfaces: Arc::from([Interface { link, name: None }]),
        damage: Vec::new(),
        pool: Pool::default(),
    }
}

pub fn parse(events: &Events) -> Vec<Value> {
    let lines = events
        .ndjson
        .split(|&byte| byte == b'\n')
        .filter(|line| !line.is_empty());
    lines
        .map(|line| serde_json::from_slice(line).expect("every line is JSON"))
        .collect()
}

/// All events of frames given at once.
pub fn events_with(settings: Settings, frames: &[(i64, Vec<u8>)]) -> Vec<Value> {
    let mut engine = Engine::new(settings);
    let mut events = parse(&engine.decode(&batch(frames)));
    events.extend(parse(&engine.finish()));
    events
}

pub fn events(frames: &[(i64, Vec<u8>)]) -> Vec<Value> {
    events_with(settings(), frames)
}

pub fn of<'a>(events: &'a [Value], dataset: &str) -> Vec<&'a Value> {
    let dataset = format!("starwatch.{dataset}");
    events
        .iter()
        .filter(|event| event["event"]["dataset"] == dataset.as_str())
        .collect()
}

pub fn kinds(events: &[Value]) -> Vec<String> {
    of(events, "anomaly")
        .iter()
        .map(|event| {
            event["anomaly"]["kind"]
                .as_str()
                .unwrap_or_default()
                .to_owned()
        })
        .collect()
}

/// What the recorder got from one side.
pub fn recorded(events: &[Value], side: &str) -> Vec<u8> {
    let pieces = of(events, "recorder")
        .into_iter()
        .filter(|event| event["recorder"]["side"] == side);
    let text: String = pieces
        .map(|event| {
            event["recorder"]["bytes"]
                .as_str()
                .unwrap_or_default()
                .to_owned()
        })
        .collect();
    (0..text.len() / 2)
        .map(|at| u8::from_str_radix(&text[2 * at..2 * at + 2], 16).expect("hex"))
        .collect()
}

pub fn ethernet(ethertype: u16, payload: &[u8]) -> Vec<u8> {
    let mut frame = vec![2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1];
    frame.extend_from_slice(&ethertype.to_be_bytes());
    frame.extend_from_slice(payload);
    frame
}

#[derive(Clone, Copy)]
pub struct Ip {
    pub source: [u8; 4],
    pub destination: [u8; 4],
    pub protocol: u8,
    pub id: u16,
    /// Flags and offset word.
    pub fragment: u16,
}

impl Ip {
    pub fn new(source: [u8; 4], destination: [u8; 4], protocol: u8) -> Self {
        Self {
            source,
            destination,
            protocol,
            id: 1,
            fragment: 0,
        }
    }
}

pub fn ipv4(ip: Ip, payload: &[u8]) -> Vec<u8> {
    let mut header = vec![0x45, 0];
    header.extend_from_slice(&(20 + payload.len() as u16).to_be_bytes());
    header.extend_from_slice(&ip.id.to_be_bytes());
    header.extend_from_slice(&ip.fragment.to_be_bytes());
    header.extend_from_slice(&[64, ip.protocol, 0, 0]);
    header.extend_from_slice(&ip.source);
    header.extend_from_slice(&ip.destination);
    let sum = !checksum::total(&header);
    header[10..12].copy_from_slice(&sum.to_be_bytes());
    header.extend_from_slice(payload);
    header
}

/// Writes the transport checksum at `at`.
fn seal(source: [u8; 4], destination: [u8; 4], protocol: u8, at: usize, segment: &mut [u8]) {
    let (source, destination) = (mapped(source), mapped(destination));
    let sum =
        !checksum::total_with_pseudo_header([&source[12..], &destination[12..]], protocol, segment);
    segment[at..at + 2].copy_from_slice(&sum.to_be_bytes());
}

/// One end of a conversation.
#[derive(Clone, Copy)]
pub struct End {
    pub address: [u8; 4],
    pub port: u16,
}

pub const C: End = End {
    address: CLIENT,
    port: 40_000,
};
pub const S: End = End {
    address: SERVER,
    port: 80,
};

pub fn tcp_segment(
    from: End,
    to: End,
    sequence: u32,
    ack: u32,
    flags: u8,
    payload: &[u8],
) -> Vec<u8> {
    let mut segment = Vec::new();
    segment.extend_from_slice(&from.port.to_be_bytes());
    segment.extend_from_slice(&to.port.to_be_bytes());
    segment.extend_from_slice(&sequence.to_be_bytes());
    segment.extend_from_slice(&ack.to_be_bytes());
    segment.extend_from_slice(&[0x50, flags, 0xff, 0xff, 0, 0, 0, 0]);
    segment.extend_from_slice(payload);
    seal(from.address, to.address, 6, 16, &mut segment);
    segment
}

pub fn tcp(from: End, to: End, sequence: u32, ack: u32, flags: u8, payload: &[u8]) -> Vec<u8> {
    let segment = tcp_segment(from, to, sequence, ack, flags, payload);
    ethernet(
        0x0800,
        &ipv4(Ip::new(from.address, to.address, 6), &segment),
    )
}

pub fn udp_datagram(from: End, to: End, payload: &[u8]) -> Vec<u8> {
    let mut datagram = Vec::new();
    datagram.extend_from_slice(&from.port.to_be_bytes());
    datagram.extend_from_slice(&to.port.to_be_bytes());
    datagram.extend_from_slice(&(8 + payload.len() as u16).to_be_bytes());
    datagram.extend_from_slice(&[0, 0]);
    datagram.extend_from_slice(payload);
    seal(from.address, to.address, 17, 6, &mut datagram);
    datagram
}

pub fn udp(from: End, to: End, payload: &[u8]) -> Vec<u8> {
    ethernet(
        0x0800,
        &ipv4(
            Ip::new(from.address, to.address, 17),
            &udp_datagram(from, to, payload),
        ),
    )
}

/// The three packets that open a connection; the next client byte is `client + 1`, the server's `server + 1`.
pub fn handshake(client: u32, server: u32) -> Vec<Vec<u8>> {
    let (next_client, next_server) = (client.wrapping_add(1), server.wrapping_add(1));
    vec![
        tcp(C, S, client, 0, flags::SYN, b""),
        tcp(S, C, server, next_client, flags::SYN | flags::ACK, b""),
        tcp(C, S, next_client, next_server, flags::ACK, b""),
    ]
}

/// Frames one millisecond apart.
pub fn timed(frames: Vec<Vec<u8>>) -> Vec<(i64, Vec<u8>)> {
    frames
        .into_iter()
        .enumerate()
        .map(|(at, frame)| (at as i64 * 1_000_000 + SECOND, frame))
        .collect()
}
