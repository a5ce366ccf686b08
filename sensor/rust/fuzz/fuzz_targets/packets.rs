//! One frame: the first byte chooses the link type, the rest is what was captured.
#![no_main]

use libfuzzer_sys::fuzz_target;
use starwatch_wire::frames::Frame;
use starwatch_wire::packet::{parse, Content};
use starwatch_wire::transport;

const LINKS: [u32; 10] = [0, 1, 12, 14, 101, 108, 113, 228, 229, 276];

fuzz_target!(|bytes: &[u8]| {
    let Some((choice, bytes)) = bytes.split_first() else {
        return;
    };
    let link = LINKS[usize::from(*choice) % LINKS.len()];
    let frame = Frame {
        time_ns: 0,
        link,
        interface: 0,
        length: bytes.len() as u32,
        bytes,
    };
    if let Content::Ip(packet) = parse(&frame, 1) {
        transport::parse(&packet.ip, packet.ip.payload, packet.ip.announced);
    }
});
