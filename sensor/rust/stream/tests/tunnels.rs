//! What is inside a tunnel is seen like what is not; tunnels themselves are flows.

mod common;
#[path = "common/wrap.rs"]
mod wrap;

use common::{
    batch, ethernet, events, flags, handshake, ipv4, kinds, of, parse, recorded, settings, tcp,
    timed, udp, End, Ip, C, S,
};
use serde_json::{json, Value};
use starwatch_stream::engine::{Engine, Settings};
use wrap::{over_udp, packet_of, Wrap, ALL, FAR, ID, NEAR};

type Frames = Vec<(i64, Vec<u8>)>;

/// A connection with payload both ways, its segments longer than a few bytes so that they can be fragmented.
fn conversation() -> Vec<Vec<u8>> {
    let mut frames = handshake(100, 900);
    let (ask, answer) = ([7; 300], [8; 700]);
    frames.push(tcp(C, S, 101, 901, flags::PSH | flags::ACK, &ask));
    frames.push(tcp(S, C, 901, 401, flags::PSH | flags::ACK, &answer));
    frames.push(tcp(C, S, 401, 1601, flags::FIN | flags::ACK, b""));
    frames.push(tcp(S, C, 1601, 402, flags::FIN | flags::ACK, b""));
    frames.push(tcp(C, S, 402, 1602, flags::ACK, b""));
    frames.push(udp(C, S, b"a datagram"));
    frames
}

fn wrapped(wrap: Wrap) -> Frames {
    timed(conversation().iter().map(|frame| wrap(frame)).collect())
}

/// What is left of events when what a tunnel must change is taken away, without the outer packets' own events.
fn bare(events: Vec<Value>) -> Vec<Value> {
    let inner =
        |event: &Value| event["source"]["ip"] != json!("192.0.2.1") || !event["tunnel"].is_null();
    let mut events: Vec<_> = events.into_iter().filter(inner).collect();
    for event in &mut events {
        let document = event.as_object_mut().expect("an event is an object");
        document.remove("tunnel");
        document["event"]
            .as_object_mut()
            .expect("event")
            .remove("id");
        for end in ["source", "destination"] {
            if let Some(end) = document.get_mut(end).and_then(Value::as_object_mut) {
                end.remove("mac");
            }
        }
    }
    events
}

fn outer(events: &[Value]) -> &Value {
    let mut flows = of(events, "flow").into_iter();
    flows
        .find(|flow| flow["source"]["ip"] == "192.0.2.1")
        .expect("the outer packets' flow")
}

#[test]
fn a_conversation_through_any_tunnel_is_seen_like_a_plain_one() {
    let plain = bare(events(&timed(conversation())));
    assert!(plain.len() > 3);
    for (at, (name, wrap)) in ALL.into_iter().enumerate() {
        let events = events(&wrapped(wrap));
        assert_eq!(bare(events.clone()), plain, "{name}, number {at}");
        let inner = of(&events, "flow")
            .into_iter()
            .filter(|flow| flow["source"]["ip"] == "10.0.0.1");
        for flow in inner {
            assert_eq!(flow["tunnel"]["type"], json!([name]));
        }
        assert_eq!(kinds(&events), Vec::<String>::new());
    }
}

#[test]
fn a_conversation_through_two_tunnels_is_seen_like_a_plain_one() {
    let plain = bare(events(&timed(conversation())));
    for (name, wrap) in ALL {
        for (around, outer) in [("erspan", wrap::erspan2 as Wrap), ("vxlan", wrap::vxlan)] {
            let frames = conversation();
            let frames = frames.iter().map(|frame| outer(&wrap(frame))).collect();
            let events = events(&timed(frames));
            let own = |event: &Value| event["source"]["ip"] == "10.0.0.1";
            let inner: Vec<_> = events.into_iter().filter(own).collect();
            assert_eq!(inner[0]["tunnel"]["type"], json!([around, name]));
            assert_eq!(bare(inner), plain, "{name} in {around}");
        }
    }
}

#[test]
fn events_say_the_tunnel_they_came_through() {
    let events = events(&wrapped(wrap::vxlan));
    let inner = of(&events, "recorder")[0];
    let carrier = outer(&events);
    assert_eq!(
        inner["tunnel"],
        json!({
            "type": ["vxlan"],
            "id": [ID.to_string()],
            "source": {"ip": "192.0.2.1"},
            "destination": {"ip": "192.0.2.2"},
            "community_id": [carrier["network"]["community_id"]],
        })
    );
    assert_ne!(
        inner["network"]["community_id"],
        carrier["network"]["community_id"]
    );
    assert_eq!(inner["source"]["mac"], "02-00-00-00-00-01");
}

#[test]
fn the_outer_packets_are_a_flow_that_says_what_it_carries() {
    for (name, wrap) in ALL {
        let events = events(&wrapped(wrap));
        if matches!(name, "mpls" | "pppoe") && of(&events, "flow").len() == 2 {
            continue;
        }
        let flow = outer(&events);
        assert_eq!(flow["network"]["protocol"], name);
        assert_eq!(flow["source"]["packets"], conversation().len());
        assert!(flow["tunnel"].is_null());
    }
}

#[test]
fn layers_below_ip_have_no_flow_of_their_own() {
    for wrap in [wrap::mpls as Wrap, wrap::pseudowire, wrap::pppoe] {
        let events = events(&wrapped(wrap));
        let flows = of(&events, "flow");
        assert_eq!(flows.len(), 2);
        assert_eq!(flows[0]["tunnel"]["id"], json!([ID.to_string()]));
        assert!(flows[0]["tunnel"]["source"].is_null());
    }
}

#[test]
fn customers_with_the_same_addresses_behind_two_networks_are_two_flows() {
    let frame = udp(C, S, b"hello");
    let mut other = wrap::vxlan(&frame);
    let at = other.len() - frame.len() - 2;
    other[at] ^= 1;
    let flows = |frames: Vec<Vec<u8>>| {
        let events = events(&timed(frames));
        of(&events, "flow")
            .iter()
            .filter(|flow| !flow["tunnel"].is_null())
            .count()
    };
    let one = wrap::vxlan(&frame);
    assert_eq!(flows(vec![one.clone(), one.clone()]), 1);
    assert_eq!(flows(vec![one.clone(), other]), 2);
    assert_eq!(flows(vec![one, wrap::geneve(&frame)]), 2);
}

#[test]
fn numbers_of_one_direction_do_not_split_a_conversation() {
    // Where the number's last byte stands: so far from the frame's beginning, or before the inner packet.
    let ids = [
        (wrap::gtp as Wrap, Err(9)),
        (wrap::erspan2, Err(14 + 5)),
        (wrap::mpls, Ok(14 + 4 + 1)),
        (wrap::l2tp, Err(5)),
    ];
    for (wrap, place) in ids {
        let there = wrap(&udp(C, S, b"ask"));
        let mut again = wrap(&udp(S, C, b"answer"));
        let inner = packet_of(&udp(S, C, b"answer")).len();
        let at = match place {
            Ok(at) => at,
            Err(before) => again.len() - inner - before,
        };
        again[at] ^= 1;
        let events = events(&timed(vec![there, again]));
        let inner = of(&events, "flow");
        let inner: Vec<_> = inner
            .iter()
            .filter(|flow| !flow["tunnel"].is_null())
            .collect();
        assert_eq!(inner.len(), 1, "{inner:#?}");
        assert_eq!(inner[0]["destination"]["packets"], 1);
    }
}

/// An outer packet in pieces of at most `most` bytes.
fn fragments(frame: &[u8], id: u16, most: usize) -> Vec<Vec<u8>> {
    let payload = &packet_of(frame)[20..];
    let protocol = packet_of(frame)[9];
    let pieces = payload.chunks(most).enumerate();
    pieces
        .map(|(at, piece)| {
            let more = (at + 1) * most < payload.len();
            let ip = Ip {
                id,
                fragment: (at * most / 8) as u16 | if more { 0x2000 } else { 0 },
                ..Ip::new(NEAR, FAR, protocol)
            };
            ethernet(0x0800, &ipv4(ip, piece))
        })
        .collect()
}

fn fragmented(wrap: Wrap) -> Frames {
    let frames = conversation();
    let parts = frames
        .iter()
        .enumerate()
        .flat_map(|(at, frame)| fragments(&wrap(frame), at as u16, 80));
    timed(parts.collect())
}

/// Time stamps and packet numbers count fragments; the rest is the same.
fn timeless(events: Vec<Value>) -> Vec<(Value, Value, Value)> {
    bare(events)
        .into_iter()
        .map(|mut event| {
            let source = event["source"].take();
            (event["network"].take(), source, event["recorder"].take())
        })
        .collect()
}

#[test]
fn what_came_in_fragments_is_read_in_its_place() {
    let plain = timeless(events(&timed(conversation())));
    for wrap in [wrap::vxlan as Wrap, wrap::erspan2, wrap::gre, wrap::ipip] {
        let events = events(&fragmented(wrap));
        assert_eq!(timeless(events.clone()), plain);
        let packets = outer(&events)["source"]["packets"].as_u64();
        assert!(packets > Some(conversation().len() as u64), "{packets:?}");
    }
}

#[test]
fn fragments_inside_fragments_are_put_together() {
    let frame = udp(C, S, &[5; 400]);
    let inner: Vec<_> = {
        let payload = &packet_of(&frame)[20..];
        payload
            .chunks(160)
            .enumerate()
            .map(|(at, piece)| {
                let more = if (at + 1) * 160 < payload.len() {
                    0x2000
                } else {
                    0
                };
                let fragment = (at * 20) as u16 | more;
                ethernet(
                    0x0800,
                    &ipv4(
                        Ip {
                            fragment,
                            ..Ip::new(C.address, S.address, 17)
                        },
                        piece,
                    ),
                )
            })
            .collect()
    };
    let outer: Vec<_> = inner
        .iter()
        .enumerate()
        .flat_map(|(at, frame)| fragments(&wrap::vxlan(frame), at as u16, 64))
        .collect();
    assert!(outer.len() > 6);
    assert_eq!(recorded(&events(&timed(outer)), "client"), [5; 400]);
}

#[test]
fn threads_change_no_byte_of_what_is_in_tunnels() {
    let mut frames: Frames = ALL.iter().flat_map(|(_, wrap)| wrapped(*wrap)).collect();
    frames.extend(fragmented(wrap::vxlan));
    let with = |threads: usize| {
        let mut engine = Engine::new(Settings {
            threads,
            ..settings()
        });
        let mut bytes = engine.decode(&batch(&frames)).ndjson;
        bytes.extend(engine.finish().ndjson);
        bytes
    };
    let one = with(1);
    assert!(one.len() > 10_000);
    assert_eq!(with(2), one);
    assert_eq!(with(7), one);
}

#[test]
fn packets_of_the_wire_are_counted_once() {
    let frames: Frames = ALL.iter().flat_map(|(_, wrap)| wrapped(*wrap)).collect();
    let mut engine = Engine::new(settings());
    engine.decode(&batch(&frames));
    let totals = engine.totals();
    assert_eq!(totals.packets, frames.len() as u64);
    assert_eq!(
        totals.packets,
        totals.analysed + totals.not_ip + totals.malformed
    );
}

#[test]
fn a_port_alone_makes_no_tunnel_and_no_anomaly() {
    for port in [1701, 2152, 3544, 4789, 4790, 5247, 6081, 6635, 8472] {
        for first in 0..=255 {
            let mut payload = vec![first, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11];
            payload.extend_from_slice(&[first; 80]);
            let events = events(&timed(vec![over_udp(port, &payload)]));
            assert_eq!(kinds(&events), Vec::<String>::new(), "{port} {first}");
            assert_eq!(recorded(&events, "client"), payload, "{port} {first}");
        }
    }
}

#[test]
fn broken_headers_are_named_where_the_tunnel_is_sure() {
    let kinds_of = |frames: Vec<Vec<u8>>| kinds(&events(&timed(frames)));
    let over = |payload: &[u8]| ethernet(0x0800, &ipv4(Ip::new(NEAR, FAR, 47), payload));
    assert_eq!(kinds_of(vec![over(&[0, 0, 8])]), ["tunnel_malformed"]);
    assert_eq!(
        kinds_of(vec![over(&[0, 5, 8, 0, 1, 2])]),
        ["tunnel_malformed"]
    );
    assert_eq!(
        kinds_of(vec![over(&[
            0x10, 0, 0x88, 0xbe, 0, 0, 0, 1, 0x70, 0, 0, 0, 0, 0, 0, 0
        ])]),
        ["tunnel_malformed"]
    );
    let mut wrong = wrap::gre(&udp(C, S, b"x"));
    let last = wrong.len() - 1;
    wrong[last] ^= 1;
    assert_eq!(kinds_of(vec![wrong]), ["tunnel_bad_checksum"]);
    let good = wrap::vxlan(&udp(C, S, b"x"));
    let cut = over_udp(4789, &[8, 0, 0, 0, 0, 0, 1, 0, 1, 2, 3]);
    assert_eq!(kinds_of(vec![cut.clone()]), Vec::<String>::new());
    assert_eq!(kinds_of(vec![good, cut]), ["link_truncated"]);
}

#[test]
fn a_tower_of_tunnels_has_an_end() {
    let tower = |height: usize| (0..height).fold(udp(C, S, b"x"), |frame, _| wrap::bridged(&frame));
    let all = |height| events(&timed(vec![tower(height)]));
    let inner = |events: &[Value]| !recorded(events, "client").is_empty();
    assert!(inner(&all(8)));
    assert_eq!(kinds(&all(8)), Vec::<String>::new());
    let events = all(9);
    assert!(!inner(&events));
    assert_eq!(kinds(&events), ["tunnel_too_deep"]);
}

#[test]
fn a_tunnels_packets_wait_for_no_application() {
    let events = events(&wrapped(wrap::vxlan));
    let carried = of(&events, "recorder");
    assert!(carried.iter().all(|event| !event["tunnel"].is_null()));
}

#[test]
fn memory_that_is_short_ends_inner_flows_too() {
    let frames: Frames = (0..2_000u16)
        .map(|port| {
            let from = End {
                address: [10, 9, (port >> 8) as u8, port as u8],
                port,
            };
            (i64::from(port), wrap::vxlan(&udp(from, S, b"x")))
        })
        .collect();
    let short = Settings {
        memory: 64 * 4_000,
        ..settings()
    };
    let mut engine = Engine::new(short);
    let first = parse(&engine.decode(&batch(&frames)));
    assert!(engine.totals().buffered_bytes <= 64 * 4_000);
    assert!(engine.totals().counters.evicted > 500);
    let all = of(&first, "flow").len() + of(&parse(&engine.finish()), "flow").len();
    assert_eq!(all, 2_001);
}

/// An SCTP packet of these chunks, its checksum left out.
fn sctp(from: End, to: End, chunks: &[u8]) -> Vec<u8> {
    let mut packet = [from.port.to_be_bytes(), to.port.to_be_bytes()].concat();
    packet.extend_from_slice(&[0; 8]);
    packet.extend_from_slice(chunks);
    ethernet(
        0x0800,
        &ipv4(Ip::new(from.address, to.address, 132), &packet),
    )
}

#[test]
fn an_association_is_followed_to_its_end() {
    let chunk = |kind: u8| [kind, 0, 0, 4];
    let flow = |frames: Vec<Vec<u8>>| of(&events(&timed(frames)), "flow")[0].clone();
    let closed = flow(vec![
        sctp(S, C, &chunk(2)),
        sctp(C, S, &chunk(10)),
        sctp(C, S, &chunk(7)),
        sctp(S, C, &chunk(8)),
        sctp(C, S, &chunk(14)),
    ]);
    assert_eq!(closed["event"]["reason"], "closed");
    assert_eq!(closed["source"]["ip"], "10.0.0.1");
    assert_eq!(closed["destination"]["port"], 80);
    let reset = flow(vec![sctp(C, S, &chunk(1)), sctp(S, C, &chunk(6))]);
    assert_eq!(reset["event"]["reason"], "reset");
}

#[test]
fn sctp_chunks_must_fit() {
    let kinds_of = |chunks: &[u8]| kinds(&events(&timed(vec![sctp(C, S, chunks)])));
    assert_eq!(kinds_of(&[0, 3, 0, 5, 1, 0, 0, 0]), Vec::<String>::new());
    assert_eq!(kinds_of(&[0, 3, 0, 3]), ["sctp_malformed"]);
    assert_eq!(kinds_of(&[0, 3, 0, 40, 1, 2, 3, 4]), ["sctp_malformed"]);
    assert_eq!(kinds_of(&[0, 3]), ["sctp_malformed"]);
}
