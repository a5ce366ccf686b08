//! The whole decoder, from frames to events, on real conversations that were tampered with: no panic, no packet that
//! takes long, no memory beyond the budget, nothing held at the end.
//!
//! A receiver drops what has a wrong checksum, so checksums are made right again after most changes: else no parser
//! would ever see them.

mod mutation;

use std::time::{Duration, Instant};

use mutation::chance::Chance;
use mutation::seeds::{corpus, read, Captured, SEEDS};
use mutation::{change, Step};
use starwatch_proto::PROTOCOLS;
use starwatch_stream::engine::{Engine, Settings};
use starwatch_stream::platform::Platforms;

/// No packet may keep the decoder from the next ones for longer.
const SLOWEST: Duration = Duration::from_millis(10);
/// A slow packet is measured again as often: on a busy machine the scheduler is slow, not the decoder.
const MEASURED: usize = 5;
/// Memory for the conversations of one capture, in 64 shards: 1 MiB for each.
const MEMORY: usize = 64 << 20;
/// One file's largest content; with two conversations' worth of files the budget holds.
const FILE_MAX: u64 = 1 << 20;
const SHARDS: usize = 64;
/// What one packet may add before the shard it belongs to is back inside its budget.
const ONE_PACKET: usize = 1 << 20;

fn engine() -> Engine {
    Engine::new(Settings {
        sensor: "s".into(),
        epoch: "e".into(),
        interface: String::new(),
        threads: 1,
        memory: MEMORY,
        first_sequence: 0,
        platforms: Platforms::default(),
        protocols: PROTOCOLS,
        file_max: FILE_MAX,
    })
}

/// Packets in all: a slice in the slice tier, a soak of a million for every seed.
fn packets() -> usize {
    let set = |name| std::env::var_os(name).is_some();
    if set("STARWATCH_SOAK") {
        1_000_000 * SEEDS.len()
    } else if set("STARWATCH_SLICE") {
        1_000_000
    } else {
        100_000
    }
}

/// Decodes a packet; how long it took, and how many bytes of files came out.
fn decode(engine: &mut Engine, step: &Step) -> (Duration, usize) {
    let frames = step.batch();
    let start = Instant::now();
    let events = engine.decode(&frames);
    let taken = start.elapsed();
    let carved = events.parts.iter().map(|part| part.bytes.len()).sum();
    (taken, carved)
}

/// The quickest of several measurements of the packet at `at`, after the same packets each time.
fn measured_again(steps: &[Step], at: usize) -> Duration {
    let once = || {
        let mut engine = engine();
        steps[..at].iter().for_each(|step| {
            decode(&mut engine, step);
        });
        decode(&mut engine, &steps[at]).0
    };
    (0..MEASURED).map(|_| once()).min().unwrap_or_default()
}

/// One tampered conversation through the decoder.
fn run(engine: &mut Engine, name: &str, round: usize, steps: &[Step]) {
    for (at, step) in steps.iter().enumerate() {
        let (taken, carved) = decode(engine, step);
        if taken > SLOWEST {
            let again = measured_again(steps, at);
            assert!(
                again <= SLOWEST,
                "{name}, round {round}, packet {at}: {again:?}"
            );
        }
        let held = engine.totals().buffered_bytes as usize;
        assert!(
            held <= MEMORY + ONE_PACKET && carved <= MEMORY / SHARDS + ONE_PACKET,
            "{name}, round {round}, packet {at}: {held} held, {carved} of files"
        );
    }
    engine.finish();
    let totals = engine.totals();
    assert_eq!(
        (totals.open_flows, totals.buffered_bytes),
        (0, 0),
        "{name}, round {round}"
    );
    assert_eq!(
        totals.packets,
        totals.analysed + totals.not_ip + totals.malformed,
        "{name}, round {round}"
    );
}

/// Tampers with one seed until so many packets were decoded; answers how many were.
fn hammer(seed: usize, originals: &[Vec<Captured>], packets: usize) -> usize {
    let name = SEEDS[seed].0;
    let mut engine = engine();
    let mut done = 0;
    for round in 0.. {
        let mut chance = Chance::new((seed as u64) << 32 | round as u64);
        let steps = change(&originals[seed], originals, &mut chance);
        run(&mut engine, name, round, &steps);
        done += steps.len();
        if done >= packets {
            break;
        }
    }
    done
}

/// Every seed as it is: it says what it was chosen for, or the mutations of it would be of nothing.
#[test]
fn every_seed_speaks_its_protocol() {
    let Some(root) = corpus() else { return };
    for (name, path, sign) in SEEDS {
        let mut engine = engine();
        let mut said = Vec::new();
        for captured in read(&root.join(path)) {
            said.extend(engine.decode(&Step::from(&captured).batch()).ndjson);
        }
        said.extend(engine.finish().ndjson);
        let found = said
            .windows(sign.len())
            .any(|window| window == sign.as_bytes());
        assert!(found, "{name}: no {sign} in {path}");
        assert_eq!(engine.totals().buffered_bytes, 0, "{name}");
    }
}

/// Checksums are made right again: what a payload was changed to reaches the parsers.
#[test]
fn tampered_payload_is_read_and_not_dropped() {
    let Some(root) = corpus() else { return };
    let at = SEEDS
        .iter()
        .position(|seed| seed.0 == "dns")
        .expect("dns is among them");
    let original = read(&root.join(SEEDS[at].1));
    let mut engine = engine();
    let mut said = Vec::new();
    for captured in &original {
        let mut step = Step::from(captured);
        step.overwrite_payload(0, &[0xab, 0xcd]);
        step.mend();
        said.extend(engine.decode(&step.batch()).ndjson);
    }
    said.extend(engine.finish().ndjson);
    let text = String::from_utf8(said).expect("events are UTF-8");
    assert!(!text.contains("bad_checksum"), "{text}");
    assert!(text.contains("\"id\":\"43981\""), "{text}");
}

#[test]
fn tampered_conversations_of_every_protocol() {
    let Some(root) = corpus() else { return };
    let originals: Vec<_> = SEEDS.iter().map(|seed| read(&root.join(seed.1))).collect();
    let share = packets().div_ceil(SEEDS.len());
    for (at, seed) in SEEDS.iter().enumerate() {
        let start = Instant::now();
        let done = hammer(at, &originals, share);
        let rate = done as f64 / start.elapsed().as_secs_f64();
        println!("{}: {done} packets, {rate:.0} a second", seed.0);
        assert!(done >= share, "{}", seed.0);
    }
}
