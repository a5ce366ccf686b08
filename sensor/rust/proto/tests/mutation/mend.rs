//! Checksums made right again, in every packet of a frame.

use std::ops::Range;

use starwatch_wire::checksum;
use starwatch_wire::frames::Frame;
use starwatch_wire::ip::{Ip, Version};
use starwatch_wire::layer::Layers;
use starwatch_wire::packet::{open, parse, Content};
use starwatch_wire::transport::{self, ICMP, ICMPV6, TCP, UDP};

/// One IP packet of a frame: where its parts are.
pub struct Level {
    /// The IPv4 header; IPv6 has no checksum of its own.
    header: Option<Range<usize>>,
    /// The transport's header and payload.
    segment: Range<usize>,
    /// Behind the transport's header.
    pub payload: Range<usize>,
    /// Addresses as they stand in the pseudo-header.
    addresses: [Vec<u8>; 2],
    protocol: u8,
}

/// The packets of a frame, outermost first.
pub fn levels(frame: &Frame<'_>) -> Vec<Level> {
    let mut layers = Layers::default();
    let mut found = Vec::new();
    let Content::Ip(first) = parse(frame, 1, &mut layers) else {
        return found;
    };
    let mut next = Some(first);
    while let Some(mut packet) = next {
        found.push(level(frame.bytes, &packet.ip));
        next = open(&mut packet, &mut layers);
    }
    found
}

/// `part` as a range of `whole`, which it was sliced from.
fn place(whole: &[u8], part: &[u8]) -> Range<usize> {
    let start = (part.as_ptr() as usize).wrapping_sub(whole.as_ptr() as usize);
    if start > whole.len() {
        return 0..0;
    }
    start..(start + part.len()).min(whole.len())
}

fn level(frame: &[u8], ip: &Ip<'_>) -> Level {
    let transport = transport::parse(ip, ip.payload, ip.announced);
    let segment = place(frame, ip.payload);
    Level {
        header: header(frame, ip, &segment),
        payload: place(frame, transport.payload),
        addresses: ip.wire_addresses().map(<[u8]>::to_vec),
        protocol: if ip.fragment.is_none() {
            ip.protocol
        } else {
            0
        },
        segment,
    }
}

/// The IPv4 header in front of `segment`.
fn header(frame: &[u8], ip: &Ip<'_>, segment: &Range<usize>) -> Option<Range<usize>> {
    let length = (ip.length as usize).checked_sub(ip.announced as usize)?;
    let start = segment.start.checked_sub(length)?;
    let is_one = ip.version == Version::V4 && length >= 20 && frame.get(start)? >> 4 == 4;
    is_one.then_some(start..segment.start)
}

impl Level {
    pub fn mend(&self, frame: &mut [u8]) {
        if let Some(header) = self.header.clone() {
            seal(&mut frame[header], 10, checksum::total);
        }
        let (pseudo, at) = match self.protocol {
            TCP => (true, 16),
            UDP => (true, 6),
            ICMP => (false, 2),
            ICMPV6 => (true, 2),
            _ => return,
        };
        let protocol = self.protocol;
        let addresses = [&self.addresses[0][..], &self.addresses[1][..]];
        seal(&mut frame[self.segment.clone()], at, |bytes| match pseudo {
            true => checksum::total_with_pseudo_header(addresses, protocol, bytes),
            false => checksum::total(bytes),
        });
    }
}

/// Writes at `at` what makes the sum right; a field cut off stays so.
fn seal(bytes: &mut [u8], at: usize, sum: impl Fn(&[u8]) -> u16) {
    let Some(field) = bytes.get_mut(at..at + 2) else {
        return;
    };
    field.copy_from_slice(&[0, 0]);
    let right = !sum(bytes);
    bytes[at..at + 2].copy_from_slice(&right.to_be_bytes());
}
