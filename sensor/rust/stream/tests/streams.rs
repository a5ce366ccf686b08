//! Reassembly: whatever way a stream is cut, ordered, repeated or lost, it comes out once and holes are named.

mod common;

use common::{
    events, events_with, flags, handshake, kinds, of, recorded, settings, tcp, timed, C, S,
};
use proptest::prelude::*;

const ISN: u32 = 1000;
const PEER: u32 = 9000;

/// Byte `n` of the test stream.
fn byte(n: usize) -> u8 {
    (n * 131 + n / 256) as u8
}

fn stream(length: usize) -> Vec<u8> {
    (0..length).map(byte).collect()
}

/// A client segment holding `from..to` of the stream.
fn piece(isn: u32, from: usize, to: usize) -> Vec<u8> {
    let bytes: Vec<u8> = (from..to).map(byte).collect();
    let sequence = isn.wrapping_add(1).wrapping_add(from as u32);
    tcp(C, S, sequence, PEER + 1, flags::ACK | flags::PSH, &bytes)
}

fn ack(isn: u32, upto: usize) -> Vec<u8> {
    tcp(
        S,
        C,
        PEER + 1,
        isn.wrapping_add(1).wrapping_add(upto as u32),
        flags::ACK,
        b"",
    )
}

fn run(isn: u32, pieces: &[(usize, usize)], acked: usize) -> Vec<serde_json::Value> {
    let mut frames = handshake(isn, PEER);
    frames.extend(pieces.iter().map(|&(from, to)| piece(isn, from, to)));
    frames.push(ack(isn, acked));
    events(&timed(frames))
}

fn missing(events: &[serde_json::Value]) -> u64 {
    of(events, "flow")[0]["tcp"]["missing_bytes"]
        .as_u64()
        .unwrap_or(0)
}

/// Cuts `0..length` at random places, then shuffles, repeats and stretches the parts so that they overlap.
fn cuts(length: usize) -> impl Strategy<Value = Vec<(usize, usize)>> {
    // At least 2: a thousand segments may wait behind a hole.
    proptest::collection::vec(2..200usize, 1..20)
        .prop_map(move |sizes| {
            let mut at = 0;
            let mut parts = Vec::new();
            for size in sizes.iter().cycle() {
                if at == length {
                    break;
                }
                let end = (at + size).min(length);
                parts.push((at, end));
                at = end;
            }
            parts
        })
        .prop_flat_map(move |parts| {
            let extra = proptest::collection::vec((0..parts.len(), 0..50usize, 0..50usize), 0..8);
            (Just(parts), extra).prop_map(move |(mut parts, extra)| {
                for (at, before, after) in extra {
                    let (from, to) = parts[at];
                    parts.push((from.saturating_sub(before), (to + after).min(length)));
                }
                parts
            })
        })
        .prop_shuffle()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_order_and_overlap_gives_the_same_bytes(parts in cuts(2000), isn in any::<u32>()) {
        let events = run(isn, &parts, 2000);
        prop_assert_eq!(recorded(&events, "client"), stream(2000));
        prop_assert_eq!(kinds(&events), Vec::<String>::new());
        prop_assert_eq!(missing(&events), 0);
    }

    #[test]
    fn lost_segments_are_named_gaps(parts in cuts(2000), isn in any::<u32>(), lost in any::<u64>()) {
        let kept: Vec<_> = parts.iter().enumerate().filter(|(at, _)| lost >> (at % 64) & 1 == 0).map(|(_, part)| *part).collect();
        let seen: Vec<usize> = (0..2000).filter(|at| kept.iter().any(|&(from, to)| (from..to).contains(at))).collect();
        let events = run(isn, &kept, 2000);
        let expected: Vec<u8> = seen.iter().map(|&at| byte(at)).collect();
        prop_assert_eq!(recorded(&events, "client"), expected);
        prop_assert_eq!(missing(&events), (2000 - seen.len()) as u64);
        prop_assert_eq!(kinds(&events).contains(&"tcp_gap".to_owned()), seen.len() < 2000);
    }
}

#[test]
fn sequence_numbers_wrap_around() {
    let events = run(u32::MAX - 50, &[(0, 40), (40, 100), (100, 200)], 200);
    assert_eq!(recorded(&events, "client"), stream(200));
    assert_eq!(missing(&events), 0);
}

#[test]
fn the_first_bytes_seen_win_and_the_difference_is_named() {
    let mut frames = handshake(ISN, PEER);
    frames.push(tcp(C, S, ISN + 1, PEER + 1, flags::ACK, b"harmless"));
    frames.push(tcp(C, S, ISN + 1, PEER + 1, flags::ACK, b"harmful!"));
    frames.push(tcp(C, S, ISN + 9, PEER + 1, flags::ACK, b"."));
    let events = events(&timed(frames));
    assert_eq!(recorded(&events, "client"), b"harmless.");
    assert_eq!(kinds(&events), ["tcp_overlap_differs"]);
}

#[test]
fn waiting_bytes_win_over_later_ones_too() {
    let mut frames = handshake(ISN, PEER);
    frames.push(tcp(C, S, ISN + 5, PEER + 1, flags::ACK, b"efgh"));
    frames.push(tcp(C, S, ISN + 1, PEER + 1, flags::ACK, b"abcdXXXXij"));
    let events = events(&timed(frames));
    assert_eq!(recorded(&events, "client"), b"abcdefghij");
    assert_eq!(kinds(&events), ["tcp_overlap_differs"]);
}

#[test]
fn a_keep_alive_is_no_overlap() {
    let mut frames = handshake(ISN, PEER);
    frames.push(tcp(C, S, ISN + 1, PEER + 1, flags::ACK, b"abc"));
    frames.push(tcp(C, S, ISN + 3, PEER + 1, flags::ACK, b"\0"));
    assert_eq!(kinds(&events(&timed(frames))), Vec::<String>::new());
}

#[test]
fn an_acknowledgement_past_a_hole_ends_the_wait() {
    let mut frames = handshake(ISN, PEER);
    frames.push(piece(ISN, 100, 200));
    frames.push(ack(ISN, 200));
    let mut engine = starwatch_stream::engine::Engine::new(settings());
    let events = common::parse(&engine.decode(&common::batch(&timed(frames))));
    assert_eq!(recorded(&events, "client").len(), 100);
    assert_eq!(kinds(&events), ["tcp_gap"]);
}

#[test]
fn without_acknowledgements_a_hole_is_given_up_when_too_much_waits() {
    let mut frames = vec![tcp(C, S, ISN, 0, flags::SYN, b"")];
    frames.extend((1..70).map(|n| {
        tcp(
            C,
            S,
            ISN + 1 + n * 10,
            0,
            flags::PSH | flags::ACK,
            b"0123456789",
        )
    }));
    let mut engine = starwatch_stream::engine::Engine::new(settings());
    let events = common::parse(&engine.decode(&common::batch(&timed(frames))));
    assert_eq!(recorded(&events, "client").len(), 690);
    assert_eq!(kinds(&events), ["tcp_gap"]);
}

#[test]
fn what_lies_out_of_reach_is_let_go() {
    let mut frames = handshake(ISN, PEER);
    frames.push(tcp(S, C, PEER + 1, ISN + 1, flags::ACK, b"x"));
    frames.push(tcp(
        C,
        S,
        ISN + 1 + (64 << 20),
        PEER + 1,
        flags::ACK,
        b"far away",
    ));
    frames.push(piece(ISN, 0, 10));
    let events = events(&timed(frames));
    assert_eq!(recorded(&events, "client"), stream(10));
    assert_eq!(kinds(&events), ["tcp_buffer_full"]);
}

#[test]
fn a_stray_reset_does_not_end_the_connection_and_a_true_one_does() {
    let mut frames = handshake(ISN, PEER);
    frames.push(tcp(C, S, ISN + 1 + (64 << 20), 0, flags::RST, b""));
    assert_eq!(
        of(&events(&timed(frames.clone())), "flow")[0]["tcp"]["state"],
        "established"
    );
    frames.push(tcp(C, S, ISN + 1, 0, flags::RST, b""));
    assert_eq!(
        of(&events(&timed(frames)), "flow")[0]["tcp"]["state"],
        "reset"
    );
}

#[test]
fn data_after_the_end_of_a_stream_is_not_part_of_it() {
    let mut frames = handshake(ISN, PEER);
    frames.push(tcp(
        C,
        S,
        ISN + 1,
        PEER + 1,
        flags::ACK | flags::FIN,
        b"bye",
    ));
    frames.push(tcp(C, S, ISN + 5, PEER + 1, flags::ACK, b"and more"));
    assert_eq!(recorded(&events(&timed(frames)), "client"), b"bye");
}

#[test]
fn an_early_fin_counts_when_the_stream_reaches_it() {
    let mut frames = handshake(ISN, PEER);
    frames.push(tcp(
        C,
        S,
        ISN + 4,
        PEER + 1,
        flags::ACK | flags::FIN,
        b"def",
    ));
    frames.push(tcp(C, S, ISN + 1, PEER + 1, flags::ACK, b"abc"));
    frames.push(tcp(S, C, PEER + 1, ISN + 8, flags::ACK | flags::FIN, b""));
    frames.push(tcp(C, S, ISN + 8, PEER + 2, flags::ACK, b""));
    let events = events(&timed(frames));
    assert_eq!(recorded(&events, "client"), b"abcdef");
    let flow = of(&events, "flow")[0];
    assert_eq!(
        (&flow["tcp"]["state"], &flow["event"]["reason"]),
        (&"closed".into(), &"closed".into())
    );
    assert!(flow["tcp"]["missing_bytes"].is_null());
}

#[test]
fn a_wrong_checksum_beside_right_ones_is_not_part_of_the_stream() {
    let mut frames = handshake(ISN, PEER);
    let mut forged = tcp(C, S, ISN + 1, PEER + 1, flags::ACK, b"forged");
    let end = forged.len();
    forged[end - 1] ^= 1;
    frames.push(forged);
    frames.push(tcp(C, S, ISN + 1, PEER + 1, flags::ACK, b"honest"));
    let events = events(&timed(frames));
    assert_eq!(recorded(&events, "client"), b"honest");
    assert_eq!(kinds(&events), ["transport_bad_checksum"]);
}

#[test]
fn segments_joined_by_receive_offload_are_believed_without_a_sum() {
    let mut frames = handshake(ISN, PEER);
    let mut joined = tcp(C, S, ISN + 1, PEER + 1, flags::ACK, &[b'j'; 2800]);
    joined[14 + 20 + 16] ^= 0x55;
    frames.push(joined);
    let events = events(&timed(frames));
    assert_eq!(recorded(&events, "client"), [b'j'; 2800]);
    assert_eq!(kinds(&events), Vec::<String>::new());
}

#[test]
fn a_host_that_offloads_checksums_is_believed() {
    let mut frames = handshake(ISN, PEER);
    frames.push(tcp(C, S, ISN + 1, PEER + 1, flags::ACK, b"data"));
    for frame in &mut frames {
        frame[14 + 20 + 16] ^= 0x55;
    }
    let events = events(&timed(frames));
    assert_eq!(recorded(&events, "client"), b"data");
    assert_eq!(kinds(&events), Vec::<String>::new());
}

#[test]
fn a_flood_of_waiting_segments_stays_in_its_budget() {
    let mut frames = handshake(ISN, PEER);
    frames.extend(
        (0..400).map(|n| tcp(C, S, ISN + 100 + n * 1400, PEER + 1, flags::ACK, &[7; 1400])),
    );
    let mut engine = starwatch_stream::engine::Engine::new(settings());
    engine.decode(&common::batch(&timed(frames)));
    assert!(
        engine.totals().buffered_bytes < 700_000,
        "{}",
        engine.totals().buffered_bytes
    );
    let small = starwatch_stream::engine::Settings {
        memory: 64 * 20_000,
        ..settings()
    };
    let frames = timed(
        (0..100)
            .map(|n| tcp(C, S, ISN + 100 + n * 1400, PEER + 1, flags::ACK, &[7; 1400]))
            .collect(),
    );
    let events = events_with(small, &frames);
    assert!(kinds(&events).contains(&"flow_evicted".to_owned()));
    assert!(of(&events, "flow")
        .iter()
        .any(|flow| flow["event"]["reason"] == "evicted"));
}

/// A header cut short by its own sender: of each transport, and of IPv6's.
#[test]
fn a_transport_header_that_is_not_all_there() {
    for (protocol, length) in [(6, 19), (17, 7), (1, 3), (132, 11)] {
        let ip = common::Ip::new(common::CLIENT, common::SERVER, protocol);
        let frame = common::ethernet(0x0800, &common::ipv4(ip, &vec![9; length]));
        let told = common::kinds(&common::events(&common::timed(vec![frame])));
        assert_eq!(told, ["transport_truncated"], "{protocol}");
    }
}
