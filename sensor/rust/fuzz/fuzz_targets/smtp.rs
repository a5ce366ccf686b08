//! A conversation over SMTP, in turns (`converse`).
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| starwatch_sensor_fuzz::converse("smtp", bytes));
