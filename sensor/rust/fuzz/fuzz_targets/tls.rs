//! A conversation over TLS, in turns (`converse`).
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| starwatch_sensor_fuzz::converse("tls", bytes));
