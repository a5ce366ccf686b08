//! The matcher without Python: one rule, one batch, what is counted. The language itself is tested through Python,
//! where its oracle lives (tests/analyzer/sigma).

use starwatch_matcher::{Engine, Kind};

const TABLE: &str =
    "datasets: [{name: test, when: {kind: [one, two]}, logsources: [{category: test}]}]";

fn rule(detection: &str) -> Vec<(String, String)> {
    let text = format!(
        "title: T\nid: 11111111-2222-4333-8444-555555555555\nlogsource: {{category: test}}\ndetection:\n    s: {detection}\n    condition: s\n"
    );
    vec![("rule.yml".to_owned(), text)]
}

fn lines(detection: &str, batch: &str) -> Vec<usize> {
    let (engine, faults) = Engine::new(&rule(detection), TABLE);
    assert!(faults.is_empty(), "{faults:?}");
    engine
        .match_batch(batch.as_bytes())
        .matches
        .iter()
        .map(|found| found.line)
        .collect()
}

#[test]
fn an_event_meets_only_the_rules_of_its_dataset() {
    let batch = "{\"kind\":\"one\",\"a\":1}\n{\"kind\":\"three\",\"a\":1}\n{\"a\":1}\n{\"kind\":\"two\",\"a\":1}";
    assert_eq!(lines("{a: 1}", batch), [0, 3]);
}

#[test]
fn state_does_not_leak_from_event_to_event() {
    let batch = "{\"kind\":\"one\",\"a\":1}\n{\"kind\":\"one\",\"b\":1}\n{\"kind\":\"one\",\"a\":1,\"b\":1}";
    assert_eq!(lines("{a: 1, b: 1}", batch), [2]);
    assert_eq!(lines("{a: null}", batch), [1]);
}

#[test]
fn keywords_pass_the_gate_however_they_are_spelled() {
    for spelling in [
        "net user",
        "NET USER",
        "n\\u0065t user",
        "\\u006eet\\u0020user",
        "x net\\u0020user x",
    ] {
        let batch = format!("{{\"kind\":\"one\",\"a\":[{{\"b\":\"{spelling}\"}}]}}");
        assert_eq!(lines("[net user]", &batch), [0], "{spelling}");
    }
    assert_eq!(
        lines("[mask]", "{\"kind\":\"one\",\"a\":\"ma\\u017f\\u212a\"}"),
        [0]
    );
    assert_eq!(
        lines("['C:\\dir']", "{\"kind\":\"one\",\"a\":\"c:\\\\dir\"}"),
        [0]
    );
    assert_eq!(lines("['a/b']", "{\"kind\":\"one\",\"a\":\"a\\/b\"}"), [0]);
}

#[test]
fn broken_lines_are_counted_and_the_others_matched() {
    let (engine, _) = Engine::new(&rule("{a: 1}"), TABLE);
    let outcome = engine.match_batch(b"{\n{\"kind\":\"one\",\"a\":1}\n\xff\n\n");
    assert_eq!((outcome.matches.len(), outcome.skipped), (1, 2));
}

#[test]
fn a_fault_has_its_place() {
    let (engine, faults) = Engine::new(&rule("{'a|nope': 1}"), TABLE);
    assert_eq!(engine.rules().count(), 0);
    assert_eq!(
        (faults[0].place.line, faults[0].place.column, faults[0].kind),
        (5, 9, Kind::Broken)
    );
}
