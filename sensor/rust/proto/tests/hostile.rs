//! Any bytes, in any pieces: no panic, bounded output, the same events for the same stream.

mod common;

use common::*;
use proptest::prelude::*;
use starwatch_stream::application::Side;

/// Header text of at most MAX_TEXT plus one record's worth, escaped twice at worst, and member names beside.
const MAX_EVENT: usize = 2 * 1024 * 1024;

fn feed(bytes: &[u8]) {
    for side in [Side::Client, Side::Server] {
        recognise_datagram(side, bytes);
        recognise_stream(side, bytes);
    }
    let kept = datagram(bytes);
    assert!(kept.events.len() + kept.anomalies.len() > 0);
    assert!(kept.events.iter().all(|event| event.json.len() < MAX_EVENT));
}

fn sample() -> Vec<u8> {
    let records = [
        record(5, 1, 30, b"\x03cdn\xc0\x0c"),
        record(1, 1, 60, &[192, 0, 2, 7]),
        record(
            6,
            1,
            9,
            &[&b"\x02ns\xc0\x0c\x04root\xc0\x0c"[..], &[0; 20]].concat(),
        ),
        record(16, 1, 9, b"\x05hello\x00"),
        record(33, 1, 9, b"\0\x01\0\x02\x13\xc4\x03sip\xc0\x0c"),
        record(
            46,
            1,
            9,
            b"\0\x01\x08\x02\0\0\x0e\x10\x65\xe1\xa4\x7f\x65\xe1\xa4\x7f\x30\x39\xc0\x0c\x01\x02",
        ),
        record(
            47,
            1,
            9,
            b"\xc0\x0c\x00\x06\x40\x01\x00\x00\x00\x03\x01\x01\x40",
        ),
        record(
            50,
            1,
            9,
            b"\x01\x01\0\x0a\x02\xaa\xbb\x05\x00\x01\x02\x03\x04\x00\x01\x40",
        ),
        record(
            65,
            1,
            9,
            b"\0\x01\x00\x00\x01\x00\x06\x02h2\x02h3\x00\x03\x00\x02\x20\xfb",
        ),
        record(29, 1, 9, &[0; 16]),
        record(
            250,
            1,
            9,
            b"\xc0\x0c\0\0\0\0\x00\x01\x01\x2c\0\x01\xff\x12\x34\0\x12\0\0",
        ),
        record(257, 1, 9, b"\x80\x05issueca.example"),
    ];
    let opt = b"\0\0\x29\x04\xd0\0\0\x80\0\0\x0b\0\x08\0\x07\0\x01\x18\0\xc0\0\x02".to_vec();
    message(
        ANSWER,
        [&[question("www.example.com", 1)], &records, &[], &[opt]],
    )
}

#[test]
fn the_sample_itself_is_clean() {
    assert_eq!(datagram(&sample()).anomalies, []);
}

#[test]
fn every_cut_and_every_changed_byte() {
    let sample = sample();
    for at in 0..sample.len() {
        feed(&sample[..at]);
        for value in [0, 1, 0x3f, 0x40, 0x80, 0xc0, 0xff, sample[at] ^ 1] {
            let mut changed = sample.clone();
            changed[at] = value;
            feed(&changed);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(2_000) })]

    #[test]
    fn any_bytes(bytes in prop::collection::vec(any::<u8>(), 0..600)) {
        feed(&bytes);
    }

    #[test]
    fn any_records(
        counts in any::<[u8; 3]>(),
        records in prop::collection::vec((0u16..300, prop::collection::vec(any::<u8>(), 0..60)), 0..12),
    ) {
        let records: Vec<_> = records.iter().map(|(kind, data)| record(*kind, 1, 0, data)).collect();
        let mut bytes = answer("a.example", &records);
        for (index, count) in counts.into_iter().enumerate() {
            bytes[7 + 2 * index] = count;
        }
        feed(&bytes);
    }

    #[test]
    fn many_changes(changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8)) {
        let mut bytes = sample();
        for (at, value) in changes {
            let at = at.index(bytes.len());
            bytes[at] = value;
        }
        feed(&bytes);
    }

    #[test]
    fn any_stream_in_any_pieces(
        bytes in prop::collection::vec(any::<u8>(), 0..200),
        sizes in prop::collection::vec(1usize..40, 1..40),
        gap in prop::option::of((0usize..6, 1u64..300)),
    ) {
        let stream_bytes = [framed(&sample()), bytes, framed(&sample())].concat();
        let mut rest = &stream_bytes[..];
        let mut pieces = vec![];
        for (index, size) in sizes.iter().cycle().enumerate().take(400) {
            let (head, tail) = rest.split_at(rest.len().min(*size));
            pieces.push(Ok(head));
            if let Some((_, missing)) = gap.filter(|(at, _)| *at == index) {
                pieces.push(Err(missing));
            }
            rest = tail;
        }
        stream(&pieces);
    }
}
