//! Any bytes, in any pieces: no panic, bounded memory and output, the same events for the same stream.

mod common;
mod tls_support;

use proptest::prelude::*;
use starwatch_stream::application::Side::{self, Client, Server};
use tls_support::*;

/// A hello's lists as names, twice the longest fingerprint, names of a chain of 128 KiB twice escaped.
const MAX_EVENT: usize = 2 * 1024 * 1024;

fn feed(parts: &[Part], size: usize) -> Talk {
    let mut fed = talk(parts, size);
    fed.end();
    assert!(fed.kept.events.len() <= 1);
    assert!(fed
        .kept
        .events
        .iter()
        .all(|event| event.json.len() < MAX_EVENT));
    fed
}

#[test]
fn every_cut_and_every_changed_byte() {
    for parts in [full_handshake(), handshake_13()] {
        for (part, at) in
            (0..parts.len()).flat_map(|part| (0..parts[part].1.len()).map(move |at| (part, at)))
        {
            let mut cut = parts.clone();
            cut[part].1.truncate(at);
            feed(&cut, usize::MAX);
            for value in [0, 1, 0x7f, 0x80, 0xff, parts[part].1[at] ^ 1] {
                let mut changed = parts.clone();
                changed[part].1[at] = value;
                feed(&changed, usize::MAX);
            }
        }
    }
}

#[test]
fn every_changed_byte_of_a_certificate_keeps_the_hashes() {
    for at in 0..LEAF.len() {
        let mut leaf = LEAF.to_vec();
        leaf[at] ^= 0x55;
        let mut parts = full_handshake();
        parts[1] = server(&[server_hello(), handshake(11, &chain(&[&leaf])), done()]);
        let told = feed(&parts, usize::MAX).told();
        assert_eq!(told["server"]["hash"]["sha256"].as_str().unwrap().len(), 64);
    }
}

/// A flood of the smallest records costs what its bytes cost, and memory nothing.
#[test]
fn a_million_tiny_records_hold_nothing() {
    let mut talk = whole(&[client(&[client_hello()]), server(&[server_hello()])]);
    let before = talk.held();
    let flood = record(HANDSHAKE, &[0]).repeat(1000);
    for _ in 0..1000 {
        talk.say(Server, &flood);
    }
    assert!(talk.held() <= before + 64);
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(1_000) })]

    #[test]
    fn any_bytes(bytes in prop::collection::vec(any::<u8>(), 0..600)) {
        for side in [Client, Server] {
            recognise(side, &bytes);
            feed(&[(side, bytes.clone())], 100);
        }
    }

    #[test]
    fn any_messages(messages in prop::collection::vec((any::<bool>(), 0u8..26, prop::collection::vec(any::<u8>(), 0..120)), 0..20)) {
        let parts: Vec<Part> = messages
            .into_iter()
            .map(|(client, kind, body)| {
                let side = if client { Side::Client } else { Side::Server };
                (side, handshake(kind, &body))
            })
            .collect();
        feed(&parts, 50);
    }

    #[test]
    fn the_same_events_in_any_pieces(
        sizes in (1usize..60, 1usize..60),
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..3),
    ) {
        let mut parts = full_handshake();
        for (at, value) in changes {
            let part = at.index(parts.len());
            let at = at.index(parts[part].1.len());
            parts[part].1[at] = value;
        }
        // A direction that is lost is found again at a segment's start only: what such streams give may differ.
        let [one, other] = [feed(&parts, sizes.0), feed(&parts, sizes.1)];
        if !one.kept.kinds().contains(&"tls_malformed_record") && !other.kept.kinds().contains(&"tls_malformed_record") && starts_well(&parts) {
            prop_assert_eq!(one.kept, other.kept);
        }
    }

    #[test]
    fn any_gap(at in any::<prop::sample::Index>(), missing in 1u64..500, size in 1usize..200) {
        let parts = full_handshake();
        let part = at.index(parts.len());
        let (side, bytes) = &parts[part];
        let cut = at.index(bytes.len());
        let mut fed = whole(&parts[..part]);
        fed.say(*side, &bytes[..cut]).gap(*side, missing);
        for piece in bytes.get(cut + missing as usize..).unwrap_or_default().chunks(size) {
            fed.say(*side, piece);
        }
        for (side, bytes) in &parts[part + 1..] {
            fed.say(*side, bytes);
        }
        fed.end();
        prop_assert!(fed.kept.events.len() <= 1);
    }
}

/// Whether each side's first bytes are a record's header, so that its place is known from the start.
fn starts_well(parts: &[Part]) -> bool {
    [Client, Server].iter().all(|side| {
        let first = parts
            .iter()
            .find(|part| part.0 == *side)
            .map(|part| &part.1);
        first.is_some_and(|bytes| matches!(bytes[..5], [20..=24, 3, 0..=4, high, _] if high < 0x48))
    })
}
