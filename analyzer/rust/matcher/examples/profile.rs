//! Matching speed: `profile LOGSOURCES RULES.json EVENTS.ndjson` (RULES: a JSON list of [path, text]).
use starwatch_matcher::Engine;
use std::time::Instant;

/// CPU seconds of this thread: the machine may be shared.
fn cpu() -> f64 {
    let text = std::fs::read_to_string("/proc/self/schedstat").expect("Linux");
    let nanoseconds: f64 = text
        .split(' ')
        .next()
        .and_then(|field| field.parse().ok())
        .expect("a number");
    nanoseconds / 1e9
}

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let read = |at: usize| std::fs::read(&arguments[at]).expect("a readable file");
    let logsources = String::from_utf8(read(1)).expect("UTF-8");
    let documents: Vec<(String, String)> =
        sonic_rs::from_slice(&read(2)).expect("a JSON list of pairs");
    let events = read(3);
    let start = Instant::now();
    let (engine, faults) = Engine::new(&documents, &logsources);
    println!(
        "{} rules, {} faults, loaded in {:?}",
        engine.rules().count(),
        faults.len(),
        start.elapsed()
    );
    for _ in 0..3 {
        let start = cpu();
        let outcome = engine.match_batch(&events);
        let lines = events.iter().filter(|byte| **byte == b'\n').count();
        let seconds = cpu() - start;
        println!(
            "{lines} events, {:.0} a CPU second, {} matches, {} skipped",
            lines as f64 / seconds,
            outcome.matches.len(),
            outcome.skipped
        );
    }
}
