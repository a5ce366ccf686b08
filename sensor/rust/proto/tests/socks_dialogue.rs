//! SOCKS 4, 4a and 5: recognised strictly, told once, handed over at the reply.

mod common;

use common::{piece, Kept};
use proptest::prelude::*;
use serde_json::{json, Value};
use starwatch_proto::PROTOCOLS;
use starwatch_stream::application::Recognition::{self, More, No, Reversed, Yes};
use starwatch_stream::application::Side::{self, Client, Server};
use starwatch_stream::application::{Parser, Piece, Protocol};

fn socks() -> &'static Protocol {
    PROTOCOLS
        .iter()
        .find(|protocol| protocol.name == "socks")
        .unwrap()
}

fn recognise(side: Side, bytes: &[u8]) -> Recognition {
    socks().stream.unwrap()(&piece(side, bytes))
}

/// Fed in pieces of at most `size`, as long as the parser has not handed over.
fn talk(parts: &[(Side, &[u8])], size: usize) -> (Kept, Box<dyn Parser>) {
    let mut kept = Kept::default();
    let mut parser = (socks().stream_parser)();
    for (side, bytes) in parts {
        for part in bytes.chunks(size) {
            if kept.handed.is_empty() {
                parser.data(&piece(*side, part), &mut kept);
            }
        }
    }
    if kept.handed.is_empty() {
        let moment = Piece {
            bytes: &[],
            ..piece(Client, &[])
        };
        parser.end(&moment, &mut kept);
    }
    (kept, parser)
}

fn told(kept: &Kept) -> Value {
    assert_eq!(kept.events.len(), 1);
    serde_json::from_str(&kept.events[0].json).unwrap()
}

const REQUEST: &[u8] = b"\x05\x01\x00\x03\x0bWWW.example\x01\xbb";
const REPLY: &[u8] = b"\x05\x00\x00\x01\x0a\x00\x00\x01\x04\x38";

#[test]
fn version_5_to_a_name() {
    for size in [1, 4, 100] {
        let parts = [
            (Client, &b"\x05\x01\x00"[..]),
            (Server, b"\x05\x00"),
            (Client, REQUEST),
            (Server, REPLY),
        ];
        let (kept, _) = talk(&parts, size);
        assert_eq!(kept.anomalies, []);
        assert_eq!(kept.handed, [b""]);
        assert_eq!(kept.events[0].outcome, Some("success"));
        assert_eq!(kept.events[0].hosts, ["www.example"]);
        assert_eq!(
            told(&kept)["socks"],
            json!({"version": 5, "authentication": "none", "command": "connect", "reply": "succeeded",
                   "target": {"domain": "www.example", "port": 443}, "bound": {"ip": "10.0.0.1", "port": 1080}})
        );
    }
}

#[test]
fn what_follows_the_reply_in_its_segment_is_handed_over() {
    let long = [REPLY, &[b'x'; 2000]].concat();
    let parts = [
        (Client, &b"\x05\x01\x00"[..]),
        (Server, b"\x05\x00"),
        (Client, REQUEST),
        (Server, &long),
    ];
    let (kept, _) = talk(&parts, usize::MAX);
    assert_eq!(kept.handed, [[b'x'; 2000]]);
}

#[test]
fn the_user_is_kept_and_the_password_nowhere() {
    let parts = [
        (Client, &b"\x05\x02\x00\x02"[..]),
        (Server, b"\x05\x02"),
        (Client, b"\x01\x05alice\x06secret"),
        (Server, b"\x01\x00"),
        (Client, REQUEST),
        (Server, b"\x05\x05\x00\x01\x00\x00\x00\x00\x00\x00"),
    ];
    let (kept, _) = talk(&parts, usize::MAX);
    let event = told(&kept);
    assert_eq!(event["user"]["name"], "alice");
    assert_eq!(event["socks"]["reply"], "connection_refused");
    assert_eq!(kept.events[0].outcome, Some("failure"));
    assert!(kept.handed.is_empty());
    assert!(!kept.events[0].json.contains("secret"));
}

#[test]
fn refusals_before_the_request() {
    let (kept, _) = talk(
        &[(Client, b"\x05\x01\x00"), (Server, b"\x05\xff")],
        usize::MAX,
    );
    assert_eq!(told(&kept)["socks"]["authentication"], "no_acceptable");
    assert_eq!(kept.events[0].outcome, Some("failure"));
    let wrong = [
        (Client, &b"\x05\x01\x02"[..]),
        (Server, b"\x05\x02"),
        (Client, b"\x01\x01a\x01b"),
        (Server, b"\x01\x01"),
    ];
    let (kept, _) = talk(&wrong, usize::MAX);
    assert_eq!(kept.events[0].outcome, Some("failure"));
}

#[test]
fn version_4_and_4a() {
    let request = b"\x04\x01\x00\x50\xc0\x00\x02\x07bob\x00";
    let reply = b"\x00\x5a\x00\x50\xc0\x00\x02\x07";
    let (kept, _) = talk(&[(Client, request), (Server, reply)], 3);
    let event = told(&kept);
    assert_eq!(
        event["socks"]["target"],
        json!({"ip": "192.0.2.7", "port": 80})
    );
    assert_eq!(event["user"]["name"], "bob");
    assert_eq!(kept.events[0].addresses, ["192.0.2.7"]);
    assert_eq!(kept.handed.len(), 1);
    let request = b"\x04\x01\x00\x50\x00\x00\x00\x01\x00name.example\x00";
    let (kept, _) = talk(
        &[(Client, request), (Server, b"\x00\x5b\0\0\0\0\0\0")],
        usize::MAX,
    );
    assert_eq!(told(&kept)["socks"]["target"]["domain"], "name.example");
    assert_eq!(told(&kept)["socks"]["reply"], "rejected");
}

#[test]
fn bind_answers_twice_and_udp_hands_nothing_over() {
    let bind = b"\x05\x02\x00\x01\xc0\x00\x02\x07\x00\x15";
    let start = [
        (Client, &b"\x05\x01\x00"[..]),
        (Server, b"\x05\x00"),
        (Client, bind),
    ];
    let (kept, _) = talk(&[&start[..], &[(Server, REPLY)]].concat(), usize::MAX);
    assert!(kept.handed.is_empty());
    let (kept, _) = talk(
        &[&start[..], &[(Server, REPLY), (Server, REPLY)]].concat(),
        usize::MAX,
    );
    assert_eq!((kept.handed.len(), kept.events.len()), (1, 1));
    let associate = b"\x05\x03\x00\x01\x00\x00\x00\x00\x00\x00";
    let parts = [
        start[0],
        start[1],
        (Client, &associate[..]),
        (Server, REPLY),
    ];
    let (kept, _) = talk(&parts, usize::MAX);
    assert_eq!(told(&kept)["socks"]["command"], "udp_associate");
    assert!(kept.handed.is_empty());
}

#[test]
fn a_message_that_is_none() {
    let parts = [
        (Client, &b"\x05\x01\x00"[..]),
        (Server, b"\x05\x00"),
        (Client, b"\x05\x01\x00\x09abcdef"),
    ];
    let (kept, _) = talk(&parts, usize::MAX);
    assert_eq!(kept.kinds(), ["socks_malformed"]);
    assert_eq!(kept.events.len(), 1);
}

#[test]
fn recognition_is_strict() {
    assert_eq!(recognise(Client, b"\x05\x01\x00"), Yes);
    assert_eq!(recognise(Server, b"\x05\x01\x00"), Reversed);
    assert_eq!(recognise(Client, b"\x05\x03\x00"), More);
    assert_eq!(
        recognise(Client, b"\x04\x01\x00\x50\xc0\x00\x02\x07bob\x00"),
        Yes
    );
    assert_eq!(recognise(Client, b"\x04\x01\x00\x50"), More);
    for bytes in [
        b"\x05\x00".as_slice(),
        b"\x05\x01\x00\x00",
        b"\x05\x02\x00\x00",
        b"\x05\x01\xff",
        b"\x05\x02\x00\x04",
        b"\x04\x03\x00\x50\xc0\x00\x02\x07\x00",
        b"\x04\x01\x00\x00\xc0\x00\x02\x07\x00",
        b"\x04\x01\x00\x50\x00\x00\x00\x00\x00",
        b"\x04\x01\x00\x50\xc0\x00\x02\x07\x07\x00",
        b"\x04\x01\x00\x50\xc0\x00\x02\x07bob\x00more",
        b"GET / HTTP/1.1",
    ] {
        assert_eq!(recognise(Client, bytes), No, "{bytes:02x?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(2_000) })]

    #[test]
    fn any_bytes_hold_little(parts in prop::collection::vec((any::<bool>(), prop::collection::vec(any::<u8>(), 1..400)), 0..12)) {
        let parts: Vec<(Side, &[u8])> = parts
            .iter()
            .map(|(client, bytes)| (if *client { Client } else { Server }, &bytes[..]))
            .collect();
        for (side, bytes) in &parts {
            recognise(*side, bytes);
        }
        let (kept, parser) = talk(&parts, 50);
        prop_assert!(kept.events.len() <= 1);
        prop_assert!(parser.held() < 8 * 1024);
    }
}
