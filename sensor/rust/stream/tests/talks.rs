//! What a parser may ask of its flow: an end, a handover, a connection it expects, every anomaly once.

mod common;

use std::sync::OnceLock;

use common::{
    batch, events_with, flags, handshake, kinds, of, settings, tcp, timed, udp, End, C, CLIENT, S,
};
use proptest::prelude::*;
use serde_json::Value;
use starwatch_stream::application::{
    Expected, Header, Parser, Piece, Protocol, Recognition, Side, Sink,
};
use starwatch_stream::engine::{Engine, Settings};

const ISN: u32 = 1000;
const PEER: u32 = 9000;

/// More kinds than a machine word has bits.
const KINDS: usize = 100;

fn kind_names() -> &'static [&'static str] {
    static NAMES: OnceLock<Vec<&'static str>> = OnceLock::new();
    NAMES.get_or_init(|| {
        let name = |at| &*format!("kind_{at}").leak();
        (0..KINDS).map(name).collect()
    })
}

static TALKERS: &[Protocol] = &[
    // `RELAY` and then anything: an outer protocol that ends with its greeting.
    Protocol {
        name: "relay",
        datagram: Some(|piece| begins(piece, b"RELAY")),
        stream: Some(|piece| begins(piece, b"RELAY")),
        datagram_parser: || Box::new(Relay::default()),
        stream_parser: || Box::new(Relay::default()),
        anomalies: &[],
    },
    // `NOTES` and then bytes, each the number of an anomaly; says at the end how many came.
    Protocol {
        name: "notes",
        datagram: Some(|piece| begins(piece, b"NOTES")),
        stream: Some(|piece| begins(piece, b"NOTES")),
        datagram_parser: || Box::new(Notes::default()),
        stream_parser: || Box::new(Notes::default()),
        anomalies: &[],
    },
    // `LISTEN` and a port: the server will listen there; `CALL` and a port: the client will.
    Protocol {
        name: "control",
        datagram: None,
        stream: Some(|piece| match begins(piece, b"LISTEN") {
            Recognition::No => begins(piece, b"CALL"),
            verdict => verdict,
        }),
        datagram_parser: || Box::new(Control),
        stream_parser: || Box::new(Control),
        anomalies: &[],
    },
];

fn begins(piece: &Piece<'_>, word: &[u8]) -> Recognition {
    if piece.bytes.starts_with(word) {
        Recognition::Yes
    } else if word.starts_with(piece.bytes) {
        Recognition::More
    } else {
        Recognition::No
    }
}

fn say(piece: &Piece<'_>, sink: &mut dyn Sink, what: &str) {
    let header = Header {
        dataset: "talk",
        ..Header::default()
    };
    sink.event(piece, &header, &mut |json| json.member("talk", what));
}

#[derive(Default)]
struct Relay {
    greeted: usize,
}

impl Parser for Relay {
    fn data(&mut self, piece: &Piece<'_>, sink: &mut dyn Sink) {
        let greeting = piece.bytes.len().min(b"RELAY".len() - self.greeted);
        self.greeted += greeting;
        if self.greeted == b"RELAY".len() {
            say(piece, sink, "relayed");
            sink.handover(&piece.bytes[greeting..]);
        }
    }

    fn gap(&mut self, _: Side, _: u64) {}

    fn end(&mut self, piece: &Piece<'_>, sink: &mut dyn Sink) {
        say(piece, sink, "never: it handed over");
    }
}

#[derive(Default)]
struct Notes {
    bytes: usize,
    gaps: u64,
}

impl Parser for Notes {
    fn data(&mut self, piece: &Piece<'_>, sink: &mut dyn Sink) {
        let first = b"NOTES".len().saturating_sub(self.bytes);
        self.bytes += piece.bytes.len();
        for byte in piece.bytes.iter().skip(first) {
            sink.anomaly(piece, kind_names()[usize::from(*byte) % KINDS], "");
        }
    }

    fn gap(&mut self, _: Side, missing: u64) {
        self.gaps += missing;
    }

    fn end(&mut self, piece: &Piece<'_>, sink: &mut dyn Sink) {
        assert!(piece.bytes.is_empty());
        say(
            piece,
            sink,
            &format!("{} bytes, {} missing", self.bytes, self.gaps),
        );
        sink.handover(b"NOTES");
    }
}

struct Control;

impl Parser for Control {
    fn data(&mut self, piece: &Piece<'_>, sink: &mut dyn Sink) {
        let text = String::from_utf8_lossy(piece.bytes);
        let mut words = text.split_whitespace();
        let listener = if words.next() == Some("LISTEN") {
            Side::Server
        } else {
            Side::Client
        };
        let port = words.next().and_then(|port| port.parse().ok()).unwrap_or(0);
        sink.expect(Expected {
            listener,
            address: None,
            port,
            protocol: &TALKERS[1],
            parser: Box::new(Notes::default()),
        });
    }

    fn gap(&mut self, _: Side, _: u64) {}
}

fn run(frames: &[(i64, Vec<u8>)]) -> Vec<Value> {
    run_with(1, frames)
}

fn run_with(threads: usize, frames: &[(i64, Vec<u8>)]) -> Vec<Value> {
    let settings = Settings {
        protocols: TALKERS,
        threads,
        ..settings()
    };
    events_with(settings, frames)
}

fn from_client(sequence: u32, bytes: &[u8]) -> Vec<u8> {
    tcp(
        C,
        S,
        ISN + 1 + sequence,
        PEER + 1,
        flags::ACK | flags::PSH,
        bytes,
    )
}

/// A connection whose client says these pieces.
fn said(pieces: &[&[u8]]) -> Vec<Vec<u8>> {
    let mut frames = handshake(ISN, PEER);
    let mut sequence = 0;
    for piece in pieces {
        frames.push(from_client(sequence, piece));
        sequence += piece.len() as u32;
    }
    frames
}

fn talks(events: &[Value]) -> Vec<String> {
    let text = |event: &&Value| event["talk"].as_str().unwrap_or_default().to_owned();
    of(events, "talk").iter().map(text).collect()
}

fn protocol(events: &[Value]) -> &Value {
    &of(events, "flow")[0]["network"]["protocol"]
}

// ---- the end

#[test]
fn the_end_of_the_capture_is_told_before_the_flow_record() {
    let events = run(&timed(said(&[b"NOTES"])));
    assert_eq!(talks(&events), ["5 bytes, 0 missing"]);
    let at = |dataset: &str| {
        events
            .iter()
            .position(|event| event["event"]["dataset"] == dataset)
    };
    assert!(at("starwatch.talk") < at("starwatch.flow"));
}

#[test]
fn silence_eviction_and_a_new_connection_are_ends_too() {
    let mut frames = timed(said(&[b"NOTES"]));
    let later = frames.len() as i64 * 1_000_000_000_000;
    frames.extend(said(&[b"NOTESab"]).into_iter().map(|frame| (later, frame)));
    assert_eq!(
        talks(&run(&frames)),
        ["5 bytes, 0 missing", "7 bytes, 0 missing"]
    );

    let tiny = Settings {
        protocols: TALKERS,
        memory: 64 << 8,
        ..settings()
    };
    let events = events_with(tiny, &timed(said(&[b"NOTES"])));
    assert!(
        talks(&events).contains(&"5 bytes, 0 missing".to_owned()),
        "{events:?}"
    );
    assert_eq!(of(&events, "flow")[0]["event"]["reason"], "evicted");
}

#[test]
fn a_closed_connection_is_told_at_once_and_only_once() {
    let mut frames = said(&[b"NOTES"]);
    frames.push(tcp(C, S, ISN + 6, PEER + 1, flags::FIN | flags::ACK, b""));
    frames.push(tcp(S, C, PEER + 1, ISN + 7, flags::FIN | flags::ACK, b""));
    let mut engine = Engine::new(Settings {
        protocols: TALKERS,
        ..settings()
    });
    let first = common::parse(&engine.decode(&common::batch(&timed(frames))));
    assert_eq!(talks(&first), ["5 bytes, 0 missing"]);
    assert!(of(&first, "flow").is_empty());
    assert!(talks(&common::parse(&engine.finish())).is_empty());
}

#[test]
fn what_is_missing_at_the_end_is_told_before_the_end() {
    let mut frames = said(&[b"NOTES"]);
    frames.push(tcp(S, C, PEER + 1, ISN + 16, flags::ACK, b""));
    assert_eq!(talks(&run(&timed(frames))), ["5 bytes, 10 missing"]);
}

#[test]
fn the_end_has_the_time_of_the_flows_last_packet() {
    let events = run(&timed(said(&[b"NOTES"])));
    let time = |dataset| of(&events, dataset)[0]["starwatch"]["time_ns"].clone();
    assert_eq!(time("talk"), time("flow"));
}

// ---- handovers

#[test]
fn what_is_left_over_is_recognised_anew() {
    let events = run(&timed(said(&[b"RELAYRELAYNOTES\x01", b"\x02"])));
    assert_eq!(talks(&events), ["relayed", "relayed", "7 bytes, 0 missing"]);
    assert_eq!(kinds(&events), ["kind_1", "kind_2"]);
    assert_eq!(protocol(&events), "notes");
}

#[test]
fn both_sides_begin_anew_and_each_event_names_who_spoke() {
    let mut frames = said(&[b"RELAY"]);
    frames.push(tcp(S, C, PEER + 1, ISN + 6, flags::ACK, b"NOTES"));
    let events = run(&timed(frames));
    let names: Vec<_> = of(&events, "talk")
        .iter()
        .map(|event| event["network"]["protocol"].clone())
        .collect();
    assert_eq!(names, ["relay", "notes"]);
}

#[test]
fn an_unknown_inner_protocol_keeps_the_outer_name() {
    let events = run(&timed(said(&[b"RELAY", b"what is this"])));
    assert_eq!(protocol(&events), "relay");
}

#[test]
fn handovers_of_one_flow_are_bounded() {
    let many = b"RELAY".repeat(200);
    let events = run(&timed(said(&[&many])));
    assert_eq!(talks(&events).len(), 9);
}

#[test]
fn datagrams_hand_over_too() {
    let events = run(&timed(vec![
        udp(C, S, b"RELAY"),
        udp(C, S, b"RELAYNOTES\x07"),
        udp(C, S, b"\x08"),
    ]));
    assert_eq!(kinds(&events), ["kind_7", "kind_8"]);
    assert_eq!(protocol(&events), "notes");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    /// However the greetings are cut, the inner protocol gets every byte.
    #[test]
    fn cuts_do_not_matter_to_a_handover(cuts in proptest::collection::vec(1..9usize, 1..12)) {
        let whole = b"RELAYRELAYNOTES\x01\x02\x03";
        let (mut rest, mut pieces) = (&whole[..], Vec::new());
        for cut in cuts {
            let (now, later) = rest.split_at(cut.min(rest.len()));
            if !now.is_empty() { pieces.push(now); }
            rest = later;
        }
        if !rest.is_empty() { pieces.push(rest); }
        let events = run(&timed(said(&pieces)));
        prop_assert_eq!(kinds(&events), ["kind_1", "kind_2", "kind_3"]);
        prop_assert_eq!(talks(&events), ["relayed", "relayed", "8 bytes, 0 missing"]);
    }
}

// ---- anomalies

#[test]
fn every_kind_is_reported_once_however_many_there_are() {
    let mut all = b"NOTES".to_vec();
    all.extend((0..KINDS as u8).chain(0..KINDS as u8));
    let events = run(&timed(said(&[&all])));
    assert_eq!(kinds(&events), kind_names());
    assert_eq!(of(&events, "flow")[0]["flow"]["anomalies"], 2 * KINDS);
}

// ---- expected connections

const DATA_PORT: u16 = 3021;

fn data_connection(from: End, to: End, bytes: &[u8]) -> Vec<Vec<u8>> {
    vec![
        tcp(from, to, 1, 0, flags::SYN, b""),
        tcp(to, from, 5, 2, flags::SYN | flags::ACK, b""),
        tcp(from, to, 2, 6, flags::ACK, b""),
        tcp(to, from, 6, 2, flags::ACK, bytes),
    ]
}

fn end(address: [u8; 4], port: u16) -> End {
    End { address, port }
}

#[test]
fn an_expected_connection_speaks_from_its_first_byte() {
    let (client, server) = (end(CLIENT, 50_000), end(S.address, DATA_PORT));
    let mut frames = said(&[b"LISTEN 3021"]);
    frames.extend(data_connection(client, server, b"no greeting at all"));
    let events = run(&timed(frames));
    let flow = of(&events, "flow")
        .into_iter()
        .find(|flow| flow["destination"]["port"] == DATA_PORT)
        .expect("it is there");
    assert_eq!(flow["network"]["protocol"], "notes");
    assert_eq!(flow["source"]["ip"], "10.0.0.1");
    assert_eq!(talks(&events), ["18 bytes, 0 missing"]);
}

#[test]
fn the_client_may_be_the_one_who_listens() {
    let mut frames = said(&[b"CALL 3021"]);
    frames.extend(data_connection(
        end(S.address, 20),
        end(CLIENT, DATA_PORT),
        b"active",
    ));
    assert_eq!(talks(&run(&timed(frames))), ["6 bytes, 0 missing"]);
}

#[test]
fn without_a_handshake_the_agreement_says_who_the_client_is() {
    let mut frames = said(&[b"LISTEN 60000"]);
    // The guess by ports would take the lower one for the server.
    frames.push(tcp(
        end(CLIENT, 1024),
        end(S.address, 60_000),
        7,
        8,
        flags::ACK,
        b"mid",
    ));
    let events = run(&timed(frames));
    let flow = of(&events, "flow")
        .into_iter()
        .find(|flow| flow["network"]["protocol"] == "notes")
        .expect("it is there");
    assert_eq!(flow["destination"]["port"], 60_000);
}

#[test]
fn an_expectation_is_used_once_and_only_for_its_place_and_time() {
    let (client, server) = (end(CLIENT, 50_000), end(S.address, DATA_PORT));
    let mut twice = said(&[b"LISTEN 3021"]);
    twice.extend(data_connection(client, server, b"first"));
    twice.extend(data_connection(end(CLIENT, 50_001), server, b"second"));
    assert_eq!(talks(&run(&timed(twice))), ["5 bytes, 0 missing"]);

    let mut elsewhere = said(&[b"LISTEN 3021"]);
    elsewhere.extend(data_connection(client, end(S.address, 3022), b"other"));
    assert!(talks(&run(&timed(elsewhere))).is_empty());

    let mut late = timed(said(&[b"LISTEN 3021"]));
    let after = data_connection(client, server, b"late").into_iter();
    late.extend(after.map(|frame| (100 * common::SECOND, frame)));
    assert!(talks(&run(&late)).is_empty());
}

#[test]
fn expectations_are_bounded_and_the_newest_stay() {
    let mut frames = handshake(ISN, PEER);
    let mut sequence = 0;
    for port in 1000..2000 {
        let words = format!("LISTEN {port}\n");
        frames.push(from_client(sequence, words.as_bytes()));
        sequence += words.len() as u32;
    }
    frames.extend(data_connection(
        end(CLIENT, 50_000),
        end(S.address, 1000),
        b"forgotten",
    ));
    frames.extend(data_connection(
        end(CLIENT, 50_001),
        end(S.address, 1999),
        b"newest",
    ));
    assert_eq!(talks(&run(&timed(frames))), ["6 bytes, 0 missing"]);
}

#[test]
fn what_was_announced_and_never_opened_is_given_up_at_the_end() {
    let mut engine = Engine::new(Settings {
        protocols: TALKERS,
        ..settings()
    });
    engine.decode(&batch(&timed(said(&[b"LISTEN 3021"]))));
    assert!(engine.totals().buffered_bytes > 0);
    engine.finish();
    assert_eq!(engine.totals().buffered_bytes, 0);
}

#[test]
fn threads_change_nothing() {
    let mut frames = said(&[b"LISTEN 3021"]);
    frames.extend(data_connection(
        end(CLIENT, 50_000),
        end(S.address, DATA_PORT),
        b"data",
    ));
    frames.extend((0..50u16).map(|at| udp(end([10, 1, 0, at as u8], at), S, b"RELAYNOTES\x01")));
    let frames = timed(frames);
    let one = run_with(1, &frames);
    for threads in [2, 7] {
        assert_eq!(run_with(threads, &frames), one);
    }
}
