//! Flows, fragments, budgets, anomalies, and the same bytes from any number of threads.

mod common;

use common::{
    batch, batch_of, ethernet, events, events_with, flags, handshake, ipv4, kinds, of, parse,
    recorded, settings, tcp, timed, udp, udp_datagram, End, Ip, C, CLIENT, ETHERNET, S, SECOND,
    SERVER,
};
use proptest::prelude::*;
use serde_json::Value;
use starwatch_stream::engine::{Engine, Settings};
use starwatch_stream::platform::Platforms;
use starwatch_wire::anomaly::Kind;
use starwatch_wire::frames::Damage;

const ISN: u32 = 1000;
const PEER: u32 = 9000;

fn flow(events: &[Value]) -> &Value {
    let flows = of(events, "flow");
    assert_eq!(flows.len(), 1, "{flows:#?}");
    flows[0]
}

#[test]
fn a_whole_connection_is_one_record() {
    let mut frames = handshake(ISN, PEER);
    frames.push(tcp(
        C,
        S,
        ISN + 1,
        PEER + 1,
        flags::PSH | flags::ACK,
        b"ask",
    ));
    frames.push(tcp(
        S,
        C,
        PEER + 1,
        ISN + 4,
        flags::PSH | flags::ACK,
        b"answer",
    ));
    frames.push(tcp(C, S, ISN + 4, PEER + 7, flags::FIN | flags::ACK, b""));
    frames.push(tcp(S, C, PEER + 7, ISN + 5, flags::FIN | flags::ACK, b""));
    frames.push(tcp(C, S, ISN + 5, PEER + 8, flags::ACK, b""));
    let events = events(&timed(frames));
    let flow = flow(&events);
    assert_eq!(flow["event"]["reason"], "closed");
    assert_eq!(flow["tcp"]["state"], "closed");
    assert_eq!(flow["source"]["ip"], "10.0.0.1");
    assert_eq!(flow["destination"]["port"], 80);
    assert_eq!(
        (&flow["source"]["packets"], &flow["destination"]["packets"]),
        (&5.into(), &3.into())
    );
    assert_eq!(
        (&flow["source"]["bytes"], &flow["destination"]["bytes"]),
        (&203.into(), &126.into())
    );
    assert_eq!(
        flow["tcp"]["source_flags"],
        serde_json::json!(["fin", "syn", "psh", "ack"])
    );
    assert_eq!(flow["source"]["mac"], "02-00-00-00-00-01");
    assert_eq!(flow["event"]["duration"], 7_000_000);
    assert_eq!(flow["@timestamp"], "1970-01-01T00:00:01.007000Z");
    assert!(flow["flow"].is_null());
}

#[test]
fn states_say_how_far_it_got() {
    let state = |frames: Vec<Vec<u8>>| {
        flow(&events(&timed(frames)))["tcp"]["state"]
            .as_str()
            .unwrap_or("?")
            .to_owned()
    };
    let opening = handshake(ISN, PEER);
    assert_eq!(state(opening[..1].to_vec()), "syn_sent");
    assert_eq!(state(opening[..2].to_vec()), "syn_ack");
    assert_eq!(state(opening.clone()), "established");
    assert_eq!(state(vec![tcp(C, S, 5, 6, flags::ACK, b"x")]), "midstream");
    assert_eq!(state(vec![tcp(C, S, 5, 0, 0, b"")]), "none");
    assert_eq!(
        state(vec![
            opening[0].clone(),
            tcp(S, C, 0, ISN + 1, flags::RST | flags::ACK, b"")
        ]),
        "reset"
    );
    let half = [
        opening,
        vec![tcp(C, S, ISN + 1, PEER + 1, flags::FIN | flags::ACK, b"")],
    ]
    .concat();
    assert_eq!(state(half), "closing");
}

#[test]
fn mid_stream_the_service_port_is_the_server() {
    let events = events(&timed(vec![tcp(S, C, 7, 8, flags::ACK, b"mid")]));
    assert_eq!(flow(&events)["source"]["ip"], "10.0.0.1");
    assert_eq!(recorded(&events, "server"), b"mid");
}

#[test]
fn a_new_syn_after_the_end_is_a_new_flow() {
    let mut frames = handshake(ISN, PEER);
    frames.push(tcp(S, C, PEER + 1, ISN + 1, flags::RST, b""));
    frames.push(tcp(C, S, 77, 0, flags::SYN, b""));
    let events = events(&timed(frames));
    let reasons: Vec<_> = of(&events, "flow")
        .iter()
        .map(|flow| flow["event"]["reason"].clone())
        .collect();
    assert_eq!(reasons, ["reset", "end"]);
}

#[test]
fn silence_ends_a_flow_on_the_packet_clock() {
    let other = End {
        address: [10, 0, 0, 9],
        port: 9,
    };
    let frames = [
        (SECOND, udp(C, S, b"a")),
        (200 * SECOND, udp(other, S, b"b")),
    ];
    let mut engine = Engine::new(settings());
    let first = parse(&engine.decode(&batch(&frames)));
    assert_eq!(flow(&first)["event"]["reason"], "timeout");
    assert_eq!(
        flow(&parse(&engine.advance(400 * SECOND)))["source"]["ip"],
        "10.0.0.9"
    );
    assert_eq!(engine.finish().count, 0);
}

#[test]
fn a_packet_after_a_long_silence_in_the_same_batch_begins_a_new_flow() {
    let frames = [(SECOND, udp(C, S, b"a")), (500 * SECOND, udp(C, S, b"b"))];
    assert_eq!(of(&events(&frames), "flow").len(), 2);
}

#[test]
fn vlans_set_conversations_apart_and_priority_bits_do_not() {
    let tagged = |outer: u16, inner: u16| {
        let inside = ethernet(
            0x0800,
            &ipv4(Ip::new(CLIENT, SERVER, 17), &udp_datagram(C, S, b"v")),
        );
        let mut frame = inside[..12].to_vec();
        frame.extend_from_slice(&[0x88, 0xa8]);
        frame.extend_from_slice(&outer.to_be_bytes());
        frame.extend_from_slice(&[0x81, 0x00]);
        frame.extend_from_slice(&inner.to_be_bytes());
        frame.extend_from_slice(&inside[12..]);
        frame
    };
    let events = events(&timed(vec![tagged(5, 7), tagged(5, 0xe007), tagged(6, 7)]));
    let flows = of(&events, "flow");
    assert_eq!(flows.len(), 2);
    assert_eq!(flows[0]["network"]["vlan"]["id"], "7");
    assert_eq!(flows[0]["network"]["outer_vlan"]["id"], "5");
    assert_eq!(flows[0]["source"]["packets"], 2);
}

#[test]
fn icmp_errors_of_two_directions_are_two_flows_and_pings_are_one() {
    let icmp = |from, to, kind: u8, code: u8| {
        let mut message = vec![kind, code, 0, 0, 0, 0, 0, 0];
        let sum = !starwatch_wire::checksum::total(&message);
        message[2..4].copy_from_slice(&sum.to_be_bytes());
        ethernet(0x0800, &ipv4(Ip::new(from, to, 1), &message))
    };
    let ping = events(&timed(vec![
        icmp(CLIENT, SERVER, 8, 0),
        icmp(SERVER, CLIENT, 0, 0),
    ]));
    assert_eq!(flow(&ping)["icmp"]["type"], 8);
    assert!(flow(&ping)["source"]["port"].is_null());
    let errors = events(&timed(vec![
        icmp(CLIENT, SERVER, 3, 3),
        icmp(SERVER, CLIENT, 3, 3),
    ]));
    assert_eq!(of(&errors, "flow").len(), 2);
}

#[test]
fn platforms_follow_the_addresses() {
    let platforms =
        Platforms::new([("10.0.0.0/24", "park"), ("10.0.0.2/32", "cloud")]).expect("good prefixes");
    let events = events_with(
        Settings {
            platforms,
            ..settings()
        },
        &timed(vec![udp(C, S, b"x")]),
    );
    assert_eq!(
        flow(&events)["platform"]["id"],
        serde_json::json!(["park", "cloud"])
    );
}

// ---- fragments

/// A UDP datagram cut into fragments of `size` bytes (a multiple of 8).
fn fragments(payload: &[u8], size: usize) -> Vec<Vec<u8>> {
    let datagram = udp_datagram(C, S, payload);
    let count = datagram.len().div_ceil(size);
    let part = |(at, bytes): (usize, &[u8])| fragment(at * size, at + 1 < count, bytes);
    datagram.chunks(size).enumerate().map(part).collect()
}

fn fragment(offset: usize, more: bool, bytes: &[u8]) -> Vec<u8> {
    let word = (offset / 8) as u16 | if more { 0x2000 } else { 0 };
    ethernet(
        0x0800,
        &ipv4(
            Ip {
                fragment: word,
                ..Ip::new(CLIENT, SERVER, 17)
            },
            bytes,
        ),
    )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 100, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn fragments_in_any_order_and_repeated_make_the_datagram(
        length in 400..3000usize, words in 1..40usize, order in any::<Vec<prop::sample::Index>>(),
    ) {
        let payload: Vec<u8> = (0..length).map(|n| (n * 7) as u8).collect();
        let parts = fragments(&payload, words * 8);
        // Some parts in any order, then every part: the last one comes late, so nothing is whole before.
        let mut sent: Vec<Vec<u8>> = order.iter().take(20).map(|index| index.get(&parts[..parts.len() - 1]).clone()).collect();
        sent.extend(parts.iter().rev().cloned());
        let events = events(&timed(sent));
        prop_assert_eq!(recorded(&events, "client"), payload);
        prop_assert!(!kinds(&events).contains(&"fragment_overlap".to_owned()));
    }
}

#[test]
fn a_datagram_counts_all_its_fragments() {
    let events = events(&timed(fragments(&[5; 1000], 400)));
    assert_eq!(flow(&events)["source"]["packets"], 3);
    assert_eq!(flow(&events)["source"]["bytes"], 1008 + 3 * 20);
}

#[test]
fn a_teardrop_keeps_the_first_bytes_and_is_named() {
    let datagram = udp_datagram(C, S, b"0123456789abcdef01234567");
    let frames = vec![
        fragment(0, true, &datagram[..16]),
        fragment(8, true, b"XXXXXXXXXXXXXXXX"),
        fragment(24, false, &datagram[24..]),
    ];
    let events = events(&timed(frames));
    assert_eq!(kinds(&events)[0], "fragment_overlap");
    assert_eq!(&recorded(&events, "client")[..8], b"01234567");
}

#[test]
fn a_ping_of_death_is_named() {
    assert_eq!(
        kinds(&events(&timed(vec![fragment(65_528, false, &[0; 100])]))),
        ["fragment_oversize"]
    );
}

#[test]
fn fragments_that_stay_alone_time_out() {
    let mut engine = Engine::new(settings());
    let alone = fragments(&[1; 100], 48).remove(0);
    assert_eq!(engine.decode(&batch(&[(SECOND, alone)])).count, 0);
    assert_eq!(
        kinds(&parse(&engine.advance(62 * SECOND))),
        ["fragment_timeout"]
    );
    assert_eq!(engine.totals().buffered_bytes, 0);
}

#[test]
fn a_flood_of_fragments_stays_in_its_budget() {
    let memory = 64 * 64_000;
    let mut engine = Engine::new(Settings {
        memory,
        ..settings()
    });
    let flood = (0..2000u16).map(|id| {
        let ip = Ip {
            id,
            fragment: 0x2000,
            ..Ip::new(CLIENT, SERVER, 17)
        };
        ethernet(0x0800, &ipv4(ip, &[9; 1200]))
    });
    engine.decode(&batch(&timed(flood.collect())));
    assert!(engine.totals().buffered_bytes <= memory as u64 / 64);
}

// ---- anomalies

/// Every kind of the core, each from bytes that show it.
#[test]
fn every_kind_is_provoked() {
    let mut seen: Vec<String> = malformed()
        .into_iter()
        .flat_map(|(link, frame)| {
            let mut engine = Engine::new(settings());
            let mut events = parse(&engine.decode(&batch_of(link, &[(SECOND, frame)])));
            events.extend(parse(&engine.finish()));
            kinds(&events)
        })
        .collect();
    let conversations = [differing(), gap(), far(), checksums()];
    seen.extend(
        conversations
            .into_iter()
            .flat_map(|frames| kinds(&events(&timed(frames)))),
    );
    let fragments = [
        vec![fragment(0, true, &[1; 16]), fragment(8, true, &[2; 16])],
        vec![fragment(65_528, false, &[0; 100])],
    ];
    seen.extend(
        fragments
            .into_iter()
            .flat_map(|frames| kinds(&events(&timed(frames)))),
    );
    seen.extend(kinds(&damaged()));
    seen.extend(kinds(&crowded()));
    seen.extend(kinds(&events(&timed(tunnelled()))));
    let unseen: Vec<_> = Kind::all()
        .map(Kind::name)
        .filter(|name| !seen.iter().any(|kind| kind == name))
        .collect();
    assert_eq!(unseen, Vec::<&str>::new());
}

/// GRE: cut, with a wrong checksum, in itself without end; and an SCTP chunk past its packet.
fn tunnelled() -> Vec<Vec<u8>> {
    let over = |protocol, payload: &[u8]| {
        ethernet(0x0800, &ipv4(Ip::new(CLIENT, SERVER, protocol), payload))
    };
    let tower = (0..20).fold(Vec::new(), |inner, _| {
        let gre = [&[0, 0, 8, 0], &inner[..]].concat();
        ipv4(Ip::new(CLIENT, SERVER, 47), &gre)
    });
    vec![
        over(47, &[0, 0, 8]),
        over(47, &[0x80, 0, 8, 0, 1, 2, 0, 0]),
        ethernet(0x0800, &tower),
        over(132, &[0, 1, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 3, 0, 99]),
    ]
}

fn malformed() -> Vec<(u32, Vec<u8>)> {
    let good = ipv4(
        Ip::new(CLIENT, SERVER, 6),
        &common::tcp_segment(C, S, 1, 0, flags::SYN, b""),
    );
    let patched = |at: usize, value: u8| {
        let mut packet = good.clone();
        packet[at] = value;
        ethernet(0x0800, &packet)
    };
    let mut extensions = vec![0x60, 0, 0, 0, 0, 80, 60, 64];
    extensions.extend_from_slice(&[0x20; 32]);
    extensions.extend([60, 0, 0, 0, 0, 0, 0, 0].repeat(10));
    vec![
        (ETHERNET, vec![1, 2, 3]),
        (147, vec![0; 20]),
        (ETHERNET, patched(3, 200)),
        (ETHERNET, patched(0, 0x42)),
        (ETHERNET, patched(8, 1)),
        (ETHERNET, ethernet(0x86dd, &extensions)),
        (
            ETHERNET,
            ethernet(0x0800, &ipv4(Ip::new(CLIENT, SERVER, 6), &[0, 1, 0, 2, 0])),
        ),
        (ETHERNET, tcp(C, S, 1, 0, flags::SYN | flags::FIN, b"")),
    ]
}

fn differing() -> Vec<Vec<u8>> {
    let mut frames = handshake(ISN, PEER);
    frames.push(tcp(C, S, ISN + 1, PEER + 1, flags::ACK, b"one"));
    frames.push(tcp(C, S, ISN + 1, PEER + 1, flags::ACK, b"two"));
    frames
}

fn gap() -> Vec<Vec<u8>> {
    let mut frames = handshake(ISN, PEER);
    frames.push(tcp(S, C, PEER + 1, ISN + 100, flags::ACK, b""));
    frames
}

fn far() -> Vec<Vec<u8>> {
    let mut frames = handshake(ISN, PEER);
    frames.push(tcp(C, S, ISN + (64 << 20), PEER + 1, flags::ACK, b"far"));
    frames
}

fn checksums() -> Vec<Vec<u8>> {
    let mut frames = handshake(ISN, PEER);
    let mut forged = tcp(C, S, ISN + 1, PEER + 1, flags::ACK, b"x");
    forged[14 + 20 + 16] ^= 1;
    frames.push(forged);
    frames
}

fn damaged() -> Vec<Value> {
    let mut frames = batch(&[]);
    for kind in [Kind::CaptureTruncated, Kind::CaptureCorrupt] {
        frames.damage.push(Damage {
            kind,
            detail: "as the reader says".into(),
            time_ns: 5,
        });
    }
    parse(&Engine::new(settings()).decode(&frames))
}

fn crowded() -> Vec<Value> {
    events_with(
        Settings {
            memory: 64 * 2_000,
            ..settings()
        },
        &crowd(5_000),
    )
}

/// SYNs from many hosts, one each.
fn crowd(count: u32) -> Vec<(i64, Vec<u8>)> {
    let host = |n: u32| End {
        address: (0x0b00_0000 + n).to_be_bytes(),
        port: 1024,
    };
    timed(
        (0..count)
            .map(|n| tcp(host(n), S, n, 0, flags::SYN, b""))
            .collect(),
    )
}

#[test]
fn a_kind_is_written_once_in_a_flow_and_counted() {
    let bad = tcp(C, S, 1, 0, 0, b"");
    let events = events(&timed(vec![bad.clone(), bad.clone(), bad]));
    assert_eq!(kinds(&events), ["tcp_bad_flags"]);
    assert_eq!(of(&events, "anomaly")[0]["anomaly"]["packet"], 1);
    assert_eq!(flow(&events)["flow"]["anomalies"], 3);
}

#[test]
fn outside_flows_repetitions_are_written_at_powers_of_ten() {
    let events = events(&timed(vec![vec![1, 2, 3]; 120]));
    let counts: Vec<_> = of(&events, "anomaly")
        .iter()
        .map(|event| event["anomaly"]["count"].clone())
        .collect();
    assert_eq!(counts, [1, 10, 100]);
}

#[test]
fn a_protocol_can_name_its_own_anomalies() {
    let events = events(&timed(vec![udp(C, S, b"MARK 1"), udp(C, S, b"MARK 2")]));
    assert_eq!(kinds(&events), ["recorder_marked"]);
    assert_eq!(of(&events, "anomaly")[0]["anomaly"]["layer"], "application");
}

// ---- budgets and threads

#[test]
fn eviction_takes_the_longest_silent_and_says_so() {
    let memory = 64 * 4_000;
    let mut engine = Engine::new(Settings {
        memory,
        ..settings()
    });
    let events = parse(&engine.decode(&batch(&crowd(5_000))));
    assert!(engine.totals().buffered_bytes <= memory as u64);
    let evicted = of(&events, "flow")
        .iter()
        .filter(|flow| flow["event"]["reason"] == "evicted")
        .count() as u64;
    assert_eq!(evicted, engine.totals().counters.evicted);
    assert!(evicted > 3_000);
    let told: Vec<_> = of(&events, "anomaly")
        .iter()
        .map(|event| event["anomaly"]["count"].as_u64())
        .collect();
    assert_eq!(told, [Some(evicted)]);
    assert_eq!(evicted + engine.totals().open_flows, 5_000);
}

#[test]
fn the_number_of_threads_changes_nothing() {
    let mut frames = crowd(700);
    for (at, part) in [
        differing(),
        gap(),
        far(),
        checksums(),
        fragments(&[3; 900], 80),
    ]
    .into_iter()
    .flatten()
    .enumerate()
    {
        frames.insert(at * 7, (frames[at * 7].0, part));
    }
    let run = |threads| {
        let mut engine = Engine::new(Settings {
            threads,
            memory: 64 * 8_000,
            ..settings()
        });
        let mut bytes: Vec<u8> = frames
            .chunks(100)
            .flat_map(|part| engine.decode(&batch(part)).ndjson)
            .collect();
        bytes.extend(engine.finish().ndjson);
        bytes
    };
    let one = run(1);
    assert!(one == run(2) && one == run(7));
}

#[test]
fn sequence_numbers_go_on_from_the_first() {
    let mut engine = Engine::new(Settings {
        first_sequence: 41,
        ..settings()
    });
    let events = engine.decode(&batch(&timed(vec![udp(C, S, b"a"), udp(C, S, b"b")])));
    assert_eq!((events.first_sequence, events.count), (41, 2));
    assert_eq!(parse(&events)[1]["event"]["id"], "s-e-42");
    assert_eq!(engine.finish().first_sequence, 43);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_bytes_break_it(link in prop::sample::select(vec![0u32, 1, 12, 101, 108, 113, 228, 229, 276, 999]), frames in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..120), 1..20)) {
        let mut engine = Engine::new(settings());
        let timed = timed(frames);
        engine.decode(&batch_of(link, &timed));
        engine.finish();
        let totals = engine.totals();
        prop_assert_eq!(totals.packets, totals.analysed + totals.not_ip + totals.malformed);
        prop_assert_eq!(totals.buffered_bytes, 0);
    }

    #[test]
    fn no_flipped_bits_break_it(flips in proptest::collection::vec((any::<prop::sample::Index>(), any::<prop::sample::Index>(), any::<u8>()), 1..30)) {
        let mut frames: Vec<_> = [differing(), gap(), checksums(), fragments(&[3; 900], 80)].into_iter().flatten().collect();
        for (frame, at, value) in flips {
            let index = frame.index(frames.len());
            let at = at.index(frames[index].len());
            frames[index][at] ^= value;
        }
        let mut engine = Engine::new(settings());
        engine.decode(&batch(&timed(frames)));
        parse(&engine.finish());
        prop_assert_eq!(engine.totals().buffered_bytes, 0);
    }
}
