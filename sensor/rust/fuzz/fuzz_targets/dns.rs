//! DNS: the first byte says whether the rest is a datagram or turns of a TCP stream.
#![no_main]

use starwatch_sensor_fuzz::{converse, datagram};

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| match bytes.split_first() {
    Some((0, rest)) => datagram("dns", rest),
    Some((_, rest)) => converse("dns", rest),
    None => {}
});
