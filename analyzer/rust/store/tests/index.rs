//! The store through its face, without Python.

use std::path::{Path, PathBuf};

use starwatch_store::{EventIndex, StoreFault};

const HEAP_BYTES: usize = 64_000_000;
const SCHEMA: &str = r#"[
    {"name": "@timestamp", "type": "date"}, {"name": "event.id", "type": "keyword"},
    {"name": "platform.id", "type": "keyword"}, {"name": "source.ip", "type": "ip"},
    {"name": "source.port", "type": "long"}, {"name": "risk", "type": "double"},
    {"name": "labels", "type": "flattened"}
]"#;

/// A folder of this test's own, removed at the end.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path =
            std::env::temp_dir().join(format!("starwatch-store-{}-{name}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        std::fs::remove_dir_all(&self.0).unwrap();
    }
}

fn writer(folder: &Folder) -> EventIndex {
    EventIndex::open(folder.path(), SCHEMA, true, HEAP_BYTES).unwrap()
}

fn total(index: &EventIndex, query: &str) -> u64 {
    let request = format!(
        r#"{{"kind":"events","scope":"everything","query":{query},"start_ns":null,"end_ns":null,
            "timeout_ms":10000,"want":{{"count":{{}}}}}}"#
    );
    let answer = index.search(&request).unwrap();
    let parsed: serde_json::Value = serde_json::from_str(&answer).unwrap();
    parsed["total"].as_u64().unwrap()
}

#[test]
fn what_is_committed_is_found_and_nothing_twice() {
    let folder = Folder::new("committed");
    let index = writer(&folder);
    let line = br#"{"@timestamp":"2026-03-02T00:00:00Z","event":{"id":"a"},"source":{"ip":"10.0.0.1","port":53},"risk":0.5}"#;
    assert_eq!(index.append("events", line, 0).unwrap(), 1);
    assert_eq!(total(&index, r#"{"op":"all"}"#), 0);
    index.commit().unwrap();
    assert_eq!(index.append("events", line, 0).unwrap(), 0);
    assert_eq!(index.committed().unwrap(), 0);
    for query in [
        r#"{"op":"all"}"#,
        r#"{"op":"equals","field":"risk","value":"0.5"}"#,
        r#"{"op":"cidr","field":"source.ip","network":"10.0.0.0/8"}"#,
        r#"{"op":"range","field":"source.port","low":"53","high":null,"include_low":true,"include_high":true}"#,
    ] {
        assert_eq!(total(&index, query), 1, "{query}");
    }
    index.close().unwrap();
}

#[test]
fn a_second_writer_and_a_reader_s_write_are_refused() {
    let folder = Folder::new("lock");
    let index = writer(&folder);
    let second = EventIndex::open(folder.path(), SCHEMA, true, HEAP_BYTES);
    assert!(matches!(second, Err(StoreFault::Failed(_))));
    let reader = EventIndex::open(folder.path(), SCHEMA, false, HEAP_BYTES).unwrap();
    assert!(matches!(
        reader.append("events", b"{}", 0),
        Err(StoreFault::Request(_))
    ));
    assert!(matches!(
        index.append("secrets", b"{}", 0),
        Err(StoreFault::Request(_))
    ));
    assert!(matches!(
        index.append("events", b"{}", -1),
        Err(StoreFault::Request(_))
    ));
    assert!(matches!(
        index.append("events", b"{}", i64::MAX),
        Err(StoreFault::Request(_))
    ));
    index.close().unwrap();
}

/// xorshift64: the same bytes in every run.
fn random(state: &mut u64) -> u64 {
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    *state
}

#[test]
fn mangled_lines_are_all_kept() {
    let folder = Folder::new("mangled");
    let index = writer(&folder);
    let line = br#"{"@timestamp":"2026-03-02T00:00:00Z","event":{"id":"a"},"source":{"ip":"10.0.0.1","port":53},"labels":{"x":[1,{"y":"z"}]}}"#;
    let mut state = 7;
    let mut batch = Vec::new();
    for _ in 0..5_000 {
        let mut mangled = line.to_vec();
        for _ in 0..1 + random(&mut state) % 4 {
            let at = (random(&mut state) % mangled.len() as u64) as usize;
            // Line ends would make two lines of one.
            mangled[at] = (random(&mut state) as u8).max(b' ');
        }
        batch.extend_from_slice(&mangled);
        batch.push(b'\n');
    }
    assert_eq!(index.append("events", &batch, 0).unwrap(), 5_000);
    index.commit().unwrap();
    assert_eq!(total(&index, r#"{"op":"all"}"#), 5_000);
    assert!(index.noticed().unwrap().malformed > 0);
    index.close().unwrap();
}
