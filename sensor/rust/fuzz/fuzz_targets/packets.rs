//! One frame and what is in its tunnels: the first byte chooses the link type, the rest is what was captured.
#![no_main]

use libfuzzer_sys::fuzz_target;
use starwatch_wire::frames::Frame;
use starwatch_wire::layer::Layers;
use starwatch_wire::packet::{open, parse, Content};
use starwatch_wire::transport;

const LINKS: [u32; 19] = [
    0, 1, 9, 12, 14, 50, 51, 101, 104, 105, 107, 108, 113, 127, 192, 228, 229, 276, 999,
];

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
    let mut layers = Layers::default();
    if let Content::Ip(packet) = parse(&frame, 1, &mut layers) {
        let mut next = Some(packet);
        while let Some(mut packet) = next {
            transport::parse(&packet.ip, packet.ip.payload, packet.ip.announced);
            next = open(&mut packet, &mut layers);
        }
    }
});
