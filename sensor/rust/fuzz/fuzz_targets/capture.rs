//! A whole capture file of any bytes, through reader, decoder and protocols.
#![no_main]

use libfuzzer_sys::fuzz_target;
use starwatch_capture::CaptureFile;
use starwatch_proto::PROTOCOLS;
use starwatch_stream::engine::{Engine, Settings};
use starwatch_stream::platform::Platforms;

fuzz_target!(|bytes: &[u8]| {
    let path = std::env::temp_dir().join(format!("starwatch-fuzz-{}", std::process::id()));
    std::fs::write(&path, bytes).expect("the temporary folder takes files");
    let Ok(mut file) = CaptureFile::open(&path) else {
        return;
    };
    let mut engine = Engine::new(Settings {
        sensor: "f".into(),
        epoch: "f".into(),
        interface: String::new(),
        threads: 1,
        memory: 1 << 20,
        first_sequence: 0,
        platforms: Platforms::default(),
        protocols: PROTOCOLS,
        file_max: 1 << 16,
    });
    while let Some(frames) = file.read(64, i64::MAX) {
        engine.decode(&frames);
    }
    engine.finish();
    assert_eq!(engine.totals().buffered_bytes, 0);
});
