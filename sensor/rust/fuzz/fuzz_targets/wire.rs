//! One frame: the first byte chooses the link type, the rest is what was captured.
#![no_main]

const LINKS: [u32; 19] = [
    1, 0, 9, 12, 14, 50, 51, 101, 104, 105, 107, 108, 113, 127, 192, 228, 229, 276, 999,
];

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    if let Some((choice, bytes)) = bytes.split_first() {
        starwatch_sensor_fuzz::frame(LINKS[usize::from(*choice) % LINKS.len()], bytes);
    }
});
